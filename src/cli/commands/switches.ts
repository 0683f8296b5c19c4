/** halt, lift, halts, windows: a stop anybody may set, and what an approver or administrator lets go on. */
import type { Command } from 'commander'
import { actionOf, allActions } from '../../app/index.ts'
import { DbmedicError } from '../../core/errors.ts'
import type { Halt } from '../../core/store-ports.ts'
import { timeArgument } from '../arguments.ts'
import { actingAs, found, globals, idArgument, releaser, serveOf, withDoor } from '../context.ts'
import { knownTarget } from '../known-target.ts'
import { print, table, utc } from '../terminal.ts'

/** Adds the switches. */
export function addSwitchCommands(program: Command): void {
  addHalt(program)
  addLift(program)
  addHalts(program)
  addWindows(program)
}

interface HaltOptions {
  readonly target?: string
  readonly engine?: string
  readonly action?: string
  readonly reason: string
  readonly as?: string
}

function addHalt(program: Command): void {
  program
    .command('halt')
    .description('stop: nothing new runs until it is lifted (what is running ends at its next safe point)')
    .option('--target <name>', 'only on this target')
    .option('--engine <id>', 'only on this engine')
    .option('--action <id>', 'only this action')
    .requiredOption('--reason <text>', 'why, for the record')
    .option('--as <user>', 'your user name (or DBMEDIC_USER)')
    .action((options: HaltOptions, command: Command) =>
      withDoor(command, async (door) => {
        const port = serveOf(door)
        const targets = await port.read.targets()
        if (options.target !== undefined) await knownTarget(door, options.target)
        const { scope, key } = scopeOf(options, targets)
        const by = await actingAs(door, options.as)
        const haltId = await port.halt({ scope, key, reason: options.reason, by })
        print(
          globals(command).json,
          { haltId, scope, key },
          () =>
            `Stop ${haltId} is on (${scope}${key === '' ? '' : ` ${nameOf({ scope, key }, targets)}`}). Lift it: dbmedic lift ${haltId} --as ${by}`,
        )
      }),
    )
}

function addLift(program: Command): void {
  program
    .command('lift')
    .argument('<stop>', 'number of a stop; see dbmedic halts')
    .option('--as <user>', 'your user name (or DBMEDIC_USER)')
    .description('lift a stop: what is approved and still valid runs (approvers and administrators)')
    .action((text: string, options: { as?: string }, command: Command) =>
      withDoor(command, async (door) => {
        const port = serveOf(door)
        const haltId = idArgument(text, 'a stop')
        found((await port.read.halts()).find((h) => h.haltId === haltId) ?? null, 'stop', text)
        await port.liftHalt(haltId, await releaser(door, options.as))
        print(globals(command).json, { lifted: haltId }, () => `Stop ${haltId} lifted.`)
      }),
    )
}

function addHalts(program: Command): void {
  program
    .command('halts')
    .description('list the stops that are on')
    .action((_options: unknown, command: Command) =>
      withDoor(command, async ({ store }) => {
        const halts = await store.read.halts()
        const targets = await store.read.targets()
        print(globals(command).json, halts, () =>
          table(
            ['STOP', 'SCOPE', 'OF', 'BY', 'SINCE (UTC)', 'WHY'],
            halts.map((h) => [
              String(h.haltId),
              h.scope,
              nameOf(h, targets),
              h.setBy,
              utc(h.setAt),
              h.reason,
            ]),
            'Nothing is stopped.',
          ),
        )
      }),
    )
}

type Named = readonly { readonly targetName: string; readonly targetId: number }[]

/** What a stop is about, for people: the target's name where the row has its number. */
const nameOf = (halt: Pick<Halt, 'scope' | 'key'>, targets: Named): string =>
  halt.scope === 'TARGET'
    ? (targets.find((t) => String(t.targetId) === halt.key)?.targetName ?? `target ${halt.key}`)
    : halt.key

function scopeOf(options: HaltOptions, targets: Named): { scope: Halt['scope']; key: string } {
  const named = [options.target, options.engine, options.action].filter((x) => x !== undefined)
  if (named.length > 1)
    throw new DbmedicError('DBM_USAGE', {
      problem: 'name one of --target, --engine, --action',
      hint: 'Without any of them everything stops.',
    })
  if (options.target !== undefined) {
    const target = targets.find((t) => t.targetName === options.target) ?? null
    return { scope: 'TARGET', key: String(found(target, 'target', options.target).targetId) }
  }
  if (options.engine !== undefined)
    return { scope: 'ENGINE', key: found(engineNamed(options.engine), 'engine', options.engine) }
  if (options.action !== undefined)
    return { scope: 'ACTION', key: found(actionOf(options.action), 'action', options.action).id }
  return { scope: 'ALL', key: '' }
}

/** A misspelt scope would stop nothing and look as if it did. */
const engineNamed = (id: string): string | null => (allActions().some((a) => a.engine === id) ? id : null)

interface WindowOptions {
  readonly from?: string
  readonly to?: string
  readonly reason: string
  readonly as?: string
}

function addWindows(program: Command): void {
  program
    .command('windows')
    .argument('<target>', 'name of a target')
    .description('list a target’s change windows, or add one (approvers and administrators)')
    .option('--from <time>', 'start, with its zone (2027-01-31T22:00:00Z)')
    .option('--to <time>', 'end, with its zone')
    .option('--reason <text>', 'why, for the record', 'change window')
    .option('--as <user>', 'your user name (or DBMEDIC_USER)')
    .action((name: string, options: WindowOptions, command: Command) => {
      const added = windowOf(options)
      return withDoor(command, async (door) => {
        const port = serveOf(door)
        const { targetId } = await knownTarget(door, name)
        if (added !== null) {
          const createdBy = await releaser(door, options.as)
          await port.addChangeWindow({ targetId, ...added, createdBy, reason: options.reason })
        }
        const windows = await port.read.changeWindows(targetId)
        print(globals(command).json, windows, () =>
          table(
            ['FROM (UTC)', 'TO (UTC)', 'BY', 'WHY'],
            windows.map((w) => [utc(w.startsAt), utc(w.endsAt), w.createdBy, w.reason]),
            'No change windows. Add one with --from and --to.',
          ),
        )
      })
    })
}

/** The window to add; null where none is. @throws DbmedicError DBM_USAGE for half a window or one that ends first. */
function windowOf({ from, to }: WindowOptions): { startsAt: string; endsAt: string } | null {
  if (from === undefined && to === undefined) return null
  if (from === undefined || to === undefined)
    throw new DbmedicError('DBM_USAGE', {
      problem: 'a window has a start and an end',
      hint: 'Give both --from and --to.',
    })
  const window = { startsAt: timeArgument(from), endsAt: timeArgument(to) }
  if (window.startsAt < window.endsAt) return window
  throw new DbmedicError('DBM_USAGE', {
    problem: 'the window ends before it starts',
    hint: 'Give --from the earlier time.',
  })
}
