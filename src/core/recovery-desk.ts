/** The analyst's part of recovery: failures as it finds them, and what it records of each. */
import type { Json } from './canonical.ts'
import type { FailureKind } from './failure-patterns.ts'
import type { FailureWords, RecoveryStrategy } from './recovery-records.ts'
import type { TargetFailure, WatchedTargetFailure } from './reported-failures.ts'
import type { UtcTime } from './time.ts'

/** What became of the calls that met a failure, as applications told it. */
export interface CallOutcomes {
  /** Repeated by the application's guard. */
  readonly retried: number
  /** The application got the error. */
  readonly thrown: number
  /** Nobody knows: a COMMIT that was never answered, and all places beyond those that are kept. */
  readonly unknown: number
}

/** A kind of failure as the analyst finds it. */
export interface FailureOnDesk {
  readonly patternId: number
  readonly kind: FailureKind
  readonly occurrences: number
  readonly sites: number
  readonly outcomes: CallOutcomes
  /** Off: nothing is recorded but that it was handed to a person. */
  readonly recoveryEnabled: boolean
  /** The newest explanation; null: there is none. */
  readonly explained: { readonly number: number; readonly basisDigest: string } | null
  /** The newest attempt; null: there is none. */
  readonly lastAttempt: { readonly number: number; readonly evidence: Json; readonly ended: boolean } | null
}

/** An explanation to record. */
export interface NewExplanation {
  readonly patternId: number
  readonly failureType: string
  /** One more than the newest one's. */
  readonly number: number
  readonly words: FailureWords
  /** `rules`, or the name of a model. */
  readonly explainer: string
  readonly knowledgeId: string | null
  /** SHA-256 of all it was made from; the store refuses one of the same basis as the one before. */
  readonly basisDigest: string
  /** References; the first names the failure: `{kind: 'failure', signature, …}`. */
  readonly evidence: readonly Json[]
}

/** An attempt that has ended already when it is recorded. */
export interface EndedAttempt {
  readonly patternId: number
  /** One more than the newest one's. */
  readonly number: number
  readonly strategy: Exclude<RecoveryStrategy, 'SELF_HEALING'>
  /** At most 1000 characters. */
  readonly reasoning: string
  readonly evidence: Json
  readonly success: boolean
}

/** What `reason` does about failures. */
export interface RecoveryDesk {
  /** Kinds of failure with a greater id, in that order, of all workspaces; at most 200. */
  failuresAfter(patternId: number, most: number): Promise<readonly FailureOnDesk[]>
  /** False: another process was first. @throws DbmedicError DBM_STORE_REFUSED with the rule */
  explainFailure(explanation: NewExplanation): Promise<boolean>
  /** False: another process was first. @throws DbmedicError DBM_STORE_REFUSED with the rule */
  recordAttempt(attempt: EndedAttempt): Promise<boolean>
  /** Notes in every workspace with failures that they were looked at now. */
  failuresLookedAt(): Promise<void>
}

/** What `observe` reads of failures. */
export interface TargetFailureReads {
  /** Kinds of failure that applications met on the target since then, the latest first; at most 200. */
  targetFailures(targetId: number, since: UtcTime): Promise<readonly TargetFailure[]>
  /** Watches that run on the target and of which a look held or failed, in the order of their numbers; at most 20. */
  targetWatches(targetId: number): Promise<readonly WatchedTargetFailure[]>
}
