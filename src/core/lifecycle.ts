/**
 * The one table of legal status changes. The store's `state_transitions` rows and its triggers are
 * generated from it, and a test compares them: a path that is not listed here does not exist.
 */

/** States of an issue, in the order a healed issue passes through them. */
export const ISSUE_STATES = [
  'DETECTED',
  'UNDER_ANALYSIS',
  'AWAITING_DECISION',
  'DECISION_MADE',
  'APPROVED',
  'DECLINED',
  'EXECUTING',
  'VERIFYING',
  'RESOLVED',
  'NO_ACTION',
  'CLOSED',
  'CANCELLED',
] as const
/** One state of an issue. */
export type IssueState = (typeof ISSUE_STATES)[number]

/** States of a recovery decision. */
export const DECISION_STATES = ['PENDING_APPROVAL', 'APPROVED', 'DECLINED', 'CANCELLED', 'EXPIRED'] as const
/** One state of a recovery decision. */
export type DecisionState = (typeof DECISION_STATES)[number]

/** States of one execution (a DO or an UNDO run). */
export const EXECUTION_STATES = ['QUEUED', 'IN_PROGRESS', 'COMPLETED', 'FAILED'] as const
/** One state of an execution. */
export type ExecutionState = (typeof EXECUTION_STATES)[number]

/** What has states: the three mutable rows of the pipeline. */
export type Entity = 'issue' | 'decision' | 'execution'

/** One legal change of status. */
export interface Transition {
  readonly entity: Entity
  readonly from: string
  readonly to: string
  /**
   * `trigger`: only the store's own triggers may make it, on the row named in `on`.
   * `role`: the named role may write it directly.
   */
  readonly by: 'trigger' | 'reason' | 'act'
  /** What makes it happen, in one clause. */
  readonly on: string
}

const byTrigger = (from: IssueState, to: IssueState, on: string): Transition => ({
  entity: 'issue',
  from,
  to,
  by: 'trigger',
  on,
})
const byAnalyst = (from: IssueState, to: IssueState, on: string): Transition => ({
  entity: 'issue',
  from,
  to,
  by: 'reason',
  on,
})
const decision = (from: DecisionState, to: DecisionState, on: string): Transition => ({
  entity: 'decision',
  from,
  to,
  by: 'trigger',
  on,
})
const execution = (from: ExecutionState, to: ExecutionState, on: string): Transition => ({
  entity: 'execution',
  from,
  to,
  by: 'act',
  on,
})

/** Every legal change of status in the system. */
export const TRANSITIONS: readonly Transition[] = [
  byAnalyst('DETECTED', 'UNDER_ANALYSIS', 'an analyst takes the issue'),
  byAnalyst('UNDER_ANALYSIS', 'AWAITING_DECISION', 'an analysis is stored'),
  byAnalyst('UNDER_ANALYSIS', 'NO_ACTION', 'the condition cleared, or nothing needs doing'),
  byAnalyst('AWAITING_DECISION', 'NO_ACTION', 'the condition cleared, or a person chose to do nothing'),
  byAnalyst('NO_ACTION', 'CLOSED', 'the condition stayed clear'),
  byTrigger('AWAITING_DECISION', 'DECISION_MADE', 'a recovery decision is inserted'),
  byTrigger('DECISION_MADE', 'APPROVED', 'an APPROVED approval is inserted'),
  byTrigger('DECISION_MADE', 'DECLINED', 'a DECLINED approval is inserted'),
  byTrigger('DECISION_MADE', 'UNDER_ANALYSIS', 'a decision ending EXPIRED or VOIDED'),
  byTrigger('APPROVED', 'UNDER_ANALYSIS', 'a decision ending EXPIRED, VOIDED or REVOKED'),
  byTrigger('APPROVED', 'EXECUTING', 'a DO execution is inserted'),
  byTrigger('EXECUTING', 'VERIFYING', 'the DO execution is COMPLETED'),
  byTrigger('EXECUTING', 'UNDER_ANALYSIS', 'the DO execution is FAILED'),
  byTrigger('VERIFYING', 'RESOLVED', 'a verdict `improved`, by measurement or by a person'),
  byTrigger('VERIFYING', 'UNDER_ANALYSIS', 'a verdict `no_effect` or `regressed`, or the UNDO run ended'),
  byTrigger('DECLINED', 'UNDER_ANALYSIS', 'a decision ending ASK_OTHER'),
  byTrigger('DECLINED', 'CLOSED', 'a decision ending CLOSE'),
  byAnalyst('DETECTED', 'CANCELLED', 'a person cancels the issue'),
  byAnalyst('UNDER_ANALYSIS', 'CANCELLED', 'a person cancels the issue'),
  byAnalyst('AWAITING_DECISION', 'CANCELLED', 'a person cancels the issue'),
  byTrigger('DECISION_MADE', 'CANCELLED', 'a decision ending CANCELLED'),
  byTrigger('APPROVED', 'CANCELLED', 'a decision ending CANCELLED'),
  decision('PENDING_APPROVAL', 'APPROVED', 'an APPROVED approval is inserted'),
  decision('PENDING_APPROVAL', 'DECLINED', 'a DECLINED approval is inserted'),
  decision('PENDING_APPROVAL', 'CANCELLED', 'a decision ending CANCELLED or VOIDED'),
  decision('PENDING_APPROVAL', 'EXPIRED', 'a decision ending EXPIRED'),
  decision('APPROVED', 'CANCELLED', 'a decision ending CANCELLED, REVOKED or VOIDED'),
  decision('APPROVED', 'EXPIRED', 'a decision ending EXPIRED'),
  execution('QUEUED', 'IN_PROGRESS', 'the executor holds the lease; nothing has been sent yet'),
  execution('QUEUED', 'FAILED', 'refused before anything was sent'),
  execution('IN_PROGRESS', 'COMPLETED', 'the plan ran and its postcondition holds'),
  execution('IN_PROGRESS', 'FAILED', 'a step failed, or the lease was lost'),
]

/** Issue states in which the issue is over; its fingerprint may open again. */
export const TERMINAL_ISSUE_STATES: readonly IssueState[] = ['RESOLVED', 'CLOSED', 'CANCELLED']
/** All others: the issue is open. */
export const OPEN_ISSUE_STATES: readonly IssueState[] = ISSUE_STATES.filter(
  (state) => !TERMINAL_ISSUE_STATES.includes(state),
)

/** Is this change of status in the table? A state never changes to itself. */
export function isLegalTransition(entity: Entity, from: string, to: string): boolean {
  return TRANSITIONS.some((t) => t.entity === entity && t.from === from && t.to === to)
}
