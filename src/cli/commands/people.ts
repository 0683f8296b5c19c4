/** users: who may decide. */
import type { Command } from 'commander'
import { addPerson, type Installation } from '../../app/index.ts'
import { DbmedicError } from '../../core/errors.ts'
import type { Person } from '../../core/store-ports.ts'
import { askPassphrase } from '../ask.ts'
import { administrator, found, globals, identify, Refused, serveOf, withInstallation } from '../context.ts'
import { print, table } from '../terminal.ts'

interface AddOptions {
  readonly name?: string
  readonly personOf?: string
  readonly viewer: boolean
  readonly admin: boolean
  readonly as?: string
}

/** Adds `users`. */
export function addPeopleCommands(program: Command): void {
  const users = program.command('users').description('who may approve')
  users
    .command('list', { isDefault: true })
    .description('list users')
    .action((_options: unknown, command: Command) =>
      withInstallation(command, async ({ store }) => {
        const people = await store.read.people()
        print(globals(command).json, people, () =>
          table(
            ['USER', 'PERSON', 'NAME', 'ACTIVE', 'APPROVES', 'ADMINISTERS', 'KEY'],
            people.map((p) => [
              p.userName,
              String(p.personId),
              p.displayName,
              p.active ? 'yes' : 'no',
              p.mayApprove ? 'yes' : 'no',
              p.mayAdminister ? 'yes' : 'no',
              p.keyId?.slice(0, 16) ?? 'none',
            ]),
            'No users yet. Make the first: dbmedic users add NAME',
          ),
        )
      }),
    )
  users
    .command('add')
    .argument('<user>', 'user name')
    .description(
      'make a user with a passphrase-protected signing key on this machine; the first one administers',
    )
    .option('--name <text>', 'the person’s full name')
    .option('--person-of <user>', 'another login of the same person as this user')
    .option('--viewer', 'may not approve', false)
    .option('--admin', 'may administer users and actions', false)
    .option('--as <admin>', 'the administrator who adds them (passphrase: DBMEDIC_ADMIN_PASSPHRASE)')
    .action((user: string, options: AddOptions, command: Command) => addUser(user, options, command))
  addActivation(users)
}

function addActivation(users: Command): void {
  for (const active of [false, true]) {
    users
      .command(active ? 'reactivate' : 'deactivate')
      .argument('<user>', 'user name')
      .requiredOption('--as <admin>', 'an administrator')
      .description(
        active
          ? 'let a user vote again; their votes that have not run and still hold count again'
          : 'a user votes no more; their votes that have not run count no more, unless the user is reactivated',
      )
      .action((user: string, options: { as: string }, command: Command) =>
        withInstallation(command, async (installation) => {
          const port = serveOf(installation)
          const people = await port.read.people()
          const known = found(people.find((p) => p.userName === user) ?? null, 'user', user)
          if (!active) keepAnAdministrator(people, known)
          const admin = await administrator(installation, await identify(options.as))
          await port.setUserActive(user, active, admin.userName)
          print(
            globals(command).json,
            { user, active },
            () => `User ${user} is ${active ? 'active' : 'inactive'}.`,
          )
        }),
      )
  }
}

/** Without an administrator anybody could add the next one, so the last one stays. */
function keepAnAdministrator(people: readonly Person[], leaving: Person): void {
  const others = people.some((p) => p.active && p.mayAdminister && p.userName !== leaving.userName)
  if (others || !leaving.mayAdminister) return
  throw new Refused({
    refused: true,
    code: 'DBM_USAGE',
    because: `${leaving.userName} is the last administrator`,
    toProceed: `Make another one first: dbmedic users add NAME --admin --as ${leaving.userName}`,
  })
}

const addUser = (user: string, options: AddOptions, command: Command): Promise<void> =>
  withInstallation(command, async (installation) => {
    const port = serveOf(installation)
    const before = await port.read.people()
    const by = before.some((p) => p.active && p.mayAdminister) ? await adding(installation, options.as) : null
    const made = await addPerson(installation.config, port, {
      ...(await identify(user)),
      displayName: options.name ?? user,
      personOf: options.personOf ?? null,
      mayApprove: !options.viewer,
      mayAdminister: options.admin || before.length === 0,
      ...(by === null ? {} : { by }),
    })
    const people = (await port.read.people()).filter((p) => p.active && p.mayApprove)
    const sole = new Set(people.map((p) => p.personId)).size === 1
    print(globals(command).json, { user, ...made }, () =>
      [
        `User ${user} ${made.made ? 'has a new key' : 'keeps the key found on this machine'} (${made.keyId.slice(0, 16)}…).`,
        sole
          ? 'With one approver, HIGH risk decisions cannot be run by dbmedic; `dbmedic show` prints them to be run by hand.'
          : '',
      ]
        .filter((l) => l !== '')
        .join('\n'),
    )
  })

/** The administrator who adds somebody; the passphrase is asked for apart from the new user's own. */
async function adding(installation: Installation, as: string | undefined): Promise<string> {
  if (as === undefined) {
    throw new DbmedicError('DBM_USAGE', {
      problem: 'only an administrator adds users',
      hint: 'Add --as ADMIN; their passphrase is asked for, or taken from DBMEDIC_ADMIN_PASSPHRASE.',
    })
  }
  const passphrase = process.env.DBMEDIC_ADMIN_PASSPHRASE ?? (await askPassphrase(`Passphrase of ${as}: `))
  return (await administrator(installation, { userName: as, passphrase })).userName
}
