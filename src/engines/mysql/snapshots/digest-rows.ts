/** Rows of the digest table as counters, and what happened to each between two readings. Pure. */
import { count, picosecondsToMs, type Row, text, utcTime } from '../cells.ts'

/** Counters of one row of `events_statements_summary_by_digest`, times in ms. */
export interface DigestCounters {
  readonly calls: number
  readonly totalMs: number
  readonly lockMs: number
  readonly rowsExamined: number
  readonly rowsSent: number
  readonly rowsAffected: number
  readonly noIndexUsed: number
  readonly selectScan: number
  readonly selectFullJoin: number
  readonly tmpTables: number
  readonly tmpDiskTables: number
  readonly sortMergePasses: number
  readonly errors: number
}

/** One row. The overflow row has neither schema nor digest. */
export interface DigestRow {
  readonly key: string
  readonly schema: string | null
  readonly digest: string | null
  /** `null` where it was not asked for, and for the overflow row. */
  readonly digestText: string | null
  readonly firstSeen: string | null
  /** The stored program it belongs to, as `procedure shop.totals_of`; left out for statements of clients. */
  readonly within?: string
  readonly counters: DigestCounters
}

/** What is remembered of a row. */
export type KnownDigest = Pick<DigestRow, 'firstSeen' | 'counters'>

/** Key of the row that takes every class the table has no room for. */
export const OVERFLOW_KEY = 'overflow'

/** The columns both flavours have, for a SELECT. */
export const DIGEST_COLUMNS = `SCHEMA_NAME AS schema_name, DIGEST AS digest, FIRST_SEEN AS first_seen,
  COUNT_STAR AS calls, SUM_TIMER_WAIT AS total_ps, SUM_LOCK_TIME AS lock_ps, SUM_ROWS_EXAMINED AS rows_examined,
  SUM_ROWS_SENT AS rows_sent, SUM_ROWS_AFFECTED AS rows_affected, SUM_NO_INDEX_USED AS no_index_used,
  SUM_SELECT_SCAN AS select_scan, SUM_SELECT_FULL_JOIN AS select_full_join, SUM_CREATED_TMP_TABLES AS tmp_tables,
  SUM_CREATED_TMP_DISK_TABLES AS tmp_disk_tables, SUM_SORT_MERGE_PASSES AS sort_merge_passes, SUM_ERRORS AS errors`

/** Sums by what is to be multiplied: `times` is asked for each counter. */
export function multiplied(
  counters: DigestCounters,
  times: (name: keyof DigestCounters) => number,
): DigestCounters {
  return each((name) => counters[name] * times(name))
}

/** Reads a row of a SELECT of `DIGEST_COLUMNS`, with or without `digest_text`. */
export function digestRow(row: Row): DigestRow {
  const schema = text(row['schema_name'])
  const digest = text(row['digest'])
  return {
    key: digest === null && schema === null ? OVERFLOW_KEY : JSON.stringify([schema, digest]),
    schema,
    digest,
    digestText: text(row['digest_text']),
    firstSeen: utcTime(row['first_seen']),
    counters: {
      calls: count(row['calls']),
      totalMs: picosecondsToMs(row['total_ps']),
      lockMs: picosecondsToMs(row['lock_ps']),
      rowsExamined: count(row['rows_examined']),
      rowsSent: count(row['rows_sent']),
      rowsAffected: count(row['rows_affected']),
      noIndexUsed: count(row['no_index_used']),
      selectScan: count(row['select_scan']),
      selectFullJoin: count(row['select_full_join']),
      tmpTables: count(row['tmp_tables']),
      tmpDiskTables: count(row['tmp_disk_tables']),
      sortMergePasses: count(row['sort_merge_passes']),
      errors: count(row['errors']),
    },
  }
}

/** How a row moved. */
export interface DigestDelta {
  readonly row: DigestRow
  readonly delta: DigestCounters
  /** The row was made anew inside the window: the delta is since then. */
  readonly partial: boolean
}

const NONE: DigestCounters = {
  calls: 0,
  totalMs: 0,
  lockMs: 0,
  rowsExamined: 0,
  rowsSent: 0,
  rowsAffected: 0,
  noIndexUsed: 0,
  selectScan: 0,
  selectFullJoin: 0,
  tmpTables: 0,
  tmpDiskTables: 0,
  sortMergePasses: 0,
  errors: 0,
}
const NAMES = Object.keys(NONE) as readonly (keyof DigestCounters)[]

/** Counters by name, one function for each. */
function each(of: (name: keyof DigestCounters) => number): DigestCounters {
  return Object.fromEntries(NAMES.map((name) => [name, of(name)])) as unknown as DigestCounters
}

/** Sum of two sets of counters. */
export function addCounters(left: DigestCounters, right: DigestCounters): DigestCounters {
  return each((name) => left[name] + right[name])
}

/**
 * What a row did since `before` was remembered:
 * - a counter went down, or the row was first seen later than remembered: it was made anew, its counters are the
 *   delta and the delta is partial;
 * - a row not remembered and first seen inside the window is new: its counters are the whole delta;
 * - a row not remembered and older than the window was not read before: nothing can be said, `null`;
 * - no calls in between: `null`.
 */
export function digestDelta(
  row: DigestRow,
  before: KnownDigest | undefined,
  windowStart: string,
): DigestDelta | null {
  if (before === undefined) {
    const isNew = row.firstSeen !== null && row.firstSeen >= windowStart
    return isNew && row.counters.calls > 0 ? { row, delta: row.counters, partial: false } : null
  }
  const wentDown = NAMES.some((name) => row.counters[name] < before.counters[name])
  const isNewer = row.firstSeen !== null && before.firstSeen !== null && row.firstSeen > before.firstSeen
  if (wentDown || isNewer) return { row, delta: row.counters, partial: true }
  const delta = each((name) => row.counters[name] - before.counters[name])
  return delta.calls > 0 ? { row, delta, partial: false } : null
}

/** No counts. */
export const NO_COUNTERS: DigestCounters = NONE
