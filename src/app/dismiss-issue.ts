/** Ending an issue that nothing is to be done about, by the one act its state allows. */
import type { Refusal } from '../core/errors.ts'
import type { IssueState } from '../core/lifecycle.ts'
import type { Issue } from '../core/nouns.ts'
import { CLOSE_ISSUE, type ServePort } from '../core/store-ports.ts'

/** What a person does to an issue by dismissing it, and on which decision. */
export type Dismissal =
  | { readonly act: 'cancel' | 'close'; readonly decisionId: number }
  | { readonly act: 'ask-close' }

/** Why, by whom. */
export interface DismissedBy {
  readonly reason: string
  readonly by: string
}

/** Decisions of one issue that are looked through. */
const DECISIONS_MOST = 50

const WAITS: readonly IssueState[] = ['AWAITING_DECISION', 'NO_ACTION']
const BEFORE_ITS_RUN: readonly IssueState[] = ['DECISION_MADE', 'APPROVED']
const ANALYSED: readonly IssueState[] = ['DETECTED', 'UNDER_ANALYSIS']
const RUNS: readonly IssueState[] = ['EXECUTING', 'VERIFYING']

/**
 * What dismissing would be: cancelling the decision that has not run, closing after a declined one, asking for the close
 * of an issue that waits without a decision. Or why it cannot be dismissed now.
 */
export async function dismissalOf(port: Pick<ServePort, 'read'>, issue: Issue): Promise<Dismissal | Refusal> {
  const { issueId, issueStatus } = issue
  if (WAITS.includes(issueStatus)) return { act: 'ask-close' }
  const ends = BEFORE_ITS_RUN.includes(issueStatus) ? 'cancel' : 'close'
  if (ends === 'close' && issueStatus !== 'DECLINED') return notNow(issue)
  const decisions = await port.read.decisions({ issueId, limit: DECISIONS_MOST })
  const states = ends === 'cancel' ? ['PENDING_APPROVAL', 'APPROVED'] : ['DECLINED']
  const decision = decisions.find((each) => states.includes(each.decisionStatus))
  return decision === undefined ? notNow(issue) : { act: ends, decisionId: decision.decisionId }
}

/**
 * Does it. Gives the request's number where the close was asked for; null where it is done.
 * @throws DbmedicError what the store refuses, for instance because a run began meanwhile
 */
export async function dismiss(
  port: ServePort,
  { issueId, targetId }: Issue,
  { dismissal, reason, by }: DismissedBy & { readonly dismissal: Dismissal },
): Promise<number | null> {
  if (dismissal.act === 'ask-close')
    return port.requestRecovery({
      targetId,
      issueId,
      actionName: CLOSE_ISSUE,
      params: {},
      reason,
      requestedBy: by,
    })
  await port.endDecision(dismissal.decisionId, dismissal.act === 'cancel' ? 'CANCELLED' : 'CLOSE', reason, by)
  return null
}

function notNow({ issueId, issueStatus }: Issue): Refusal {
  const [because, toProceed] = ANALYSED.includes(issueStatus)
    ? ['it is being analysed', 'Dismiss it when it waits for a person.']
    : RUNS.includes(issueStatus)
      ? ['a run is not interrupted', 'Stop what would run next with a stop switch: dbmedic halt']
      : ['it has ended, or moved on at that moment', `See: dbmedic show ${issueId}`]
  return {
    refused: true,
    code: 'DBM_PRECONDITION_FAILED',
    because: `issue ${issueId} is ${issueStatus}: ${because}`,
    toProceed,
  }
}
