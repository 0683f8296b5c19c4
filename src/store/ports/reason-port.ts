/** `reason`: issues, analyses, decisions. */

import { TERMINAL_ISSUE_STATES } from '../../core/lifecycle.ts'
import type { ReasonPort } from '../../core/store-ports.ts'
import { nowPlus } from '../database/raw-sql.ts'
import { queriesOf, type StoreDatabase } from '../database/store-database.ts'
import { clipped, jsonText } from '../rows/cells.ts'
import { issueOf } from '../rows/pipeline-rows.ts'
import { insertAnalysis, insertDecision, PROGRAM_USER } from './analyses.ts'
import { endDecision, overdueDecisions } from './endings.ts'
import { healingDesk } from './healing-desk.ts'
import { claimIssues, countOccurrences, freshFingerprints, moveIssue, openIssue } from './issues.ts'
import { giveBack } from './leases.ts'
import { pastOutcomes } from './past-outcomes.ts'
import { readPort } from './read-port.ts'
import { recoveryDesk } from './recovery-desk.ts'
import { askObserver, claimRecoveryRequests, evidenceRequest, finishRecoveryRequest } from './requests.ts'
import { holdingDesk } from './suppressions.ts'
import { watchDesk } from './watch-desk.ts'
import { writeEvents } from './write-events.ts'

/** Longest text of a model exchange that is kept, characters. */
const EXCHANGE_MOST = 1_000_000

/** The reason port over the role's store. */
export function reasonPort(db: StoreDatabase): ReasonPort {
  const q = queriesOf(db.dialect)
  return {
    read: readPort(db),
    ...issueDesk(db),
    recovery: recoveryDesk(db),
    healing: healingDesk(db),
    watches: watchDesk(db),
    ...holdingDesk(db),
    ask: (request) => askObserver(db, { ...request, by: 'reason' }),
    request: (requestId) => evidenceRequest(db, requestId),
    insertAnalysis: (analysis) => db.transaction((runner) => insertAnalysis(runner, analysis)),
    insertDecision: (decision) => db.transaction((runner) => insertDecision(runner, decision)),
    overdueDecisions: (limit) => overdueDecisions(db, limit),
    endDecision: (decisionId, ending, reason) =>
      db.transaction((runner) => endDecision(runner, { decisionId, ending, reason, by: PROGRAM_USER })),
    pastOutcomes: (filter) => pastOutcomes(db, filter),
    claimRecoveryRequests: (lease, most) =>
      db.transaction((runner) => claimRecoveryRequests(runner, lease, most)),
    finishRecoveryRequest: (recoveryRequestId, result, decisionId) =>
      finishRecoveryRequest(db, { recoveryRequestId, result, decisionId }),
    appendManualEvent: (event) =>
      db.transaction(async (runner) => {
        await writeEvents(runner, [event])
        const row = await runner.first(
          q.selectFrom('detection_events').select('event_id').where('dedupe_key', '=', event.dedupeKey),
        )
        return row?.event_id ?? 0
      }),
    recordModelExchange: async (exchange) => {
      await db.transaction((runner) =>
        runner.write(
          q.insertInto('model_exchanges').values({
            issue_id: exchange.issueId,
            model: exchange.model,
            prompt_digest: exchange.promptDigest,
            request_text: clipped(exchange.request, EXCHANGE_MOST),
            response_text: clipped(exchange.response, EXCHANGE_MOST),
            dropped: jsonText(exchange.dropped),
          }),
        ),
      )
    },
  }
}

type IssueDesk = Pick<
  ReasonPort,
  | 'freshFingerprints'
  | 'openIssueOf'
  | 'earlierIssueOf'
  | 'openIssue'
  | 'countOccurrences'
  | 'claimIssues'
  | 'releaseIssue'
  | 'moveIssue'
>

/** What happens to issues before there is a decision. */
function issueDesk(db: StoreDatabase): IssueDesk {
  const q = queriesOf(db.dialect)
  return {
    freshFingerprints: (afterEventId, limit) => freshFingerprints(db, afterEventId, limit),
    openIssueOf: async (issueFingerprint) => {
      const row = await db.first(
        q.selectFrom('detected_issues').selectAll().where('open_key', '=', issueFingerprint),
      )
      return row === null ? null : issueOf(row)
    },
    earlierIssueOf: async (issueFingerprint, days) => {
      const row = await db.first(
        q
          .selectFrom('detected_issues')
          .selectAll()
          .where('issue_fingerprint', '=', issueFingerprint)
          .where('issue_status', 'in', TERMINAL_ISSUE_STATES)
          .where('closed_at', '>=', nowPlus(db.dialect, -days * 86_400))
          .orderBy('issue_id', 'desc')
          .limit(1),
      )
      return row === null ? null : issueOf(row)
    },
    openIssue: (issue) => db.transaction((runner) => openIssue(runner, issue)),
    countOccurrences: (
      ...[issueId, more, lastEventId, severity]: Parameters<ReasonPort['countOccurrences']>
    ) => db.transaction((runner) => countOccurrences(runner, { issueId, more, lastEventId, severity })),
    claimIssues: (lease, states, most) =>
      db.transaction((runner) => claimIssues(runner, { lease, states, most })),
    releaseIssue: (issueId, owner) =>
      db.transaction((runner) => giveBack(runner, 'detected_issues', { owner, id: issueId })),
    moveIssue: (issueId, from, to) => moveIssue(db, issueId, { from, to }),
  }
}
