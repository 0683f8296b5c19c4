/** Passkeys of logins, as `serve` keeps them: public halves, counters, refusals, and challenges that are answered once. */
import type { UtcTime } from './time.ts'

/** Signature algorithms a passkey may have (RFC 9053, 2: ES256, EdDSA; RFC 8812, 2: RS256). */
export const PASSKEY_ALGORITHMS = ['ES256', 'EDDSA', 'RS256'] as const
/** One of them. */
export type PasskeyAlgorithm = (typeof PASSKEY_ALGORITHMS)[number]

/**
 * Why an answer under a known passkey is not taken: `COUNTER`: it went back, so there may be a copy of the key;
 * `SIGNATURE`; `OTHER_LOGIN`: the authenticator keeps it for another one; `NOT_VERIFIED`: nobody's finger, face or PIN
 * was asked for; `OTHER_PLACE`: it was made for another address; `MALFORMED`.
 */
export const PASSKEY_PROBLEMS = [
  'COUNTER',
  'SIGNATURE',
  'OTHER_LOGIN',
  'NOT_VERIFIED',
  'OTHER_PLACE',
  'MALFORMED',
] as const
/** One of them. */
export type PasskeyProblem = (typeof PASSKEY_PROBLEMS)[number]

/** What a challenge is for. An answer to one purpose is none to another. */
export const CHALLENGE_PURPOSES = ['REGISTER', 'SIGN_IN', 'PROVE'] as const
/** One of them. */
export type ChallengePurpose = (typeof CHALLENGE_PURPOSES)[number]

/** Passkeys of one login at a time. */
export const PASSKEYS_MOST = 20
/** Other names of one passkey, over its life. */
export const PASSKEY_NAMES_MOST = 100
/** No challenge holds longer, minutes; the server's own hold one. */
export const CHALLENGE_MINUTES_MOST = 2

/** A new passkey. */
export interface NewPasskey {
  readonly userName: string
  readonly passkeyName: string
  /** base64url. */
  readonly credentialId: string
  /** SubjectPublicKeyInfo (RFC 5280), DER, base64. */
  readonly publicKey: string
  readonly algorithm: PasskeyAlgorithm
  /** 32 random bytes in hex, which the authenticator gives back at sign-in. */
  readonly userHandle: string
  /** May its owner have it on several devices? It never changes (Web Authentication Level 3, 6.1.3). */
  readonly isSyncable: boolean
  /** The authenticator's counter; 0: it has none. */
  readonly signCount: number
}

/** A passkey that counts. */
export interface Passkey extends NewPasskey {
  readonly passkeyId: number
  readonly createdAt: UtcTime
  readonly lastUsedAt: UtcTime | null
  /** Answers under it that were not taken. */
  readonly refusals: number
}

/** Random bytes a browser is asked to sign. */
export interface Challenge {
  /** SHA-256 hex of the challenge as the browser states it. */
  readonly challengeDigest: string
  readonly purpose: ChallengePurpose
  /** Null only for a sign-in. */
  readonly userName: string | null
  /** SHA-256 hex of the secret of the browser that asked. */
  readonly boundDigest: string
  /** Digest of the plan a vote is about; null: none. */
  readonly aboutDigest: string | null
  /** Only for a new passkey. */
  readonly userHandle: string | null
}

/** Passkeys over serve's store. */
export interface Passkeys {
  /** Those of a login that count, oldest first. */
  passkeysOf(userName: string): Promise<readonly Passkey[]>
  /** How many that count each login has; a login that has none is not there. */
  passkeyCounts(): Promise<ReadonlyMap<string, number>>
  /** The passkey of a credential id; null: there is none, or it was removed. */
  passkey(credentialId: string): Promise<Passkey | null>
  /**
   * Gives a passkey another name; false: the login has none of that number.
   * @throws DbmedicError DBM_STORE_REFUSED beyond the most names of a passkey
   */
  namePasskey(of: Pick<Passkey, 'passkeyId' | 'userName' | 'passkeyName'>): Promise<boolean>
  /** @throws DbmedicError DBM_STORE_REFUSED for a credential that is registered, or beyond the most of a login. */
  addPasskey(passkey: NewPasskey): Promise<number>
  /** Takes a counter, if it is newer than the last one (or both are 0); false: it is not, or the passkey is gone. */
  usePasskey(passkeyId: number, signCount: number): Promise<boolean>
  /** Records an answer that was not taken. */
  refusePasskey(refusal: {
    readonly passkeyId: number
    readonly userName: string
    readonly problem: PasskeyProblem
    readonly address: string
  }): Promise<void>
  /**
   * Removes one passkey of a login, or all of them. Gives how many went.
   * @throws DbmedicError DBM_STORE_REFUSED unless `by` is the person or an administrator.
   */
  removePasskeys(userName: string, which: { readonly passkeyId: number } | 'all', by: string): Promise<number>
  /** Keeps a challenge for so many seconds. */
  addChallenge(challenge: Challenge, lifetimeSeconds: number): Promise<void>
  /** Uses a challenge up; null: none of this purpose and browser waits under that digest. */
  takeChallenge(
    asked: Pick<Challenge, 'challengeDigest' | 'purpose' | 'boundDigest'>,
  ): Promise<Challenge | null>
}
