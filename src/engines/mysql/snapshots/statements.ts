/**
 * Window `statements`: what each statement class did, from the digest table (M1, M2, M13). Counters of others are
 * only ever read: nothing is truncated, and somebody else's TRUNCATE is noticed.
 */
import { type UtcTime, fromMs, toMs } from '../../../core/time.ts'
import { isOn } from '../cells.ts'
import {
  type Collected,
  type Collector,
  type CollectorTarget,
  FIRST_READING,
  known,
  type Outcome,
  targetNow,
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
import { readStatus, readVariables } from './global-status.ts'
import { busiest, DigestFingerprints, sumClasses, type SummedClass } from './statement-classes.ts'
import { fillSamples } from './statement-texts.ts'

/** Rows of the digest table read at once; MySQL's default size is 10,000, MariaDB's 5,000. */
const ROWS_MAX = 50_000
/** `LAST_SEEN` is set when a statement ends; one that ended during the last reading is read again. */
const OVERLAP_MS = 2_000
const LOST = 'performance_schema_digest_lost'
const SOURCE = 'performance_schema.events_statements_summary_by_digest'

const BASELINE_SQL = `SELECT ${DIGEST_COLUMNS} FROM ${SOURCE} LIMIT ${ROWS_MAX}`
const WINDOW_SQL = `SELECT ${DIGEST_COLUMNS}, DIGEST_TEXT AS digest_text FROM ${SOURCE}
WHERE LAST_SEEN >= ? ORDER BY SUM_TIMER_WAIT DESC LIMIT ${ROWS_MAX}`
const CONSUMERS_SQL = `SELECT ENABLED AS enabled FROM performance_schema.setup_consumers WHERE NAME = 'statements_digest'`

/** What is remembered between readings. */
export interface StatementsState {
  readonly at: UtcTime
  readonly rows: ReadonlyMap<string, KnownDigest>
  readonly lost: number
  readonly fingerprints: DigestFingerprints
}

/** Reads the window. Needs SELECT on performance_schema; unknown while it or its digest consumer is off. */
export const statementsCollector: Collector<'statements', StatementsState> = {
  name: 'statements',
  everyMs: 10_000,
  heavy: false,
  async collect(target, before): Promise<Collected<StatementWindow, StatementsState>> {
    const off = await whyOff(target)
    if (off !== null) return { outcome: off, state: null }
    // The clock before the rows: what ends in between is seen again next time, never missed.
    const at = await targetNow(target)
    const lost = (await readStatus(target, [LOST]))[LOST] ?? 0
    if (before === null) {
      const rows = (await target.query(BASELINE_SQL)).map(digestRow)
      const fingerprints = new DigestFingerprints()
      return { outcome: FIRST_READING, state: { at, rows: remember(new Map(), rows), lost, fingerprints } }
    }
    const since = sqlTime(toMs(before.at) - OVERLAP_MS)
    const rows = (await target.query(WINDOW_SQL, [since])).map(digestRow)
    const state = { ...before, at, rows: remember(before.rows, rows), lost }
    const window = windowBetween(target, before.at, at)
    if ('discarded' in window) return { outcome: window.discarded, state }
    const { value, classes } = statementWindow(target, rows, { window, before, lost })
    await fillSamples(target, classes).catch(() => undefined)
    return { outcome: known(value, at, SOURCE), state }
  },
}

async function whyOff(target: CollectorTarget): Promise<Outcome<never> | null> {
  const settings = await readVariables(target, ['performance_schema'])
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
  reading: { readonly window: Window; readonly before: StatementsState; readonly lost: number },
): { readonly value: StatementWindow; readonly classes: readonly SummedClass[] } {
  const { window, before, lost } = reading
  const deltas = rows.flatMap((row) => digestDelta(row, before.rows.get(row.key), window.windowStart) ?? [])
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
    digestsLost: Math.max(0, lost - before.lost),
  }
  return { value, classes }
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
