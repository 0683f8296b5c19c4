/** What applications report of one target's errors, in windows: how a detector sees it, and the counts windows are made of. */
import type { WatchKind, WatchLook } from './failure-watches.ts'
import type { Issue } from './nouns.ts'
import type { RecoveryStrategy } from './recovery-records.ts'
import type { UtcTime } from './time.ts'

/** One kind of failure as it is on record for one target. Holds no value of a statement or message. */
export interface TargetFailure {
  /** 64 hex digits. */
  readonly signature: string
  readonly engine: string
  readonly code: string | null
  readonly failureType: string
  /** The table, column or other object it is about; null if none is known. */
  readonly object: string | null
  /** Calls that met it on this target so far, without those a guard repeated with success. */
  readonly met: number
  /** Class of the statement that met it most often; null if none is known. */
  readonly statementFingerprint: string | null
  readonly firstSeenAt: UtcTime
  readonly lastSeenAt: UtcTime
  /** Healings on this target that were begun in the last 30 days. */
  readonly healings: number
  /** Off: a person has said that nothing is to be proposed for it. */
  readonly recoveryEnabled: boolean
}

/** What one window shows of a kind of failure. */
export interface ReportedFailure extends Omit<TargetFailure, 'met' | 'firstSeenAt' | 'lastSeenAt'> {
  /** Who answers it, by its type. */
  readonly strategy: RecoveryStrategy
  /** Calls that met it in this window, at least. */
  readonly met: number
}

/** The window of one target: from the look before to this one, on the store's clock. */
export interface ReportedFailureWindow {
  readonly windowStart: UtcTime
  readonly windowEnd: UtcTime
  readonly elapsedMs: number
  readonly failures: readonly ReportedFailure[]
}

/** What is known of a kind of failure whether or not anybody meets it just now. */
export type FailureFacts = Omit<ReportedFailure, 'met'>

/** A watch that runs on the target, by the newest of its looks that held or failed: what could not be found out says nothing. */
export interface WatchState {
  readonly watchId: number
  readonly kind: WatchKind
  /** The object it is about; null: the target as a whole. */
  readonly subject: string | null
  /** The kind of the question the observer was asked. */
  readonly asked: string
  readonly limit: number | null
  readonly intervalSeconds: number
  readonly look: WatchLook
  /** The first of the looks that failed since one held; null: the look holds. */
  readonly failsSince: UtcTime | null
  /** Looks that held since one failed. */
  readonly held: number
}

/** A watch with the failure it was proposed for. */
export interface WatchedTargetFailure<F = Omit<TargetFailure, 'met' | 'firstSeenAt' | 'lastSeenAt'>> {
  readonly failure: F
  readonly watch: WatchState
}

/** An open issue of the target, as far as it tells of the same condition as a watch. */
export type OpenIssue = Pick<Issue, 'issueId' | 'ruleId' | 'affectedResourceName'>

/** Every watch of one target that runs and of which a look is known, in the order of their numbers. */
export interface WatchedFailures {
  readonly watches: readonly WatchedTargetFailure<FailureFacts>[]
  /** Of the target, where a watch fails; else none is looked for. */
  readonly openIssues: readonly OpenIssue[]
}

/** Instruments that read the store and not the target. */
export interface StoreSnapshots {
  readonly reportedFailures: ReportedFailureWindow
  readonly watchedFailures: WatchedFailures
}
