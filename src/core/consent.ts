/**
 * What a person's key signs: the one canonical text of a vote and of a standing approval. Here, because the
 * side that signs (access), the side that keeps (store) and the side that checks again (the executor) must
 * write the same bytes.
 */
import { canonicalJson, type Json } from './canonical.ts'
import type { Approval, NewApproval } from './nouns.ts'
import type { NewStandingApproval } from './people.ts'

/** A vote without its signature. */
export type UnsignedVote = Omit<NewApproval, 'signature'> | Omit<Approval, 'signature'>

/** A grant without its signature. */
export type UnsignedGrant = Omit<NewStandingApproval, 'signature'>

/**
 * The text a vote's signature covers (RFC 8785). Notes and the way of authentication are left out: they
 * explain the vote and do not widen it. User names are compared without letter case by the store, so the
 * text carries them in lower case.
 */
export function voteText(vote: UnsignedVote): string {
  return canonicalJson({
    schema: 'dbmedic/vote/1',
    decisionId: vote.decisionId,
    actionId: vote.actionId,
    planDigest: vote.planDigest,
    riskLevel: vote.riskLevel,
    approvalStatus: vote.approvalStatus,
    approvalReason: vote.approvalReason,
    conditions: {
      undoPreconsented: vote.conditions.undoPreconsented,
      windowStart: vote.conditions.windowStart,
    },
    adminUserId: vote.adminUserId.toLowerCase(),
    expiresAt: vote.expiresAt,
    standingApprovalId: vote.standingApprovalId,
  })
}

/**
 * The text a grant's signature covers, and which the store keeps and takes every bound from. Target ids are
 * sorted, so that one grant has one text.
 */
export function grantText(grant: UnsignedGrant): string {
  return canonicalJson({
    schema: 'dbmedic/grant/1',
    actionName: grant.actionName,
    actionVersion: grant.actionVersion,
    targetIds: [...grant.targetIds].sort((a, b) => a - b),
    parameterBounds: grant.parameterBounds as Json,
    issueCategory: grant.issueCategory,
    rootCauseCode: grant.rootCauseCode,
    minimumConfidence: grant.minimumConfidence,
    maximumUses: grant.maximumUses,
    validUntil: grant.validUntil,
    grantedBy: grant.grantedBy,
    keyId: grant.keyId,
    reason: grant.reason,
  })
}
