/**
 * Whether the votes of a decision really carry a run: judged by the executor from the rows as it reads them,
 * signature by signature, so that a store whose rules were circumvented still cannot make it act.
 */
import { type Trust, trustedPeople, verifyVote } from '../access/index.ts'
import { canonicalJson, type Json, type Sha256 } from '../core/canonical.ts'
import type { Analysis, Approval } from '../core/nouns.ts'
import type { Binding } from '../core/plan.ts'
import type { Person, Registration, Runnable, StandingApproval } from '../core/store-ports.ts'
import { toMs, type UtcTime } from '../core/time.ts'
import { whyNotCovered } from '../pipeline/approve/index.ts'

/** What consent is judged from. Times are the store's. */
export interface ConsentInput {
  readonly runnable: Runnable
  readonly people: readonly Person[]
  /** Every registration of the store, in order. */
  readonly registrations: readonly Registration[]
  /** Ids of the administrators' keys the executor's own configuration pins. */
  readonly administrators: readonly string[]
  readonly grants: readonly StandingApproval[]
  /** The analysis the decision was made on; null if it cannot be read. */
  readonly analysis: Analysis | null
  readonly now: UtcTime
  readonly sha256: Sha256
}

/**
 * Why the votes do not carry the run; null if they do. Every yes must be of a person a pinned administrator vouches
 * for, about this decision, this action and this digest, signed by its voter's registered key, and in force; HIGH risk needs two persons; an undo needs
 * every yes to consent to it; a vote under a grant must lie within the grant; the evidence must be the one
 * voted on. Consent to an undo was given for after the run, so it outlasts the account of its voter, as in the store
 * (GOV-041); the signature must still be of the key that is registered.
 */
export function whyNoConsent(input: ConsentInput): string | null {
  const { runnable } = input
  const carrying = runnable.votes.filter((v) => v.approvalStatus !== 'DECLINED')
  if (runnable.votes.length > carrying.length) return 'a person declined the decision'
  if (!carrying.some((v) => v.approvalId === runnable.approval.approvalId && v.approvalStatus === 'APPROVED'))
    return 'the approval is not among the votes'
  const trust = trustedPeople(input.people, input.registrations, input.administrators)
  const people = runnable.purpose === 'UNDO' ? trust.people.map(asWhenVoting) : trust.people
  for (const vote of carrying) {
    const problem =
      otherSubject(vote, runnable) ??
      trust.whyNot(vote.adminUserId) ??
      notInForce(vote, input) ??
      verifyVote(vote, people, input.grants) ??
      outsideGrant(vote, input)
    if (problem !== null) return `the vote of ${vote.adminUserId} is not valid: ${problem}`
  }
  return tooFewPersons(carrying, runnable, trust) ?? otherEvidence(input)
}

/** The right to vote was judged when the vote was cast and again when the run it carries was started. */
const asWhenVoting = (person: Person): Person => ({ ...person, active: true, mayApprove: true })

function otherSubject(vote: Approval, { decision }: Runnable): string | null {
  const same =
    vote.decisionId === decision.decisionId &&
    vote.actionId === decision.recommendedActionId &&
    vote.planDigest === decision.planDigest &&
    vote.riskLevel === decision.riskLevel
  return same ? null : 'it is about another decision, action, risk or plan'
}

/** Consent to an undo outlasts the time the harm is measured in: see the store's list of undo runs. */
function notInForce(vote: Approval, { runnable, now }: ConsentInput): string | null {
  if (runnable.purpose === 'UNDO') {
    // The signature of a grant is over its bounds, which say nothing of an undo.
    if (vote.standingApprovalId !== null) return 'a standing approval consents to no undo'
    return vote.conditions.undoPreconsented ? null : 'it does not consent to the undo'
  }
  if (toMs(vote.expiresAt) <= toMs(now)) return 'it has expired'
  const { windowStart } = vote.conditions
  return windowStart !== null && toMs(windowStart) > toMs(now) ? 'its window has not begun' : null
}

function outsideGrant(vote: Approval, { runnable, grants, analysis }: ConsentInput): string | null {
  if (vote.standingApprovalId === null) return null
  const grant = grants.find((g) => g.standingApprovalId === vote.standingApprovalId)
  if (grant === undefined || analysis === null) return 'what its standing approval covers cannot be checked'
  const { decision, issue } = runnable
  // Its own use is taken already; the grant had to be valid when the vote was cast.
  const asVoted = { ...grant, usesLeft: grant.usesLeft + 1 }
  return whyNotCovered({ decision, analysis, issue }, asVoted, vote.approvalTimestamp)
}

/** Persons as an administrator signed them, not as the store counts them. */
function tooFewPersons(carrying: readonly Approval[], runnable: Runnable, { people }: Trust): string | null {
  if (runnable.decision.riskLevel !== 'HIGH') return null
  const persons = new Set(
    carrying.map(
      (v) => people.find((p) => p.userName.toLowerCase() === v.adminUserId.toLowerCase())?.personId,
    ),
  )
  return persons.size >= 2 ? null : 'HIGH risk needs the votes of two different persons'
}

function otherEvidence({ runnable, analysis, sha256 }: ConsentInput): string | null {
  if (analysis === null) return 'the evidence that was voted on cannot be read'
  const binding = JSON.parse(runnable.decision.bindingText) as Binding
  const found = sha256(canonicalJson(analysis.evidence as unknown as Json))
  return found === binding.evidenceDigest ? null : 'the evidence is not the one that was voted on'
}
