/** Verdicts on runs, and the runs that wait for one. */
import { type SqlBool, sql } from 'kysely'
import type { NewVerification } from '../../core/nouns.ts'
import type { ActPort } from '../../core/store-ports.ts'
import { bounded, padded } from '../database/raw-sql.ts'
import { queriesOf, type Runner, type StoreDatabase } from '../database/store-database.ts'
import { cellsOf, flag, jsonText } from '../rows/cells.ts'
import { executionOf } from '../rows/outcome-rows.ts'
import { decisionOf, issueOf } from '../rows/pipeline-rows.ts'

/** Adds a verdict; gives its id. Its triggers move the issue. */
export async function insertVerification(runner: Runner, verdict: NewVerification): Promise<number> {
  const cells = cellsOf(runner.dialect)
  const written = await runner.write(
    queriesOf(runner.dialect)
      .insertInto('execution_verifications')
      .values({
        execution_id: verdict.executionId,
        verdict: verdict.verdict,
        metric_name: verdict.metricName,
        metric_unit: verdict.metricUnit,
        lower_is_better: flag(verdict.lowerIsBetter),
        metric_before: verdict.metricBefore,
        metric_after: verdict.metricAfter,
        samples_before: verdict.samplesBefore,
        samples_after: verdict.samplesAfter,
        improvement_percent: cells.decimalOrNull(verdict.improvementPercent, 4),
        interval_low_percent: cells.decimalOrNull(verdict.intervalLowPercent, 4),
        interval_high_percent: cells.decimalOrNull(verdict.intervalHighPercent, 4),
        details: jsonText(verdict.details),
        assessed_by: verdict.assessedBy,
      }),
  )
  return written.id
}

/**
 * Runs that wait for a verdict: first those never judged, then those judged undecided (a person settles
 * them, or a longer after-window does), so that the undecided never keep the others waiting.
 */
export async function unverified(db: StoreDatabase, limit: number): ReturnType<ActPort['unverified']> {
  const q = queriesOf(db.dialect)
  const undecided = sql<number>`(SELECT COUNT(*) FROM execution_verifications u WHERE u.execution_id = x.execution_id)`
  const runs = await db.all(
    q
      .selectFrom('action_executions as x')
      .innerJoin('recovery_decisions as d', 'd.decision_id', 'x.decision_id')
      .innerJoin('detected_issues as i', 'i.issue_id', 'd.issue_id')
      .selectAll('x')
      .where('x.purpose', '=', 'DO')
      .where('x.execution_status', '=', 'COMPLETED')
      .where('i.issue_status', '=', 'VERIFYING')
      .where(
        sql<SqlBool>`NOT EXISTS (SELECT 1 FROM execution_verifications v
          WHERE v.execution_id = x.execution_id AND v.verdict <> 'undecided')`,
      )
      .orderBy(sql`CASE WHEN ${undecided} = 0 THEN 0 ELSE 1 END`)
      .orderBy('x.execution_id')
      .limit(bounded(limit, 200)),
  )
  if (runs.length === 0) return []
  const decisions = await db.all(
    q
      .selectFrom('recovery_decisions')
      .selectAll()
      .where('decision_id', 'in', padded(runs.map((run) => run.decision_id))),
  )
  const issues = await db.all(
    q
      .selectFrom('detected_issues')
      .selectAll()
      .where('issue_id', 'in', padded(decisions.map((decision) => decision.issue_id))),
  )
  return runs.flatMap((run) => {
    const decision = decisions.find((each) => each.decision_id === run.decision_id)
    const issue = issues.find((each) => each.issue_id === decision?.issue_id)
    if (decision === undefined || issue === undefined) return []
    return [
      { execution: executionOf(run), decision: decisionOf(decision, db.dialect), issue: issueOf(issue) },
    ]
  })
}
