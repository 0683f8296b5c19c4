/**
 * Window `statements`: what each statement class did, from the digest table (M1, M2, M13). Counters of others are
 * only ever read: nothing is truncated, and somebody else's TRUNCATE is noticed.
 */
import { fromMs, toMs, type UtcTime } from '../../../core/time.ts'
import { count, isOn } from '../cells.ts'
import {
  type Collected,
  type Collector,
  type CollectorTarget,
  FIRST_READING,
  known,
  type Outcome,
  unknown,
  windowBetween,
} from '../collector.ts'
import type { StatementDelta, StatementWindow, Window } from '../shapes.ts'
import {
  DIGEST_COLUMNS,
  type DigestDelta,
  type DigestRow,
  digestDelta,
  digestRow,
  type KnownDigest,
  OVERFLOW_KEY,
} from './digest-rows.ts'
import { readKnownVariables } from './global-variables.ts'
import { busiest, DigestFingerprints, type SummedClass, sumClasses } from './statement-classes.ts'
import { fillSamples } from './statement-texts.ts'

/** Rows of the digest table read at once; MySQL's default size is 10,000, MariaDB's 5,000. */
const ROWS_MAX = 50_000
/** `LAST_SEEN` is set when a statement ends; one that ended during the last reading is read again. */
const OVERLAP_MS = 2_000
/** Whether the figures are kept at all is asked this often, ms. */
const CHECK_MS = 60_000
const LOST = 'performance_schema_digest_lost'
const SOURCE = 'performance_schema.events_statements_summary_by_digest'

const BASELINE_SQL = `SELECT ${DIGEST_COLUMNS} FROM ${SOURCE} LIMIT ${ROWS_MAX}`
const WINDOW_SQL = `SELECT ${DIGEST_COLUMNS}, DIGEST_TEXT AS digest_text FROM ${SOURCE}
WHERE LAST_SEEN >= ? LIMIT ${ROWS_MAX}`
const CONSUMERS_SQL = `SELECT ENABLED AS enabled FROM performance_schema.setup_consumers WHERE NAME = 'statements_digest'`

const UNSEEN_SQL = `SELECT COUNT_STAR AS calls FROM performance_schema.events_statements_summary_global_by_event_name
WHERE EVENT_NAME = 'statement/com/Execute'`

/** What is remembered between readings. */
export interface StatementsState {
  readonly at: UtcTime
  readonly rows: ReadonlyMap<string, KnownDigest>
  readonly lost: number
  /** Calls without a digest so far, ours included; `null` where every call has one. */
  readonly unseen: number | null
  readonly checkedMs: number
  readonly fingerprints: DigestFingerprints
}

/** Reads the window. Needs SELECT on performance_schema; unknown while it or its digest consumer is off. */
export const statementsCollector: Collector<'statements', StatementsState> = {
  name: 'statements',
  everyMs: 10_000,
  heavy: false,
  async collect(target, before): Promise<Collected<StatementWindow, StatementsState>> {
    const { off, checkedMs } = await check(target, before)
    if (off !== null) return { outcome: off, state: null }
    // The clock before the rows: what ends in between is seen again next time, never missed.
    const { at, values } = await target.shared.status()
    const lost = values[LOST] ?? 0
    const unseen = await readUnseen(target)
    if (before === null) {
      const rows = (await target.query(BASELINE_SQL)).map(digestRow)
      const fingerprints = new DigestFingerprints()
      return {
        outcome: FIRST_READING,
        state: { at, rows: remember(new Map(), rows), lost, unseen, checkedMs, fingerprints },
      }
    }
    const since = sqlTime(toMs(before.at) - OVERLAP_MS)
    const rows = (await target.query(WINDOW_SQL, [since])).map(digestRow)
    // Our own reading is always among them; none at all means that the server stopped keeping figures.
    const checkAgain = rows.length === 0 ? Number.NEGATIVE_INFINITY : checkedMs
    const state = { ...before, at, rows: remember(before.rows, rows), lost, unseen, checkedMs: checkAgain }
    if (rows.length === 0) return { outcome: NO_ROWS, state }
    const window = windowBetween(target, before.at, at)
    if ('discarded' in window) return { outcome: window.discarded, state }
    const { value, classes } = statementWindow(target, rows, { window, before, after: state })
    await fillSamples(target, classes).catch(() => undefined)
    return { outcome: known(value, at, SOURCE), state }
  },
}

const NO_ROWS = unknown(
  'the digest table shows no statement of the window, not even ours',
  'It is checked at the next reading whether the server still keeps these figures.',
)

async function check(
  target: CollectorTarget,
  before: StatementsState | null,
): Promise<{ readonly off: Outcome<never> | null; readonly checkedMs: number }> {
  const nowMs = performance.now()
  if (before !== null && nowMs - before.checkedMs < CHECK_MS)
    return { off: null, checkedMs: before.checkedMs }
  return { off: await whyOff(target), checkedMs: nowMs }
}

async function readUnseen(target: CollectorTarget): Promise<number | null> {
  if (target.server.flavour === 'mysql') return null
  return count((await target.query(UNSEEN_SQL))[0]?.['calls']) - target.preparedCalls()
}

async function whyOff(target: CollectorTarget): Promise<Outcome<never> | null> {
  const settings = await readKnownVariables(target, ['performance_schema'])
  if (!isOn(settings['performance_schema'])) {
    return unknown(
      'performance_schema is OFF, so the server keeps no figures of statements',
      'Put performance_schema=ON under [mysqld] in my.cnf and restart the server; it cannot be switched on while it runs.',
    )
  }
  if (isOn((await target.query(CONSUMERS_SQL))[0]?.['enabled'])) return null
  return unknown(
    'the consumer statements_digest of the Performance Schema is off',
    "Run: UPDATE performance_schema.setup_consumers SET ENABLED = 'YES' WHERE NAME = 'statements_digest'",
  )
}

function statementWindow(
  target: CollectorTarget,
  rows: readonly DigestRow[],
  reading: { readonly window: Window; readonly before: StatementsState; readonly after: StatementsState },
): { readonly value: StatementWindow; readonly classes: readonly SummedClass[] } {
  const { window, before, after } = reading
  // Without its second's fraction (MariaDB) a row's first time can lie before the window it was made in.
  const newSince = fromMs(toMs(window.windowStart) - OVERLAP_MS)
  const deltas = rows.flatMap((row) => digestDelta(row, before.rows.get(row.key), newSince) ?? [])
  const all = sumClasses(deltas, (digest, text) => before.fingerprints.of(digest, text, target.dialect))
  const foreign = all.filter(
    (one) => !target.isOwnStatement(one.fingerprintId) && !isExplain(one.fingerprint),
  )
  const classes = busiest(foreign, target.options.statementsTop)
  const overflow = deltas.filter(({ row }) => row.key === OVERFLOW_KEY)
  const overflowCalls = sumOf(overflow, (one) => one.delta.calls)
  const totalCalls = foreign.reduce((sum, one) => sum + one.calls, 0) + overflowCalls
  const value = {
    ...window,
    statements: classes.map(({ digests: _digests, ...one }): StatementDelta => one),
    totalCalls,
    totalMs: foreign.reduce((sum, one) => sum + one.totalMs, 0) + sumOf(overflow, (one) => one.delta.totalMs),
    blindPercent: totalCalls === 0 ? 0 : (100 * overflowCalls) / totalCalls,
    digestsLost: Math.max(0, after.lost - before.lost),
    ...unseenCalls(before, after),
  }
  return { value, classes }
}

/** Ours are counted by us and by the server at slightly different moments: a few too many are none. */
function unseenCalls(before: StatementsState, after: StatementsState): { readonly unseenCalls?: number } {
  if (before.unseen === null || after.unseen === null) return {}
  const moved = after.unseen - before.unseen
  return moved > 0 ? { unseenCalls: moved } : {}
}

function sumOf(deltas: readonly DigestDelta[], figure: (delta: DigestDelta) => number): number {
  return deltas.reduce((sum, delta) => sum + figure(delta), 0)
}

/** Plans asked for, by us or by people, are no work of the application. */
function isExplain(text: string): boolean {
  return /^(?:explain|describe|desc) /.test(text)
}

/**
 * The rows just read over the ones known. Rows that were not read did not run since; the table never evicts, so
 * forgetting them would turn their next call into a class that nothing is known of.
 */
function remember(
  before: ReadonlyMap<string, KnownDigest>,
  rows: readonly DigestRow[],
): ReadonlyMap<string, KnownDigest> {
  const all = new Map(before)
  for (const { key, firstSeen, counters } of rows) all.set(key, { firstSeen, counters })
  return all
}

/** An instant as a literal-free bound value of a session in UTC: `2026-11-21 03:33:11.123456`. */
function sqlTime(ms: number): string {
  return fromMs(ms).replace('T', ' ').slice(0, -1)
}
