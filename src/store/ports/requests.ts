/** Rows by which one role asks another: questions for the observer, wishes of people for `reason`. */
import { type SqlBool, sql } from 'kysely'
import type { EvidenceQuestion, EvidenceRequest } from '../../core/nouns.ts'
import type { Lease, RecoveryRequest } from '../../core/store-ports.ts'
import { padded } from '../database/raw-sql.ts'
import { queriesOf, type Runner, type StoreDatabase } from '../database/store-database.ts'
import { clipped, jsonText } from '../rows/cells.ts'
import { recoveryRequestOf } from '../rows/outcome-rows.ts'
import { requestOf } from '../rows/pipeline-rows.ts'
import { takeRows } from './leases.ts'

/** Asks the observer; gives the request's id. */
export async function askObserver(
  db: StoreDatabase,
  asked: {
    readonly targetId: number
    readonly issueId: number | null
    readonly question: EvidenceQuestion
    readonly by: string
  },
): Promise<number> {
  const written = await db.write(
    queriesOf(db.dialect)
      .insertInto('evidence_requests')
      .values({
        target_id: asked.targetId,
        issue_id: asked.issueId,
        question: jsonText(asked.question),
        requested_by: asked.by,
      }),
  )
  return written.id
}

/** A question with its answer, or null. */
export async function evidenceRequest(db: StoreDatabase, requestId: number): Promise<EvidenceRequest | null> {
  const row = await db.first(
    queriesOf(db.dialect).selectFrom('evidence_requests').selectAll().where('request_id', '=', requestId),
  )
  return row === null ? null : requestOf(row)
}

/** Takes the oldest open wishes of people. */
export async function claimRecoveryRequests(
  runner: Runner,
  lease: Lease,
  most: number,
): Promise<readonly RecoveryRequest[]> {
  const condition = sql<SqlBool>`request_status = 'REQUESTED'`
  const ids = await takeRows(runner, 'recovery_requests', { lease, condition, most })
  if (ids.length === 0) return []
  const rows = await runner.all(
    queriesOf(runner.dialect)
      .selectFrom('recovery_requests')
      .selectAll()
      .where('recovery_request_id', 'in', padded(ids))
      .orderBy('recovery_request_id'),
  )
  return rows.map(recoveryRequestOf)
}

/** Ends a wish with what became of it: a decision, or the reason why there is none. Once. */
export async function finishRecoveryRequest(
  db: StoreDatabase,
  end: { readonly recoveryRequestId: number; readonly result: string; readonly decisionId: number | null },
): Promise<void> {
  await db.write(
    queriesOf(db.dialect)
      .updateTable('recovery_requests')
      .set({
        request_status: end.decisionId === null ? 'FAILED' : 'ANSWERED',
        result: clipped(end.result, 2000),
        decision_id: end.decisionId,
      })
      .where('recovery_request_id', '=', end.recoveryRequestId)
      .where('request_status', '=', 'REQUESTED'),
  )
}
