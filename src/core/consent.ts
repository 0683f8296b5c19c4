/**
 * What a person's key signs: the one canonical text of a vote, of a standing approval and of a login. Here, because the
 * side that signs (access), the side that keeps (store) and the side that checks again (the executor) must
 * write the same bytes.
 */
import { canonicalJson, type Json } from './canonical.ts'
import type { Approval, NewApproval } from './nouns.ts'
import type { NewRegistration, NewStandingApproval } from './people.ts'

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

/** What `previousDigest` of the first registration is. */
export const NO_REGISTRATION: string = '0'.repeat(64)

/**
 * The text a registration's signature covers, whose digest the next registration names. Flags are 0 and 1, because
 * the stores' JSON functions spell true and false differently. The key stands in it by its digest.
 */
export function registrationText(registration: NewRegistration): string {
  return canonicalJson({
    schema: 'dbmedic/registration/1',
    registrationNo: registration.registrationNo,
    previousDigest: registration.previousDigest,
    userName: registration.userName.toLowerCase(),
    personId: registration.personId,
    active: registration.active ? 1 : 0,
    mayApprove: registration.mayApprove ? 1 : 0,
    mayAdminister: registration.mayAdminister ? 1 : 0,
    keyId: registration.keyId,
    signedBy: registration.signedBy.toLowerCase(),
    signerKeyId: registration.signerKeyId,
  })
}
