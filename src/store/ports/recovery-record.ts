/** Reads what was done about one kind of failure. */
import type { Json } from '../../core/canonical.ts'
import {
  ATTEMPTS_SHOWN,
  type RecoveryExplanation,
  type RecoveryRecord,
  type RecoverySwitch,
} from '../../core/recovery-records.ts'
import { queriesOf, type StoreDatabase } from '../database/store-database.ts'
import { truth, truthOrNull, utc, utcOrNull } from '../rows/cells.ts'
import { watchesOf } from './watch-records.ts'

/** The record of a pattern; null: nobody has looked at it yet. */
export async function recoveryRecord(db: StoreDatabase, patternId: number): Promise<RecoveryRecord | null> {
  const q = queriesOf(db.dialect)
  const task = await db.first(q.selectFrom('recovery_tasks').selectAll().where('pattern_id', '=', patternId))
  if (task === null) return null
  const attempts = await db.all(
    q
      .selectFrom('recovery_attempts')
      .selectAll()
      .where('task_id', '=', task.task_id)
      .orderBy('attempt_number', 'desc')
      .limit(ATTEMPTS_SHOWN),
  )
  return {
    attempts: task.recovery_count,
    lastAttemptAt: utcOrNull(task.last_recovery_attempt_at),
    enabled: truth(task.auto_recovery_enabled),
    switched: await newestSwitch(db, task.task_id),
    explanation: await newestExplanation(db, task.task_id),
    watches: await watchesOf(db, task.task_id),
    latest: attempts.map((row) => ({
      number: row.attempt_number,
      strategy: row.recovery_strategy,
      decisionId: row.decision_id,
      reasoning: row.reasoning,
      evidence: JSON.parse(row.evidence) as Json,
      startedAt: utc(row.started_at),
      endedAt: utcOrNull(row.ended_at),
      success: truthOrNull(row.success),
    })),
  }
}

async function newestSwitch(db: StoreDatabase, taskId: number): Promise<RecoverySwitch | null> {
  const row = await db.first(
    queriesOf(db.dialect)
      .selectFrom('recovery_switches')
      .selectAll()
      .where('task_id', '=', taskId)
      .orderBy('switch_id', 'desc')
      .limit(1),
  )
  return row === null
    ? null
    : { on: truth(row.is_on), by: row.set_by, reason: row.reason, at: utc(row.set_at) }
}

async function newestExplanation(db: StoreDatabase, taskId: number): Promise<RecoveryExplanation | null> {
  const row = await db.first(
    queriesOf(db.dialect)
      .selectFrom('recovery_explanations')
      .selectAll()
      .where('task_id', '=', taskId)
      .orderBy('explanation_number', 'desc')
      .limit(1),
  )
  if (row === null) return null
  return {
    number: row.explanation_number,
    summary: row.failure_summary,
    rootCause: row.root_cause,
    retryDecision: row.retry_decision,
    userAction: row.user_action_required,
    severity: row.severity_level,
    strategy: row.recovery_strategy,
    explainer: row.explainer,
    knowledgeId: row.knowledge_id,
    basisDigest: row.basis_digest,
    evidence: JSON.parse(row.evidence) as readonly Json[],
    at: utc(row.created_at),
  }
}
