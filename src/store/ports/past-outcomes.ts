/** What became of earlier runs: the base rate for confidence, and similar cases. */
import { type SqlBool, sql } from 'kysely'
import type { PastOutcome } from '../../core/store-ports.ts'
import { bounded, nowPlus } from '../database/raw-sql.ts'
import { queriesOf, type StoreDatabase } from '../database/store-database.ts'
import { cellsOf, fromJson, truthOrNull, utc } from '../rows/cells.ts'

/** Which outcomes. */
export interface OutcomeFilter {
  /** Of one engine, or of all. */
  readonly engine: string | null
  /** Lessons of the last days, or of all time. */
  readonly sinceDays: number | null
  readonly limit: number
}

/**
 * Lessons of runs, newest first. Declined and expired decisions are not here: they teach what people
 * approve, not what helps.
 */
export async function pastOutcomes(
  db: StoreDatabase,
  filter: OutcomeFilter,
): Promise<readonly PastOutcome[]> {
  const cells = cellsOf(db.dialect)
  let query = queriesOf(db.dialect)
    .selectFrom('learning_records as l')
    .innerJoin('recovery_decisions as d', 'd.decision_id', 'l.decision_id')
    .innerJoin('ai_analysis as a', 'a.analysis_id', 'd.analysis_id')
    .innerJoin('detected_issues as i', 'i.issue_id', 'l.issue_id')
    .innerJoin('predefined_actions as p', 'p.action_id', 'd.recommended_action_id')
    .select([
      'p.action_name',
      'p.engine',
      'i.issue_category',
      'i.instance_uid',
      'i.issue_fingerprint',
      'i.issue_id',
      'i.affected_resource_name',
      'a.root_cause_code',
      'a.affecting_queries',
      'd.decision_id',
      'l.predicted_confidence',
      'l.issue_resolved_flag',
      'l.machine_resolved_flag',
      'l.metric_improvement_percent',
      'l.record_created_at',
    ])
    .where('l.execution_id', 'is not', null)
  if (filter.engine !== null) query = query.where('p.engine', '=', filter.engine)
  if (filter.sinceDays !== null) {
    const since = nowPlus(db.dialect, -Math.min(36_500, Math.max(0, filter.sinceDays)) * 86_400)
    query = query.where(sql<SqlBool>`l.record_created_at >= ${since}`)
  }
  const rows = await db.all(
    query.orderBy('l.learning_record_id', 'desc').limit(bounded(filter.limit, 10_000)),
  )
  return rows.map((row) => ({
    actionName: row.action_name,
    issueCategory: row.issue_category,
    engine: row.engine,
    instanceUid: row.instance_uid,
    rootCauseCode: row.root_cause_code,
    issueFingerprint: row.issue_fingerprint,
    issueId: row.issue_id,
    decisionId: row.decision_id,
    affectedResourceName: row.affected_resource_name,
    affectingQueries: fromJson(row.affecting_queries),
    predictedConfidence: cells.number(row.predicted_confidence, 4),
    resolved: truthOrNull(row.issue_resolved_flag ?? row.machine_resolved_flag),
    improvementPercent: cells.numberOrNull(row.metric_improvement_percent, 4),
    at: utc(row.record_created_at),
  }))
}
