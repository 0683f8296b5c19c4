/** `serve`: people, votes, switches. */
import type { ServePort } from '../../core/store-ports.ts'
import { queriesOf, type Runner, type StoreDatabase } from '../database/store-database.ts'
import { flag, jsonText } from '../rows/cells.ts'
import { endDecision } from './endings.ts'
import { mirrorActions } from './mirror-actions.ts'
import {
  addChangeWindow,
  addTarget,
  liftHalt,
  revokeStanding,
  setActionEnabled,
  unknown,
  updateTarget,
} from './people-and-targets.ts'
import { readPort } from './read-port.ts'
import { recordFailures } from './record-failures.ts'
import { peopleWriter } from './registrations.ts'
import { askObserver, evidenceRequest } from './requests.ts'
import { suppressionDesk } from './suppressions.ts'
import { switchRecovery } from './switch-recovery.ts'
import { insertVerification } from './verifications.ts'
import { grantStanding, insertApproval } from './votes.ts'
import { changeWatch } from './watch-records.ts'

/** The serve port over the role's store. */
export function servePort(db: StoreDatabase): ServePort {
  const q = queriesOf(db.dialect)
  return {
    read: readPort(db),
    insertApproval: (approval) => db.transaction((runner) => insertApproval(runner, approval)),
    endDecision: (...[decisionId, ending, reason, by]: Parameters<ServePort['endDecision']>) =>
      db.transaction((runner) => endDecision(runner, { decisionId, ending, reason, by })),
    ...administration(db),
    requestRecovery: async (request) =>
      (
        await db.write(
          q.insertInto('recovery_requests').values({
            target_id: request.targetId,
            issue_id: request.issueId,
            action_name: request.actionName,
            params: jsonText(request.params),
            reason: request.reason,
            requested_by: request.requestedBy,
          }),
        )
      ).id,
    recoveryRequest: async (recoveryRequestId) => {
      const row = await db.first(
        q
          .selectFrom('recovery_requests')
          .select(['request_status', 'result', 'decision_id'])
          .where('recovery_request_id', '=', recoveryRequestId),
      )
      return row === null
        ? null
        : { state: row.request_status, result: row.result, decisionId: row.decision_id }
    },
    ...suppressionDesk(db),
    acceptWatch: (wish) => db.transaction((runner) => changeWatch(runner, wish)),
    endWatch: (wish) => db.transaction((runner) => changeWatch(runner, wish)),
    switchRecovery: (wish) => db.transaction((runner) => switchRecovery(runner, wish)),
    recordFailures: (batch) => recordFailures(db, batch),
    ask: (request) => askObserver(db, { ...request, issueId: null }),
    request: (requestId) => evidenceRequest(db, requestId),
    settleVerification: (verification) =>
      db.transaction((runner) => insertVerification(runner, verification)),
    reviewLesson: (learningRecordId, review) =>
      db.transaction((runner) => reviewLesson(runner, learningRecordId, review)),
  }
}

type Administration = Pick<
  ServePort,
  | 'addUser'
  | 'changeUser'
  | 'addTarget'
  | 'updateTarget'
  | 'halt'
  | 'liftHalt'
  | 'grantStanding'
  | 'revokeStanding'
  | 'addChangeWindow'
  | 'setActionEnabled'
  | 'mirrorActions'
>

/** People, targets, switches, grants. */
function administration(db: StoreDatabase): Administration {
  const q = queriesOf(db.dialect)
  return {
    ...peopleWriter(db),
    addTarget: (target) => db.transaction((runner) => addTarget(runner, target)),
    updateTarget: (targetName, change) =>
      db.transaction((runner) => updateTarget(runner, targetName, change)),
    halt: async (halt) =>
      (
        await db.write(
          q.insertInto('halts').values({
            halt_scope: halt.scope,
            halt_key: halt.key,
            reason: halt.reason,
            set_by: halt.by,
          }),
        )
      ).id,
    liftHalt: (haltId, by) => db.transaction((runner) => liftHalt(runner, haltId, by)),
    grantStanding: (grant) => db.transaction((runner) => grantStanding(runner, grant)),
    revokeStanding: (id, by) => db.transaction((runner) => revokeStanding(runner, id, by)),
    addChangeWindow: (window) => db.transaction((runner) => addChangeWindow(runner, window)),
    setActionEnabled: (actionName, enabled, by) =>
      db.transaction((runner) => setActionEnabled(runner, actionName, { enabled, by })),
    mirrorActions: (actions) => db.transaction((runner) => mirrorActions(runner, actions)),
  }
}

/** @throws DbmedicError DBM_STORE_REFUSED (GOV-051) for a record that is complete already. */
async function reviewLesson(
  runner: Runner,
  learningRecordId: number,
  review: Parameters<ServePort['reviewLesson']>[1],
): Promise<void> {
  const written = await runner.write(
    queriesOf(runner.dialect)
      .updateTable('learning_records')
      .set({
        issue_resolved_flag: flag(review.issueResolved),
        would_approve_again: flag(review.wouldApproveAgain),
        assessed_by: review.assessedBy,
        learning_complete: 1,
      })
      .where('learning_record_id', '=', learningRecordId),
  )
  if (written.rows === 0) unknown(`learning record ${learningRecordId}`)
}
