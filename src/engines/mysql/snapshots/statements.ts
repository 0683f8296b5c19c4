/**
 * Window `statements`: what each statement class did, from the digest table (M1, M2, M13), and on MariaDB from the statements
 * that are prepared, which have no digests there; statements inside of stored programs have none on either. Counters of others are only ever read: nothing is truncated, and somebody
 * else's TRUNCATE is noticed.
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
import {
  callsOf,
  type KnownPrepared,
  type PreparedReading,
  preparedDeltas,
  readPrepared,
  rememberPrepared,
} from './prepared-statements.ts'
import { type KnownPrograms, readProgramStatements } from './program-statements.ts'
import {
  busiest,
  DigestFingerprints,
  type FailedLately,
  rememberFailed,
  type SummedClass,
  sumClasses,
} from './statement-classes.ts'
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

const EXECUTED_SQL = `SELECT COUNT_STAR AS calls FROM performance_schema.events_statements_summary_global_by_event_name
WHERE EVENT_NAME = 'statement/com/Execute'`

/** What is remembered between readings. */
export interface StatementsState {
  readonly at: UtcTime
  readonly rows: ReadonlyMap<string, KnownDigest>
  readonly lost: number
  /** `null` where every call has a digest. */
  readonly prepared: Prepared | null
  readonly programs: KnownPrograms
  readonly checkedMs: number
  readonly fingerprints: DigestFingerprints
  readonly failed: FailedLately
}

/** What is remembered of prepared statements. */
interface Prepared {
  /** Calls without a digest, ours included, as the server counts them. */
  readonly counted: number
  /** Calls without a digest so far, but for ours. */
  readonly executed: number
  readonly known: KnownPrepared
  /**
   * Below zero: calls that were seen and not yet among those executed, as the two are read one after the other; above: calls
   * that may have been ours, and are another's if they are still there at the next reading.
   */
  readonly ahead: number
}

/** The prepared statements of two readings. */
interface PreparedWindow {
  readonly deltas: readonly DigestDelta[]
  readonly unseenCalls: number
}

const NOTHING_RAN: PreparedWindow = { deltas: [], unseenCalls: 0 }

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
    const fingerprints = before?.fingerprints ?? new DigestFingerprints()
    const { prepared, window: ran } = await prepare(target, before?.prepared ?? null, fingerprints)
    const { known: programs, deltas: inPrograms } = await readProgramStatements(target, before, at)
    if (before === null) {
      const rows = (await target.query(BASELINE_SQL)).map(digestRow)
      return {
        outcome: FIRST_READING,
        state: {
          at,
          rows: remember(new Map(), rows),
          lost,
          prepared,
          programs,
          checkedMs,
          fingerprints,
          failed: new Map(),
        },
      }
    }
    const since = sqlTime(toMs(before.at) - OVERLAP_MS)
    const rows = (await target.query(WINDOW_SQL, [since])).map(digestRow)
    // Our own reading is always among them; none at all means that the server stopped keeping figures.
    const checkAgain = rows.length === 0 ? Number.NEGATIVE_INFINITY : checkedMs
    const remembered = remember(before.rows, rows)
    const state = { ...before, at, rows: remembered, lost, prepared, programs, checkedMs: checkAgain }
    if (rows.length === 0) return { outcome: NO_ROWS, state }
    const window = windowBetween(target, before.at, at)
    if ('discarded' in window) return { outcome: window.discarded, state }
    const { value, classes, failed } = statementWindow(target, rows, {
      window,
      before,
      after: state,
      ran,
      inPrograms,
    })
    await fillSamples(target, classes).catch(() => undefined)
    return { outcome: known(value, at, SOURCE), state: { ...state, failed } }
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

/** The prepared statements now, and what they did since `before`; MySQL has digests of them. */
async function prepare(
  target: CollectorTarget,
  before: Prepared | null,
  fingerprints: DigestFingerprints,
): Promise<{ readonly prepared: Prepared | null; readonly window: PreparedWindow | null }> {
  if (target.server.flavour === 'mysql') return { prepared: null, window: null }
  const { answered } = target.preparedCalls()
  const counted = count((await target.query(EXECUTED_SQL))[0]?.['calls'])
  const { sent } = target.preparedCalls()
  // Ours are counted by us and by the server at slightly different moments: so many may be ours or another's.
  const doubtful = sent - answered
  const executed = counted - sent
  const truncated = before !== null && counted < before.counted
  // Where nobody prepares, one counter is all that is read.
  if (before !== null && !truncated && executed <= before.executed + doubtful)
    return { prepared: { ...before, counted }, window: NOTHING_RAN }
  const reading: PreparedReading = await readPrepared(target, fingerprints)
  const known = rememberPrepared(reading)
  if (before === null) return { prepared: { counted, executed, known, ahead: 0 }, window: null }
  const deltas = preparedDeltas(before.known, reading).filter(
    ({ row }) =>
      !target.isOwnStatement(fingerprints.of(row.digest ?? '', row.digestText ?? '', target.dialect).id),
  )
  if (truncated) {
    // How many ran before the TRUNCATE nobody knows: at least those since, without ours of the whole window.
    const since = counted - (sent - (before.counted - before.executed))
    return {
      prepared: { counted, executed, known, ahead: 0 },
      window: {
        deltas: deltas.map((one) => ({ ...one, partial: true })),
        unseenCalls: Math.max(0, since - callsOf(deltas)),
      },
    }
  }
  const more = executed - before.executed - callsOf(deltas) + before.ahead
  return {
    prepared: { counted, executed, known, ahead: Math.min(doubtful, more) },
    window: { deltas, unseenCalls: Math.max(0, more - doubtful) },
  }
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
  reading: {
    readonly window: Window
    readonly before: StatementsState
    readonly after: StatementsState
    readonly ran: PreparedWindow | null
    readonly inPrograms: readonly DigestDelta[]
  },
): {
  readonly value: StatementWindow
  readonly classes: readonly SummedClass[]
  readonly failed: FailedLately
} {
  const { window, before, after, ran, inPrograms } = reading
  // Without its second's fraction (MariaDB) a row's first time can lie before the window it was made in.
  const newSince = fromMs(toMs(window.windowStart) - OVERLAP_MS)
  const deltas = rows.flatMap((row) => digestDelta(row, before.rows.get(row.key), newSince) ?? [])
  const all = sumClasses([...deltas, ...(ran?.deltas ?? []), ...inPrograms], (digest, text) =>
    before.fingerprints.of(digest, text, target.dialect),
  )
  const foreign = all.filter(
    (one) => !target.isOwnStatement(one.fingerprintId) && !isExplain(one.fingerprint),
  )
  const most = target.options.statementsTop
  const failed = rememberFailed(before.failed, foreign, { nowMs: toMs(window.windowEnd), most })
  const classes = busiest(foreign, most, failed)
  const overflow = deltas.filter(({ row }) => row.key === OVERFLOW_KEY)
  const overflowCalls = sumOf(overflow, (one) => one.delta.calls)
  // What ran inside of programs is in the figures of the statements that called them.
  const calls = (one: DigestDelta): number => one.delta.calls
  const ms = (one: DigestDelta): number => one.delta.totalMs
  const totalCalls =
    foreign.reduce((sum, one) => sum + one.calls, 0) - sumOf(inPrograms, calls) + overflowCalls
  const foreignMs = foreign.reduce((sum, one) => sum + one.totalMs, 0) - sumOf(inPrograms, ms)
  const value = {
    ...window,
    statements: classes.map(({ digests: _digests, ...one }): StatementDelta => one),
    totalCalls,
    totalMs: Math.max(0, foreignMs) + sumOf(overflow, ms),
    blindPercent: totalCalls === 0 ? 0 : (100 * overflowCalls) / totalCalls,
    digestsLost: Math.max(0, after.lost - before.lost),
    ...(ran === null || ran.unseenCalls === 0 ? {} : { unseenCalls: ran.unseenCalls }),
  }
  return { value, classes, failed }
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
