/** What applications report of one target's errors, in windows: how a detector sees it, and the counts windows are made of. */
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

/** Instruments that read the store and not the target. */
export interface StoreSnapshots {
  readonly reportedFailures: ReportedFailureWindow
}
