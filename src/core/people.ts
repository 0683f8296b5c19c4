/**
 * What people hold and set beside the pipeline: their names and keys, the grants they gave ahead, the stop
 * switches they threw, and the times at which a target may be changed.
 */
import type { Json } from './canonical.ts'
import type { UtcTime } from './time.ts'
import type { IssueCategory, RootCauseCode } from './vocabulary.ts'

/** A stop switch that is on. */
export interface Halt {
  readonly haltId: number
  readonly scope: 'ALL' | 'ENGINE' | 'TARGET' | 'ACTION'
  /** Engine id, target id or action name; empty for ALL. */
  readonly key: string
  readonly reason: string
  readonly setBy: string
  readonly setAt: UtcTime
}

/** A named user and the person behind the name. */
export interface Person {
  readonly userName: string
  readonly personId: number
  readonly displayName: string
  readonly active: boolean
  readonly mayApprove: boolean
  readonly mayAdminister: boolean
  /** SHA-256 hex of the raw public key; null until a key is registered. */
  readonly keyId: string | null
  /** Base64 of the raw 32 bytes of the Ed25519 public key. */
  readonly publicKey: string | null
}

/** A human's grant for a class of LOW-risk decisions. */
export interface NewStandingApproval {
  readonly actionName: string
  readonly actionVersion: number
  readonly targetIds: readonly number[]
  /** Allowed values by parameter: canonical JSON of each allowed value, or bounds for numbers. */
  readonly parameterBounds: { readonly [parameter: string]: Json }
  readonly issueCategory: IssueCategory
  readonly rootCauseCode: RootCauseCode
  readonly minimumConfidence: number
  readonly maximumUses: number
  readonly validUntil: UtcTime
  readonly grantedBy: string
  readonly reason: string
  readonly signature: string
  readonly keyId: string
}
/** A stored grant. */
export interface StandingApproval extends NewStandingApproval {
  readonly standingApprovalId: number
  readonly usesLeft: number
  readonly grantedAt: UtcTime
  readonly revokedAt: UtcTime | null
  readonly revokedBy: string | null
}

/** When a target may be changed beyond the unattended limits. */
export interface ChangeWindow {
  readonly changeWindowId: number
  readonly targetId: number
  readonly startsAt: UtcTime
  readonly endsAt: UtcTime
  readonly createdBy: string
  readonly reason: string
}
