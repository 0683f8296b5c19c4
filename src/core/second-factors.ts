/** The second factor of a login, as `serve` keeps it: a secret sealed elsewhere, and codes that stand for it once. */
import type { Json } from './canonical.ts'
import type { UtcTime } from './time.ts'

/** A second factor that counts. */
export interface SecondFactor {
  readonly factorId: number
  readonly userName: string
  /** As the server sealed it; its key is not in the store. */
  readonly sealedSecret: Json
  /** Newest step of 30 s whose code was taken. */
  readonly lastStep: number
  readonly createdAt: UtcTime
  /** Recovery codes that were not used. */
  readonly codesLeft: number
}

/** A second factor to set, with the first code of it taken. */
export interface NewSecondFactor {
  readonly userName: string
  readonly sealedSecret: Json
  readonly lastStep: number
  /** SHA-256 hex of each recovery code. */
  readonly recoveryDigests: readonly string[]
}

/** Second factors over serve's store. */
export interface SecondFactors {
  /** Null: the login has none. */
  secondFactor(userName: string): Promise<SecondFactor | null>
  /** Logins that have one. */
  secondFactorOwners(): Promise<ReadonlySet<string>>
  /** @throws DbmedicError DBM_STORE_REFUSED where the login has one already. */
  setSecondFactor(factor: NewSecondFactor): Promise<number>
  /** Takes a step, if it is newer than the last one taken; false: it is not, or the factor is gone. */
  takeStep(factorId: number, step: number): Promise<boolean>
  /** Uses a recovery code up; false: there is no unused one like it. */
  useRecoveryCode(factorId: number, codeDigest: string): Promise<boolean>
  /** Takes every unused code of the factor out of use and adds these. */
  replaceRecoveryCodes(factor: SecondFactor, recoveryDigests: readonly string[]): Promise<void>
  /** False: the login has none. @throws DbmedicError DBM_STORE_REFUSED unless `by` is the person or an administrator. */
  removeSecondFactor(userName: string, by: string): Promise<boolean>
}
