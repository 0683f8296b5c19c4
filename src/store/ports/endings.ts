/** Ending decisions other than by running them, and finding those whose time is over. */
import { type SqlBool, sql } from 'kysely'
import type { Decision } from '../../core/nouns.ts'
import type { DecisionEnding } from '../../core/vocabulary.ts'
import { bounded, now } from '../database/raw-sql.ts'
import { queriesOf, type Runner, type StoreDatabase } from '../database/store-database.ts'
import { clipped } from '../rows/cells.ts'
import { decisionOf } from '../rows/pipeline-rows.ts'

/**
 * Ends a decision. Where it has ended in the same way already (another copy was first) nothing happens.
 * @throws DbmedicError DBM_STORE_REFUSED (GOV-054, GOV-055) if the ending does not fit.
 */
export async function endDecision(
  runner: Runner,
  end: {
    readonly decisionId: number
    readonly ending: DecisionEnding
    readonly reason: string
    readonly by: string
  },
): Promise<void> {
  const q = queriesOf(runner.dialect)
  const earlier = await runner.first(
    q.selectFrom('decision_endings').select('ending').where('decision_id', '=', end.decisionId),
  )
  if (earlier?.ending === end.ending) return
  await runner.write(
    q.insertInto('decision_endings').values({
      decision_id: end.decisionId,
      ending: end.ending,
      reason: clipped(end.reason, 1000),
      ended_by: end.by,
    }),
  )
}

/** Open decisions, not run, whose own validity or whose approval's is over; oldest first. */
export async function overdueDecisions(db: StoreDatabase, limit: number): Promise<readonly Decision[]> {
  const moment = now(db.dialect)
  const rows = await db.all(
    queriesOf(db.dialect)
      .selectFrom('recovery_decisions as d')
      .selectAll('d')
      .where('d.decision_status', 'in', ['PENDING_APPROVAL', 'APPROVED'])
      .where('d.used_at', 'is', null)
      .where(
        sql<SqlBool>`(d.expires_at <= ${moment} OR EXISTS (SELECT 1 FROM admin_approvals a
          WHERE a.decision_id = d.decision_id AND a.approval_status = 'APPROVED' AND a.expires_at <= ${moment}))`,
      )
      .orderBy('d.decision_id')
      .limit(bounded(limit)),
  )
  return rows.map((row) => decisionOf(row, db.dialect))
}
