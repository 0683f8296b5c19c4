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

/** What a login is and may, as an administrator signs it. Registrations follow each other without a gap. */
export interface NewRegistration {
  /** 1, 2, 3 … over all logins. */
  readonly registrationNo: number
  /** SHA-256 hex of the text of the registration before it; 64 zeros for the first. */
  readonly previousDigest: string
  readonly userName: string
  readonly personId: number
  readonly active: boolean
  readonly mayApprove: boolean
  readonly mayAdminister: boolean
  /** SHA-256 hex of the raw public key. */
  readonly keyId: string
  readonly signedBy: string
  readonly signerKeyId: string
}
/** A stored registration. */
export interface Registration extends NewRegistration {
  /** Base64 of the raw 32 bytes of the Ed25519 public key. */
  readonly publicKey: string
  /** Base64 of the Ed25519 signature over `registrationText`. */
  readonly signature: string
  readonly registeredAt: UtcTime
}

/** Whoever signs registrations: an administrator with the unlocked key. */
export interface RegistrationSigner {
  readonly userName: string
  readonly keyId: string
  /** Base64 Ed25519 signature of the UTF-8 bytes of the text. */
  readonly sign: (text: string) => string
}

/** A login to be added: of a new person, or one more of the person behind `personOf`. */
export interface NewLogin {
  readonly userName: string
  readonly displayName: string
  readonly personOf: string | null
  readonly mayApprove: boolean
  readonly mayAdminister: boolean
  readonly keyId: string
  readonly publicKey: string
  /** The administrator who adds the login; while there is none yet, the login itself. */
  readonly signer: RegistrationSigner
}

/** What becomes of a login; what is left out stays. */
export interface LoginChange {
  readonly active?: boolean
  readonly mayApprove?: boolean
  readonly mayAdminister?: boolean
  readonly key?: { readonly keyId: string; readonly publicKey: string }
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
