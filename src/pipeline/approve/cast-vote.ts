/**
 * A person's vote: what it says, how long it holds, and what is signed. The store judges it again; this
 * code only makes it well-formed and says early what the store would refuse.
 */
import { type Refusal, refusal } from '../../core/errors.ts'
import type { Approval, ApprovalConditions, Decision, NewApproval } from '../../core/nouns.ts'
import type { Binding } from '../../core/plan.ts'
import { fromMs, toMs, type UtcTime } from '../../core/time.ts'
import {
  APPROVE_REASONS,
  type ApprovalStatus,
  type ApproveReason,
  DECLINE_REASONS,
  type DeclineReason,
  type RiskLevel,
} from '../../core/vocabulary.ts'

/** How long an approval holds, seconds, by risk; from the vote or from the start of its change window. */
export const APPROVAL_VALIDITY_SECONDS: Readonly<Record<RiskLevel, number>> = {
  LOW: 86_400,
  MEDIUM: 14_400,
  HIGH: 1_800,
}

/** Farthest start of a change window, seconds ahead. */
export const WINDOW_AHEAD_SECONDS = 7 * 86_400

/** What the person said. */
export interface Ballot {
  readonly decline: boolean
  readonly reason: ApproveReason | DeclineReason
  readonly notes: string | null
  readonly conditions: ApprovalConditions
}

/** Who votes, with the means to sign. */
export interface Voter {
  readonly userName: string
  readonly keyId: string
  /** Signs the canonical text of a vote; base64. */
  readonly sign: (vote: Omit<NewApproval, 'signature'>) => string
  readonly authenticationMethod: string
}

/** What the vote is about. */
export interface VoteSubject {
  readonly decision: Decision
  readonly bindsConnection: boolean
  readonly votes: readonly Approval[]
  readonly now: UtcTime
}

/** The signed vote, or why there can be none. */
export function castVote(subject: VoteSubject, ballot: Ballot, voter: Voter): NewApproval | Refusal {
  const vote = draftVote(subject, ballot, voter)
  return 'refused' in vote ? vote : { ...vote, signature: voter.sign(vote) }
}

/** The vote that is to be signed, or why there can be none. HIGH risk takes a first (conditional) and a second vote. */
export function draftVote(
  subject: VoteSubject,
  ballot: Ballot,
  voter: Omit<Voter, 'sign'>,
): Omit<NewApproval, 'signature'> | Refusal {
  const { decision, now } = subject
  const problem = findProblem(subject, ballot)
  if (problem !== null) return refuse(problem)
  const start = ballot.conditions.windowStart ?? now
  const validity = APPROVAL_VALIDITY_SECONDS[decision.riskLevel] * 1000
  const decisionEnd = toMs(decision.expiresAt)
  const scheduled = ballot.conditions.windowStart !== null
  const end = toMs(start) + validity
  return {
    decisionId: decision.decisionId,
    actionId: decision.recommendedActionId,
    planDigest: decision.planDigest,
    riskLevel: decision.riskLevel,
    adminUserId: voter.userName,
    approvalStatus: statusOf(subject, ballot),
    approvalReason: ballot.reason,
    adminNotes: ballot.notes,
    conditions: ballot.conditions,
    authenticationMethod: voter.authenticationMethod,
    keyId: voter.keyId,
    standingApprovalId: null,
    expiresAt: fromMs(scheduled ? end : Math.min(end, decisionEnd)),
  }
}

function statusOf(subject: VoteSubject, ballot: Ballot): ApprovalStatus {
  if (ballot.decline) return 'DECLINED'
  if (subject.decision.riskLevel !== 'HIGH') return 'APPROVED'
  return subject.votes.some((v) => v.approvalStatus === 'CONDITIONAL_APPROVAL')
    ? 'APPROVED'
    : 'CONDITIONAL_APPROVAL'
}

interface Problem {
  readonly because: string
  readonly toProceed: string
}

function findProblem(subject: VoteSubject, ballot: Ballot): Problem | null {
  const { decision, now } = subject
  if (decision.decisionStatus !== 'PENDING_APPROVAL') {
    return {
      because: `decision ${decision.decisionId} is ${decision.decisionStatus}, not waiting for a vote`,
      toProceed: `Run: dbmedic show ${decision.issueId}`,
    }
  }
  if (toMs(decision.expiresAt) <= toMs(now)) {
    return { because: 'the decision has expired', toProceed: 'Wait for the new analysis of the issue.' }
  }
  const allowed: readonly string[] = ballot.decline ? DECLINE_REASONS : APPROVE_REASONS
  if (!allowed.includes(ballot.reason)) {
    return {
      because: `${ballot.reason} is not a reason to ${ballot.decline ? 'decline' : 'approve'}`,
      toProceed: `Use one of: ${allowed.join(', ')}`,
    }
  }
  return undoProblem(subject, ballot) ?? windowProblem(subject, ballot)
}

function undoProblem(subject: VoteSubject, ballot: Ballot): Problem | null {
  if (!ballot.conditions.undoPreconsented || undoOffered(subject.decision)) return null
  return { because: 'this plan has no undo to consent to', toProceed: 'Approve without consent to an undo.' }
}

/** Does the plan of this decision come with an undo plan? */
export function undoOffered(decision: Decision): boolean {
  const binding = JSON.parse(decision.bindingText) as Binding
  return 'plan' in binding.undo
}

function windowProblem(subject: VoteSubject, ballot: Ballot): Problem | null {
  const start = ballot.conditions.windowStart
  if (start === null) return null
  if (subject.bindsConnection) {
    return {
      because: 'an action on a connection cannot be scheduled: the connection will be another one by then',
      toProceed: 'Approve without a window.',
    }
  }
  const ahead = (toMs(start) - toMs(subject.now)) / 1000
  if (ahead < -60 || ahead > WINDOW_AHEAD_SECONDS) {
    return {
      because: 'the change window must start within the next 7 days',
      toProceed: 'Choose a start time from now to 7 days ahead.',
    }
  }
  return null
}

function refuse(problem: Problem): Refusal {
  return { ...refusal('DBM_VOTE_INVALID', { problem: problem.because }), toProceed: problem.toProceed }
}
