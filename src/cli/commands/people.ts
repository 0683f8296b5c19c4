/** users, halt, halts, windows: who may decide, and the switches anybody may throw. */
import type { Command } from 'commander'
import { addPerson, type Installation, proveIdentity } from '../../app/index.ts'
import { DbmedicError } from '../../core/errors.ts'
import type { Halt } from '../../core/store-ports.ts'
import { askPassphrase } from '../ask.ts'
import { found, globals, idArgument, identify, serveOf, withInstallation } from '../context.ts'
import { print, table } from '../terminal.ts'

interface AddOptions {
  readonly name?: string
  readonly personOf?: string
  readonly viewer: boolean
  readonly admin: boolean
  readonly as?: string
}

/** Adds the commands about people and switches. */
export function addPeopleCommands(program: Command): void {
  addUsers(program)
  addHalts(program)
  addWindows(program)
}

function addUsers(program: Command): void {
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
          ? 'let a user vote again'
          : 'a user votes no more; their votes that have not run count no more',
      )
      .action((user: string, options: { as: string }, command: Command) =>
        withInstallation(command, async (installation) => {
          const port = serveOf(installation)
          const admin = await proveIdentity(installation.config, port, await identify(options.as))
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

const addUser = (user: string, options: AddOptions, command: Command): Promise<void> =>
  withInstallation(command, async (installation) => {
    const port = serveOf(installation)
    const before = await port.read.people()
    const by = before.some((p) => p.active && p.mayAdminister)
      ? await administrator(installation, options.as)
      : null
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

/** The name of an administrator who has proved to be one: only they add users once there is one. */
async function administrator(installation: Installation, as: string | undefined): Promise<string> {
  if (as === undefined) {
    throw new DbmedicError('DBM_USAGE', {
      problem: 'only an administrator adds users',
      hint: 'Add --as ADMIN; their passphrase is asked for, or taken from DBMEDIC_ADMIN_PASSPHRASE.',
    })
  }
  const passphrase = process.env.DBMEDIC_ADMIN_PASSPHRASE ?? (await askPassphrase(`Passphrase of ${as}: `))
  return (await proveIdentity(installation.config, serveOf(installation), { userName: as, passphrase }))
    .userName
}

function addHalts(program: Command): void {
  program
    .command('halt')
    .description('stop: nothing new runs until it is lifted (what is running ends at its next safe point)')
    .option('--target <name>', 'only on this target')
    .option('--engine <id>', 'only on this engine')
    .option('--action <id>', 'only this action')
    .requiredOption('--reason <text>', 'why, for the record')
    .option('--as <user>', 'your user name (or DBMEDIC_USER)')
    .option('--lift <halt>', 'lift this stop instead')
    .action(
      (
        options: {
          target?: string
          engine?: string
          action?: string
          reason: string
          as?: string
          lift?: string
        },
        command: Command,
      ) =>
        withInstallation(command, async (installation) => {
          const port = serveOf(installation)
          const person = await proveIdentity(installation.config, port, await identify(options.as))
          if (options.lift !== undefined) {
            await port.liftHalt(idArgument(options.lift, 'a stop'), person.userName)
            return print(
              globals(command).json,
              { lifted: Number(options.lift) },
              () => `Stop ${options.lift} lifted.`,
            )
          }
          const { scope, key } = scopeOf(options, await port.read.targets())
          const haltId = await port.halt({ scope, key, reason: options.reason, by: person.userName })
          print(
            globals(command).json,
            { haltId, scope, key },
            () =>
              `Stopped (${scope}${key === '' ? '' : ` ${key}`}). Lift it: dbmedic halt --lift ${haltId} --reason … --as ${person.userName}`,
          )
        }),
    )
  program
    .command('halts')
    .description('list the stops that are on')
    .action((_options: unknown, command: Command) =>
      withInstallation(command, async ({ store }) => {
        const halts = await store.read.halts()
        print(globals(command).json, halts, () =>
          table(
            ['STOP', 'SCOPE', 'KEY', 'BY', 'SINCE', 'WHY'],
            halts.map((h) => [String(h.haltId), h.scope, h.key, h.setBy, h.setAt, h.reason]),
            'Nothing is stopped.',
          ),
        )
      }),
    )
}

function scopeOf(
  options: { target?: string; engine?: string; action?: string },
  targets: readonly { readonly targetName: string; readonly targetId: number }[],
): { scope: Halt['scope']; key: string } {
  const named = [options.target, options.engine, options.action].filter((x) => x !== undefined)
  if (named.length > 1)
    throw new DbmedicError('DBM_USAGE', {
      problem: 'name one of --target, --engine, --action',
      hint: 'Without any of them everything stops.',
    })
  if (options.target !== undefined) {
    const target = found(
      targets.find((t) => t.targetName === options.target) ?? null,
      'target',
      options.target,
    )
    return { scope: 'TARGET', key: String(target.targetId) }
  }
  if (options.engine !== undefined) return { scope: 'ENGINE', key: options.engine }
  if (options.action !== undefined) return { scope: 'ACTION', key: options.action }
  return { scope: 'ALL', key: '' }
}

function addWindows(program: Command): void {
  program
    .command('windows')
    .argument('<target>', 'name of a target')
    .description('list a target’s change windows, or add one')
    .option('--from <time>', 'start, ISO 8601')
    .option('--to <time>', 'end, ISO 8601')
    .option('--reason <text>', 'why, for the record', 'change window')
    .option('--as <user>', 'your user name (or DBMEDIC_USER)')
    .action(
      (
        name: string,
        options: { from?: string; to?: string; reason: string; as?: string },
        command: Command,
      ) =>
        withInstallation(command, async (installation) => {
          const port = serveOf(installation)
          const target = found(
            (await port.read.targets()).find((t) => t.targetName === name) ?? null,
            'target',
            name,
          )
          if (options.from !== undefined && options.to !== undefined) {
            const person = await proveIdentity(installation.config, port, await identify(options.as))
            await port.addChangeWindow({
              targetId: target.targetId,
              startsAt: iso(options.from),
              endsAt: iso(options.to),
              createdBy: person.userName,
              reason: options.reason,
            })
          }
          const windows = await port.read.changeWindows(target.targetId)
          print(globals(command).json, windows, () =>
            table(
              ['FROM', 'TO', 'BY', 'WHY'],
              windows.map((w) => [w.startsAt, w.endsAt, w.createdBy, w.reason]),
              'No change windows. Add one with --from and --to.',
            ),
          )
        }),
    )
}

function iso(text: string): string {
  const ms = Date.parse(text)
  if (Number.isNaN(ms))
    throw new DbmedicError('DBM_USAGE', {
      problem: `“${text}” is not a time`,
      hint: 'Write it as 2027-01-31T22:00:00Z',
    })
  return `${new Date(ms).toISOString().slice(0, -1)}000Z`
}
