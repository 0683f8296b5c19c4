/** Kinds of failure of one target: those that applications met lately, with their counts, and those that are watched. */
import { sql } from 'kysely'
import type { EvidenceQuestion } from '../../core/nouns.ts'
import type { TargetFailure, WatchedTargetFailure, WatchState } from '../../core/reported-failures.ts'
import type { UtcTime } from '../../core/time.ts'
import { bounded, now, nowPlus, padded, statement } from '../database/raw-sql.ts'
import { queriesOf, type StoreDatabase } from '../database/store-database.ts'
import { cellsOf, utc } from '../rows/cells.ts'
import { HEALED_DAYS } from '../schema/conditions-healing.ts'
import type { TimeCell } from '../tables.ts'

/** Rows at most: so many kinds of failure of the target seen since, the latest first. */
const ROWS_MOST = 200
/** Watches at most: twice as many as the schema lets live on a target (GOV-145). */
const WATCHES_MOST = 20
/** Healings on the target in so many seconds count, as in the schema's own rule. */
const HEALED_SECONDS = HEALED_DAYS * 86_400

/** Kinds of failure of the target's workspace, with what is said of each: the rows of every list here. */
function failuresOf(db: StoreDatabase, targetId: number) {
  const isOfTarget = sql`s.pattern_id = p.pattern_id AND s.target_id = ${targetId}`
  return queriesOf(db.dialect)
    .selectFrom('failure_patterns as p')
    .innerJoin('targets as t', 't.workspace_id', 'p.workspace_id')
    .leftJoin('recovery_tasks as k', 'k.pattern_id', 'p.pattern_id')
    .where('t.target_id', '=', targetId)
    .select(['p.pattern_id', 'p.signature', 'p.engine', 'p.error_code', 'p.failure_type', 'p.object_name'])
    .select(['p.first_seen_at', 'p.last_seen_at', 'k.auto_recovery_enabled'])
    .select([
      sql<
        string | null
      >`(SELECT s.statement_fingerprint FROM failure_sites s WHERE ${isOfTarget} ORDER BY s.occurrence_count DESC, s.site_id LIMIT 1)`.as(
        'fingerprint',
      ),
      sql<number>`(SELECT COUNT(*) FROM recovery_attempts a JOIN recovery_decisions d ON d.decision_id = a.decision_id WHERE a.task_id = k.task_id AND d.target_id = ${targetId} AND a.started_at > ${nowPlus(db.dialect, -HEALED_SECONDS)})`.as(
        'healings',
      ),
    ])
}

interface FailureRow {
  readonly signature: string
  readonly engine: string
  readonly error_code: string | null
  readonly failure_type: string
  readonly object_name: string | null
  readonly auto_recovery_enabled: number | null
  readonly fingerprint: string | null
  readonly healings: number
}

const factsOf = (row: FailureRow) => ({
  signature: row.signature,
  engine: row.engine,
  code: row.error_code,
  failureType: row.failure_type,
  object: row.object_name,
  statementFingerprint: row.fingerprint,
  healings: Number(row.healings),
  recoveryEnabled: row.auto_recovery_enabled !== 0,
})

/** The latest first. A pattern is of one workspace, and so is the target, whose patterns an index gives by time. */
export async function targetFailures(
  db: StoreDatabase,
  targetId: number,
  since: UtcTime,
): Promise<readonly TargetFailure[]> {
  const { time } = cellsOf(db.dialect)
  // Those that were repeated with success harmed nobody; of several places nobody knows what became of them.
  const harmed = sql`s.pattern_id = p.pattern_id AND s.target_id = ${targetId} AND COALESCE(s.outcome, 'unknown') <> 'retried'`
  const rows = await db.all(
    failuresOf(db, targetId)
      .where('p.last_seen_at', '>=', time(since))
      // Before the bound: those of the workspace's other targets would push this one's off the list.
      .where(sql<boolean>`EXISTS (SELECT 1 FROM failure_sites s WHERE ${harmed})`)
      .select(
        sql<number | null>`(SELECT SUM(s.occurrence_count) FROM failure_sites s WHERE ${harmed})`.as('met'),
      )
      .orderBy('p.last_seen_at', 'desc')
      .limit(bounded(ROWS_MOST)),
  )
  return rows.flatMap((row) =>
    row.met === null || row.last_seen_at === null
      ? []
      : {
          ...factsOf(row),
          met: Number(row.met),
          firstSeenAt: utc(row.first_seen_at),
          lastSeenAt: utc(row.last_seen_at),
        },
  )
}

interface WatchRow {
  readonly watch_id: number
  readonly pattern_id: number
  readonly watch_kind: WatchState['kind']
  readonly subject: string | null
  readonly question: string
  readonly limit_value: number | null
  readonly interval_seconds: number
  readonly result_number: number
  readonly watch_result: WatchState['look']['result']
  readonly measured_value: number | null
  readonly says: string
  readonly checked_at: TimeCell
  readonly fails_since: TimeCell | null
  readonly held: number
}

/** The number of the newest look of the watch that came to this; 0: none did. */
const lastThat = (result: 'HOLDS' | 'FAILS') =>
  sql`COALESCE((SELECT MAX(l.result_number) FROM watch_results l WHERE l.watch_id = w.watch_id AND l.watch_result = ${sql.lit(result)}), 0)`

/** In the order of their numbers: where several watch the same, the first of them speaks. */
export async function targetWatches(
  db: StoreDatabase,
  targetId: number,
): Promise<readonly WatchedTargetFailure[]> {
  const watches = await db.all(
    statement(
      db.dialect,
      sql<WatchRow>`SELECT w.watch_id, k.pattern_id, w.watch_kind, w.subject, w.question, w.limit_value, w.interval_seconds,
        r.result_number, r.watch_result, r.measured_value, r.says, r.checked_at,
        (SELECT MIN(f.checked_at) FROM watch_results f WHERE f.watch_id = w.watch_id AND f.watch_result = 'FAILS' AND f.result_number > ${lastThat('HOLDS')}) AS fails_since,
        (SELECT COUNT(*) FROM watch_results h WHERE h.watch_id = w.watch_id AND h.watch_result = 'HOLDS' AND h.result_number > ${lastThat('FAILS')}) AS held
        FROM failure_watches w JOIN recovery_tasks k ON k.task_id = w.task_id
        JOIN watch_results r ON r.watch_id = w.watch_id AND r.result_number = (SELECT MAX(n.result_number) FROM watch_results n WHERE n.watch_id = w.watch_id AND n.watch_result <> 'UNKNOWN')
        WHERE w.target_id = ${targetId} AND w.accepted_by IS NOT NULL AND w.ended_at IS NULL AND w.expires_at > ${now(db.dialect)}
        ORDER BY w.watch_id LIMIT ${sql.raw(String(bounded(WATCHES_MOST)))}`,
    ),
  )
  if (watches.length === 0) return []
  const patterns = padded([...new Set(watches.map((row) => row.pattern_id))])
  const rows = await db.all(failuresOf(db, targetId).where('p.pattern_id', 'in', patterns))
  const facts = new Map(rows.map((row) => [row.pattern_id, factsOf(row)]))
  return watches.flatMap((row) => {
    const failure = facts.get(row.pattern_id)
    return failure === undefined ? [] : [{ failure, watch: stateOf(row) }]
  })
}

const stateOf = (row: WatchRow): WatchState => ({
  watchId: row.watch_id,
  kind: row.watch_kind,
  subject: row.subject,
  asked: (JSON.parse(row.question) as EvidenceQuestion).kind,
  limit: row.limit_value,
  intervalSeconds: row.interval_seconds,
  look: {
    number: row.result_number,
    result: row.watch_result,
    value: row.measured_value,
    says: row.says,
    at: utc(row.checked_at),
  },
  failsSince: row.watch_result === 'FAILS' && row.fails_since !== null ? utc(row.fails_since) : null,
  held: Number(row.held),
})
