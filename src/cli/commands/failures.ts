/** errors list, and show of a signature: what applications reported, from the store or from a server. */
import { type Command, Option } from 'commander'
import { explainFailure, FAILURE_ENGINES, switchRecovery } from '../../app/index.ts'
import { DbmedicError } from '../../core/errors.ts'
import type { FailureDetail, FailurePattern, SeenSite } from '../../core/failure-patterns.ts'
import type { ReadPort } from '../../core/store-ports.ts'
import { actingAs, found, globals, idArgument, Refused, releaser, serveOf, withDoor } from '../context.ts'
import { clip, print, printable, round, table, utc } from '../terminal.ts'
import { readableError } from './error-text.ts'
import { readableRecovery } from './recovery-text.ts'

/** Digits of a signature a list shows, and the least that name one. */
const SHOWN_DIGITS = 12

interface ListOptions {
  readonly engine?: string
  readonly target?: string
  readonly sort: keyof typeof SORTS
  readonly limit: string
}

const SORTS = {
  seen: { sort: 'seen', descending: true },
  count: { sort: 'count', descending: true },
  first: { sort: 'first', descending: false },
} as const

/** Adds `errors list`. */
export function addFailureList(errors: Command): void {
  errors
    .command('list')
    .description('list the kinds of errors that applications reported, the latest first')
    .addOption(new Option('--engine <name>', 'only of this engine').choices([...FAILURE_ENGINES]))
    .option('--target <name>', 'only with a place on this target')
    .addOption(new Option('--sort <order>', 'by what').choices(Object.keys(SORTS)).default('seen'))
    .option('--limit <n>', 'at most this many, 200 at most', '50')
    .action((options: ListOptions, command: Command) =>
      withDoor(command, async ({ store }) => {
        const { engine, target, sort, limit } = options
        const targetId = target === undefined ? null : await targetNamed(store.read, target)
        const { rows } = await store.read.failurePatterns({
          ...SORTS[sort],
          after: null,
          limit: Math.min(200, idArgument(limit, 'rows')),
          ...(engine === undefined ? {} : { engine }),
          ...(targetId === null ? {} : { targetId }),
        })
        print(globals(command).json, rows, () => listOf(rows))
      }),
    )
}

async function targetNamed(read: ReadPort, name: string): Promise<number> {
  const targets = await read.targets()
  return found(targets.find((each) => each.targetName === name) ?? null, 'target', name).targetId
}

const listOf = (rows: readonly FailurePattern[]): string =>
  table(
    ['SIGNATURE', 'ENGINE', 'CODE', 'TYPE', 'SEEN', 'PLACES', 'LAST (UTC)', 'ABOUT'],
    rows.map((row) => [
      row.signature.slice(0, SHOWN_DIGITS),
      row.engine,
      row.code ?? '',
      row.failureType,
      `${row.occurrences}×`,
      String(row.sites),
      utc(row.lastSeenAt),
      clip(printable(row.object ?? row.masked), 80),
    ]),
    'No application has reported an error. How one does: docs/guard.md',
  )

/** Is it a signature, or the first digits of one, and no code? */
export const isSignature = (text: string): boolean => /^[0-9a-f]{12,64}$/.test(text)

/**
 * The failure that a signature, or its first digits, names.
 * @throws DbmedicError DBM_NOT_FOUND, DBM_USAGE where digits name several
 */
async function failureNamed(read: ReadPort, signature: string): Promise<FailureDetail> {
  const first = { sort: 'first', descending: false, after: null, limit: 2 } as const
  const { rows } = await read.failurePatterns({ ...first, signature })
  const [row, other] = rows
  if (row !== undefined && other !== undefined && other.signature !== row.signature)
    throw new DbmedicError('DBM_USAGE', {
      problem: `${signature} begins several signatures`,
      hint: 'Give more of its digits: dbmedic errors list --json',
    })
  const one = row === undefined ? null : await read.failurePattern(row.workspaceId, row.signature)
  return found(one, 'error', signature)
}

interface SwitchOptions {
  readonly off?: true
  readonly on?: true
  readonly reason: string
  readonly as?: string
}

/** Adds `errors recovery`. */
export function addFailureSwitch(errors: Command): void {
  errors
    .command('recovery')
    .argument('<signature>', 'of an error; 12 digits are enough; see dbmedic errors list')
    .addOption(new Option('--off', 'propose nothing for it by itself').conflicts('on'))
    .addOption(new Option('--on', 'propose again (approvers and administrators)'))
    .requiredOption('--reason <text>', 'why, for the record')
    .option('--as <user>', 'your user name (or DBMEDIC_USER)')
    .description('switch recovery of an error off or on: while it is off nothing is proposed by itself')
    .action((signature: string, { off, on, reason, as }: SwitchOptions, command: Command) => {
      if (!isSignature(signature) || (off === undefined) === (on === undefined))
        throw new DbmedicError('DBM_USAGE', {
          problem: isSignature(signature) ? 'say --off or --on' : `“${printable(signature)}” is no signature`,
          hint: 'dbmedic errors recovery SIGNATURE --off --reason TEXT --as NAME',
        })
      return withDoor(command, async (door) => {
        const { pattern } = await failureNamed(door.store.read, signature)
        const by = on === true ? await releaser(door, as) : await actingAs(door, as)
        const { workspaceId } = pattern
        const wish = { workspaceId, signature: pattern.signature, on: on === true, reason, by }
        const refused = await switchRecovery(serveOf(door), wish)
        if (refused !== null) throw new Refused(refused)
        print(
          globals(command).json,
          { signature: pattern.signature, recovery: wish.on },
          () =>
            `Recovery of ${pattern.signature.slice(0, SHOWN_DIGITS)} is ${wish.on ? 'on' : 'off: nothing is proposed for it by itself, and no grant lets it through'}.`,
        )
      })
    })
}

/** Shows one kind of failure with its places. @throws as `failureNamed` */
export function showFailure(signature: string, command: Command): Promise<void> {
  return withDoor(command, async ({ store }) => {
    const detail = await failureNamed(store.read, signature)
    const explanation = explainFailure(detail.pattern)
    print(globals(command).json, { ...detail, explanation }, () =>
      [
        detail.pattern.signature,
        ...(explanation === null ? [printable(detail.pattern.masked)] : [readableError(explanation)]),
        '',
        `Seen ${detail.pattern.occurrences}×, first ${utc(detail.pattern.firstSeenAt)}, last ${utc(detail.pattern.lastSeenAt)} UTC`,
        ...detail.sites.map(siteText),
        '',
        readableRecovery(detail.recovery),
      ].join('\n'),
    )
  })
}

function siteText(site: SeenSite): string {
  const { place, statement, application, targetName, outcome } = site
  const where =
    place === null
      ? outcome === null
        ? 'at other places'
        : 'at a place that was not told'
      : `${place.file}:${place.line}:${place.column}${place.function === null ? '' : ` in ${place.function}`}`
  const of = [application, targetName, outcome].filter((part) => part !== null)
  return [
    `  ${site.occurrences}×  ${printable(where)}  (${printable([...of, `${round(site.longestMs)} ms at most`, `last ${utc(site.lastSeenAt)}`].join(', '))})`,
    ...(statement === null ? [] : [`      ${clip(printable(statement.text), 160)}`]),
  ].join('\n')
}
