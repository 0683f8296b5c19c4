/**
 * What statements prepared in the binary protocol did, on MariaDB: its digests leave them out, and each that is still open has
 * counters of its own. https://mariadb.com/kb/en/performance-schema-prepared_statements_instances-table/ (10.5.2 and later)
 */
import { type Row, text } from '../cells.ts'
import type { CollectorTarget } from '../collector.ts'
import {
  type DigestCounters,
  type DigestDelta,
  type DigestRow,
  digestDelta,
  digestRow,
  type KnownDigest,
} from './digest-rows.ts'
import type { DigestFingerprints } from './statement-classes.ts'

/** Statements read at once; a pool of 100 connections with 50 each has as many. */
const INSTANCES_MAX = 5_000
/** What stands before the fingerprint's id where a class has no digest of the server's. */
const NO_DIGEST = 'prepared:'

const SOURCE = 'performance_schema.prepared_statements_instances'

/**
 * Without an order and without a join: neither table has an index, and there may be thousands in each. Threads of our own are left
 * out by the server: fifty targets on one server keep some two thousand statements open, each with its text.
 */
const INSTANCES_SQL = `SELECT OBJECT_INSTANCE_BEGIN AS instance, OWNER_THREAD_ID AS thread_id, STATEMENT_ID AS statement_id,
  SQL_TEXT AS digest_text, COUNT_EXECUTE AS calls, SUM_TIMER_EXECUTE AS total_ps, SUM_LOCK_TIME AS lock_ps,
  SUM_ROWS_EXAMINED AS rows_examined, SUM_ROWS_SENT AS rows_sent, SUM_ROWS_AFFECTED AS rows_affected,
  SUM_NO_INDEX_USED AS no_index_used, SUM_SELECT_SCAN AS select_scan, SUM_SELECT_FULL_JOIN AS select_full_join,
  SUM_CREATED_TMP_TABLES AS tmp_tables, SUM_CREATED_TMP_DISK_TABLES AS tmp_disk_tables,
  SUM_SORT_MERGE_PASSES AS sort_merge_passes, SUM_ERRORS AS errors
FROM ${SOURCE} WHERE STATEMENT_NAME IS NULL AND COUNT_EXECUTE > 0 AND NOT FIND_IN_SET(OWNER_THREAD_ID, ?) LIMIT ${INSTANCES_MAX}`

const THREADS_SQL = `SELECT THREAD_ID AS thread_id, PROCESSLIST_ID AS connection_id, PROCESSLIST_DB AS schema_name
FROM performance_schema.threads
WHERE PROCESSLIST_ID IS NOT NULL LIMIT 100000`

/** Counters of every open statement at one moment. */
export interface PreparedReading {
  readonly rows: readonly DigestRow[]
  /** There were more than are read, in no order: one not seen before may be an old one, and a class may be half of itself. */
  readonly cut: boolean
}

/**
 * The open statements of all sessions but our own. What a session has open that began only now is left out: its database is not
 * known yet, and all its statements did is told by the next reading. @throws TargetError
 */
export async function readPrepared(
  target: Pick<CollectorTarget, 'query' | 'accounts' | 'dialect'>,
  fingerprints: DigestFingerprints,
): Promise<PreparedReading> {
  const threads = await target.query(THREADS_SQL)
  const own = target.accounts.ownConnections()
  const isOwn = (row: Row): boolean => own.has(String(row['connection_id']))
  const ownThreads = threads.filter(isOwn).map((row) => String(row['thread_id']))
  const schemas = new Map(threads.map((row) => [String(row['thread_id']), text(row['schema_name'])]))
  const found = await target.query(INSTANCES_SQL, [ownThreads.join(',')])
  const rows = found.flatMap((row): DigestRow | [] => {
    const schema = schemas.get(String(row['thread_id']))
    if (schema === undefined) return []
    const digestText = text(row['digest_text']) ?? ''
    const { id } = fingerprints.of(digestText, digestText, target.dialect)
    const key = ['instance', 'thread_id', 'statement_id'].map((name) => String(row[name]))
    return { ...digestRow(row), schema, key: JSON.stringify(key), digest: `${NO_DIGEST}${id}`, digestText }
  })
  return { rows, cut: found.length >= INSTANCES_MAX }
}

/** What is remembered of a reading: statements that were closed are forgotten with it. */
export interface KnownPrepared {
  readonly rows: ReadonlyMap<string, KnownDigest>
  readonly cut: boolean
}

/** A reading as it is remembered. */
export const rememberPrepared = ({ rows, cut }: PreparedReading): KnownPrepared => ({
  rows: new Map(rows.map(({ key, counters }) => [key, { firstSeen: null, counters }])),
  cut,
})

/**
 * What each did between two readings. One that was not there before was prepared since, and all it did is of the window; after a
 * reading that was cut short nobody knows, and nothing is said of it. Where either reading was cut all is partial: what the others
 * of a class did is only in the number of calls unseen. What one did after the last reading before it was closed is in no figure.
 */
export const preparedDeltas = (before: KnownPrepared, { rows, cut }: PreparedReading): DigestDelta[] =>
  rows.flatMap((row) => {
    const known = before.rows.get(row.key)
    if (known === undefined) return before.cut ? [] : [{ row, delta: row.counters, partial: cut }]
    const moved = digestDelta(row, known, '')
    return moved === null ? [] : { ...moved, partial: moved.partial || cut || before.cut }
  })

/** Whether a digest is the server's. */
export const isServerDigest = (digest: string): boolean => !digest.startsWith(NO_DIGEST)

/** Calls of these. */
export const callsOf = (deltas: readonly { readonly delta: Pick<DigestCounters, 'calls'> }[]): number =>
  deltas.reduce((sum, { delta }) => sum + delta.calls, 0)
