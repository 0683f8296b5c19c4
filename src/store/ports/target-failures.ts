/** Kinds of failure that applications met on one target lately, with their counts: what windows are made of. */
import { sql } from 'kysely'
import type { TargetFailure } from '../../core/reported-failures.ts'
import type { UtcTime } from '../../core/time.ts'
import { bounded, nowPlus } from '../database/raw-sql.ts'
import { queriesOf, type StoreDatabase } from '../database/store-database.ts'
import { cellsOf, utc } from '../rows/cells.ts'
import { HEALED_DAYS } from '../schema/conditions-healing.ts'

/** Rows at most: so many kinds of failure of the target seen since, the latest first. */
const ROWS_MOST = 200
/** Healings on the target in so many seconds count, as in the schema's own rule. */
const HEALED_SECONDS = HEALED_DAYS * 86_400

/** The latest first. A pattern is of one workspace, and so is the target, whose patterns an index gives by time. */
export async function targetFailures(
  db: StoreDatabase,
  targetId: number,
  since: UtcTime,
): Promise<readonly TargetFailure[]> {
  const q = queriesOf(db.dialect)
  const { time } = cellsOf(db.dialect)
  const isOfTarget = sql`s.pattern_id = p.pattern_id AND s.target_id = ${targetId}`
  // Those that were repeated with success harmed nobody; of several places nobody knows what became of them.
  const harmed = sql`${isOfTarget} AND COALESCE(s.outcome, 'unknown') <> 'retried'`
  const rows = await db.all(
    q
      .selectFrom('failure_patterns as p')
      .innerJoin('targets as t', 't.workspace_id', 'p.workspace_id')
      .leftJoin('recovery_tasks as k', 'k.pattern_id', 'p.pattern_id')
      .where('t.target_id', '=', targetId)
      .where('p.last_seen_at', '>=', time(since))
      // Before the bound: those of the workspace's other targets would push this one's off the list.
      .where(sql<boolean>`EXISTS (SELECT 1 FROM failure_sites s WHERE ${harmed})`)
      .select(['p.signature', 'p.engine', 'p.error_code', 'p.failure_type', 'p.object_name'])
      .select(['p.first_seen_at', 'p.last_seen_at', 'k.auto_recovery_enabled'])
      .select([
        sql<number | null>`(SELECT SUM(s.occurrence_count) FROM failure_sites s WHERE ${harmed})`.as('met'),
        sql<
          string | null
        >`(SELECT s.statement_fingerprint FROM failure_sites s WHERE ${isOfTarget} ORDER BY s.occurrence_count DESC, s.site_id LIMIT 1)`.as(
          'fingerprint',
        ),
        sql<number>`(SELECT COUNT(*) FROM recovery_attempts a JOIN recovery_decisions d ON d.decision_id = a.decision_id WHERE a.task_id = k.task_id AND d.target_id = ${targetId} AND a.started_at > ${nowPlus(db.dialect, -HEALED_SECONDS)})`.as(
          'healings',
        ),
      ])
      .orderBy('p.last_seen_at', 'desc')
      .limit(bounded(ROWS_MOST)),
  )
  return rows.flatMap((row) =>
    row.met === null || row.last_seen_at === null
      ? []
      : {
          signature: row.signature,
          engine: row.engine,
          code: row.error_code,
          failureType: row.failure_type,
          object: row.object_name,
          met: Number(row.met),
          statementFingerprint: row.fingerprint,
          firstSeenAt: utc(row.first_seen_at),
          lastSeenAt: utc(row.last_seen_at),
          healings: Number(row.healings),
          recoveryEnabled: row.auto_recovery_enabled !== 0,
        },
  )
}
