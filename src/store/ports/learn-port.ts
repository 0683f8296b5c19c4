/** `learn`: lessons and calibration, nothing else. */
import { type SqlBool, sql } from 'kysely'
import { DbmedicError } from '../../core/errors.ts'
import type { LearnPort } from '../../core/store-ports.ts'
import { bounded } from '../database/raw-sql.ts'
import { queriesOf, type Runner, type StoreDatabase } from '../database/store-database.ts'
import { cellsOf, flagOrNull, jsonText } from '../rows/cells.ts'
import { pastOutcomes } from './past-outcomes.ts'
import { readPort } from './read-port.ts'

/** The learn port over the role's store. */
export function learnPort(db: StoreDatabase): LearnPort {
  const q = queriesOf(db.dialect)
  return {
    read: readPort(db),
    unlearned: (limit) => unlearned(db, limit),
    insertLesson: (lesson) => db.transaction((runner) => insertLesson(runner, lesson)),
    outcomes: (limit) => pastOutcomes(db, { engine: null, sinceDays: null, limit }),
    insertCalibrator: async (calibrator) =>
      (
        await db.write(
          q.insertInto('calibrators').values({
            method: calibrator.method,
            coefficients: jsonText(calibrator.coefficients),
            records: calibrator.records,
            brier: cellsOf(db.dialect).decimalOrNull(calibrator.brier, 8),
          }),
        )
      ).id,
  }
}

/**
 * Runs that are over (a COMPLETED one only with a decided verdict, so that the lesson can say what it did),
 * then decisions that ended without a run; oldest first.
 */
async function unlearned(db: StoreDatabase, limit: number): ReturnType<LearnPort['unlearned']> {
  const q = queriesOf(db.dialect)
  const most = bounded(limit)
  const runs = await db.all(
    q
      .selectFrom('action_executions as x')
      .innerJoin('recovery_decisions as d', 'd.decision_id', 'x.decision_id')
      .select(['d.issue_id', 'x.decision_id', 'x.execution_id'])
      .where('x.purpose', '=', 'DO')
      .where(
        sql<SqlBool>`(x.execution_status = 'FAILED' OR (x.execution_status = 'COMPLETED' AND EXISTS
          (SELECT 1 FROM execution_verifications v WHERE v.execution_id = x.execution_id AND v.verdict <> 'undecided')))`,
      )
      .where(
        sql<SqlBool>`NOT EXISTS (SELECT 1 FROM learning_records l WHERE l.execution_id = x.execution_id)`,
      )
      .orderBy('x.execution_id')
      .limit(most),
  )
  const decisions =
    runs.length >= most
      ? []
      : await db.all(
          q
            .selectFrom('recovery_decisions as d')
            .select(['d.issue_id', 'd.decision_id'])
            .where('d.decision_status', 'in', ['DECLINED', 'CANCELLED', 'EXPIRED'])
            .where('d.used_at', 'is', null)
            .where(
              sql<SqlBool>`NOT EXISTS (SELECT 1 FROM learning_records l WHERE l.decision_id = d.decision_id)`,
            )
            .orderBy('d.decision_id')
            .limit(most - runs.length),
        )
  return [
    ...runs.map((row) => ({
      issueId: row.issue_id,
      decisionId: row.decision_id,
      executionId: row.execution_id,
    })),
    ...decisions.map((row) => ({ issueId: row.issue_id, decisionId: row.decision_id, executionId: null })),
  ]
}

async function insertLesson(
  runner: Runner,
  lesson: Parameters<LearnPort['insertLesson']>[0],
): Promise<number> {
  const q = queriesOf(runner.dialect)
  // Taken from the decision as it is stored: the key that binds the two compares the exact decimal.
  const decision = await runner.first(
    q
      .selectFrom('recovery_decisions')
      .select('confidence_based_score')
      .where('decision_id', '=', lesson.decisionId),
  )
  if (decision === null) throw new DbmedicError('DBM_STORE_NO_ROW', { what: `decision ${lesson.decisionId}` })
  const seconds = lesson.timeToResolutionSeconds
  const written = await runner.write(
    q.insertInto('learning_records').values({
      issue_id: lesson.issueId,
      decision_id: lesson.decisionId,
      execution_id: lesson.executionId,
      metric_name: lesson.metricName,
      metric_unit: lesson.metricUnit,
      metric_before: lesson.metricBefore,
      metric_after: lesson.metricAfter,
      samples_before: lesson.samplesBefore,
      samples_after: lesson.samplesAfter,
      lower_is_better: flagOrNull(lesson.lowerIsBetter),
      metric_improvement_percent: cellsOf(runner.dialect).decimalOrNull(lesson.metricImprovementPercent, 4),
      machine_resolved_flag: flagOrNull(lesson.machineResolvedFlag),
      predicted_confidence: decision.confidence_based_score,
      time_to_resolution_seconds: seconds === null ? null : Math.max(0, Math.round(seconds)),
    }),
  )
  return written.id
}
