/** Signatures of votes and of standing approvals, over the canonical texts of core/consent.ts. */
import { grantText, type UnsignedGrant, type UnsignedVote, voteText } from '../core/consent.ts'
import type { Approval } from '../core/nouns.ts'
import type { Person, StandingApproval } from '../core/store-ports.ts'
import type { UnlockedKey } from './keyring.ts'
import { keyIdOf, signText, verifyText } from './keys.ts'

/** Base64 signature of a vote. @throws RangeError if the vote names another key than the one that signs. */
export function signVote(vote: UnsignedVote, key: UnlockedKey): string {
  if (vote.keyId !== key.keyId) throw new RangeError('the vote names another key than the one that signs it')
  return signText(voteText(vote), key.seed)
}

/** Base64 signature of a grant. @throws RangeError if the grant names another key than the one that signs. */
export function signGrant(grant: UnsignedGrant, key: UnlockedKey): string {
  if (grant.keyId !== key.keyId)
    throw new RangeError('the grant names another key than the one that signs it')
  return signText(grantText(grant), key.seed)
}

/**
 * What is wrong with the signature of a grant; null if the registered key of its giver signed exactly this
 * grant. `people` are the logins as the store knows them.
 */
export function verifyGrant(grant: StandingApproval, people: readonly Person[]): string | null {
  const key = registeredKey(grant.grantedBy, grant.keyId, people)
  if (typeof key !== 'string') return key.problem
  return verifyText(grantText(grant), grant.signature, key)
    ? null
    : `standing approval ${grant.standingApprovalId} does not carry a valid signature of ${grant.grantedBy}`
}

/**
 * What is wrong with the signature of a vote; null if the voter's registered key signed exactly this vote.
 * A vote under a standing approval carries the signature of its grant, which must be among `grants`.
 */
export function verifyVote(
  vote: Approval,
  people: readonly Person[],
  grants: readonly StandingApproval[],
): string | null {
  if (vote.standingApprovalId !== null || vote.authenticationMethod === 'standing') {
    return verifyStandingVote(vote, people, grants)
  }
  const key = registeredKey(vote.adminUserId, vote.keyId, people)
  if (typeof key !== 'string') return key.problem
  return verifyText(voteText(vote), vote.signature, key)
    ? null
    : `vote ${vote.approvalId} does not carry a valid signature of ${vote.adminUserId}`
}

function verifyStandingVote(
  vote: Approval,
  people: readonly Person[],
  grants: readonly StandingApproval[],
): string | null {
  const grant = grants.find((each) => each.standingApprovalId === vote.standingApprovalId)
  if (grant === undefined) return `vote ${vote.approvalId} names a standing approval that does not exist`
  if (
    grant.signature !== vote.signature ||
    grant.keyId !== vote.keyId ||
    !same(grant.grantedBy, vote.adminUserId)
  ) {
    return `vote ${vote.approvalId} does not carry the signature of standing approval ${grant.standingApprovalId}`
  }
  if (vote.riskLevel !== 'LOW') return `vote ${vote.approvalId} uses a standing approval above LOW risk`
  if (grant.revokedAt !== null) return `standing approval ${grant.standingApprovalId} was revoked`
  return verifyGrant(grant, people)
}

function registeredKey(
  userName: string,
  keyId: string,
  people: readonly Person[],
): string | { readonly problem: string } {
  const person = people.find((each) => same(each.userName, userName))
  if (person === undefined) return { problem: `${userName} is not a user` }
  if (!person.active) return { problem: `${userName} is no longer active` }
  if (!person.mayApprove) return { problem: `${userName} may not approve` }
  if (person.keyId === null || person.publicKey === null) return { problem: `${userName} has no key` }
  const actual = keyIdOf(Buffer.from(person.publicKey, 'base64'))
  if (person.keyId !== keyId || actual !== keyId) return { problem: `${userName} has another key now` }
  return person.publicKey
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}
