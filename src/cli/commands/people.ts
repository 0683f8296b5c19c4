/** users: who may decide. */
import type { Command } from 'commander'
import {
  addPerson,
  type Identified,
  type Installation,
  keyIdInKeyring,
  pinAdministrator,
} from '../../app/index.ts'
import { DbmedicError } from '../../core/errors.ts'
import { askPassphrase } from '../ask.ts'
import {
  administrator,
  configOf,
  found,
  globals,
  identify,
  serveOf,
  withDoor,
  withInstallation,
} from '../context.ts'
import { print, table } from '../terminal.ts'
import { addPeopleChanges } from './people-changes.ts'
import { addPersonRecords } from './person-records.ts'
import { addRoleCommands } from './roles.ts'
import { keepAnAdministrator, signing } from './signing.ts'

interface AddOptions {
  readonly name?: string
  readonly personOf?: string
  readonly viewer: boolean
  readonly admin: boolean
  readonly as?: string
}

/** Adds `users`. */
export function addPeopleCommands(program: Command): void {
  const users = program.command('users').alias('people').description('who may approve')
  users
    .command('list', { isDefault: true })
    .description('list users')
    .action((_options: unknown, command: Command) =>
      withDoor(command, async ({ store }) => {
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
  addPeopleChanges(users)
  addPersonRecords(users)
  addRoleCommands(users)
  addTrust(users)
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
          const signer = await signing(installation, await identify(options.as))
          await port.changeUser(user, { active }, signer)
          print(
            globals(command).json,
            { user, active },
            () => `User ${user} is ${active ? 'active' : 'inactive'}.`,
          )
        }),
      )
  }
}

/** What ties logins to administrators' keys, and those to the executor's configuration. */
function addTrust(users: Command): void {
  users
    .command('sign')
    .argument('<users...>', 'user names')
    .requiredOption('--as <admin>', 'an administrator; the one whose key is pinned signs itself first')
    .description(
      'sign what logins are now: after an upgrade from before 0.2, or after another key was pinned',
    )
    .action((names: string[], options: { as: string }, command: Command) =>
      withInstallation(command, async (installation) => {
        const port = serveOf(installation)
        const people = await port.read.people()
        for (const name of names) found(people.find((p) => p.userName === name) ?? null, 'user', name)
        const signer = await signing(installation, await identify(options.as))
        for (const name of names) await port.changeUser(name, {}, signer)
        const pinned = names.includes(signer.userName) ? pinFirst(installation, command, signer.keyId) : null
        print(globals(command).json, { signed: names, by: signer.userName, pinned }, () =>
          [
            `${signer.userName} vouches for: ${names.join(', ')}.`,
            ...(pinned === null ? [] : [saysPinned(pinned)]),
          ].join('\n'),
        )
      }),
    )
  users
    .command('pin')
    .argument('<admin>', 'an administrator whose key is in the keyring of this machine')
    .option('--key <id>', 'the key’s id, where the key itself is on another machine')
    .description('let the executor believe this administrator, and whom they vouch for: writes dbmedic.yaml')
    .action((admin: string, options: { key?: string }, command: Command) => {
      const own = globals(command)
      // Never from the store: it is the store that is not believed.
      const keyId = options.key ?? keyIdInKeyring(configOf(own), admin)
      if (!/^[0-9a-f]{64}$/.test(keyId)) {
        throw new DbmedicError('DBM_USAGE', {
          problem: '--key is not the id of a key',
          hint: 'Copy the 64 digits that `dbmedic users pin` prints on the administrator’s machine.',
        })
      }
      const written = pinAdministrator(own.config, keyId)
      print(own.json, { admin, keyId, file: own.config, written }, () =>
        written ? saysPinned({ file: own.config, keyId }) : `${own.config} pins ${keyId} already.`,
      )
    })
}

/** Where a key was pinned. */
interface Pinned {
  readonly file: string
  readonly keyId: string
}

/** Pins the first administrator, who has just proved to hold the key; null if somebody is pinned already. */
function pinFirst({ config }: Installation, command: Command, keyId: string): Pinned | null {
  if (config.access.administrators.length > 0) return null
  const file = globals(command).config
  pinAdministrator(file, keyId)
  return { file, keyId }
}

const saysPinned = ({ file, keyId }: Pinned): string =>
  `Pinned in ${file} under access.administrators: ${keyId}\nThe executor acts on votes of people this key vouches for. One on another machine needs the same line in its own file.`

const addUser = (user: string, options: AddOptions, command: Command): Promise<void> =>
  withInstallation(
    command,
    async (installation) => {
      const port = serveOf(installation)
      const before = await port.read.people()
      const by = before.some((p) => p.active && p.mayAdminister)
        ? await adding(installation, options.as)
        : null
      const made = await addPerson(installation.config, port, {
        ...(await identify(user)),
        displayName: options.name ?? user,
        personOf: options.personOf ?? null,
        mayApprove: !options.viewer,
        mayAdminister: options.admin || before.length === 0,
        ...(by === null ? {} : { by }),
      })
      const pinned = by === null ? pinFirst(installation, command, made.keyId) : null
      const people = (await port.read.people()).filter((p) => p.active && p.mayApprove)
      const sole = new Set(people.map((p) => p.personId)).size === 1
      print(globals(command).json, { user, ...made, pinned }, () =>
        [
          `User ${user} ${made.made ? 'has a new key' : 'keeps the key found on this machine'} (${made.keyId.slice(0, 16)}…).`,
          pinned === null ? '' : saysPinned(pinned),
          sole
            ? 'With one approver, HIGH risk decisions cannot be run by dbmedic; `dbmedic show` prints them to be run by hand.'
            : '',
        ]
          .filter((l) => l !== '')
          .join('\n'),
      )
    },
    { makesStore: true },
  )

/** The administrator who adds somebody; the passphrase is asked for apart from the new user's own. */
async function adding(installation: Installation, as: string | undefined): Promise<Identified> {
  if (as === undefined) {
    throw new DbmedicError('DBM_USAGE', {
      problem: 'only an administrator adds users',
      hint: 'Add --as ADMIN; their passphrase is asked for, or taken from DBMEDIC_ADMIN_PASSPHRASE.',
    })
  }
  const passphrase =
    process.env.DBMEDIC_ADMIN_PASSPHRASE ??
    (await askPassphrase(`Passphrase of ${as}: `, 'DBMEDIC_ADMIN_PASSPHRASE'))
  const { userName } = await administrator(installation, { userName: as, passphrase })
  return { userName, passphrase }
}
