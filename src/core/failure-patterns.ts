/** What applications report of their database errors: kinds of failure, the places they happen at, and how both are kept. */
import type { After, Page } from './browse-port.ts'
import type { RecoveryRecord } from './recovery-records.ts'
import type { UtcTime } from './time.ts'

/** What became of a call: the application got the error, it was repeated, or a COMMIT was never answered. */
export const FAILURE_OUTCOMES = ['thrown', 'retried', 'unknown'] as const
/** One of them. */
export type FailureOutcome = (typeof FAILURE_OUTCOMES)[number]

/** Places of one kind of failure that are kept; the last takes all others. */
export const FAILURE_SITES_MOST = 51
/** Kinds of failure a workspace keeps. */
export const FAILURE_PATTERNS_MOST = 100_000

/** A statement without its literals. */
export interface FailedStatement {
  /** Id of its class. */
  readonly fingerprint: string
  /** At most 1024 characters. */
  readonly text: string
}

/** A place in an application's code. */
export interface SourcePlace {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly function: string | null
}

/** One kind of failure. Holds no value of a statement or message. */
export interface FailureKind {
  /** 64 hex digits. */
  readonly signature: string
  readonly engine: string
  /** The engine's own code; null where none was given or found. */
  readonly code: string | null
  readonly failureType: string
  /** The table, column, constraint or other object it is about; null if none is known. */
  readonly object: string | null
  /** The message with `?` for every value. */
  readonly masked: string
}

/** Where a kind of failure happens. */
export interface FailureSite {
  /** The database it was on; null: the application did not say. */
  readonly targetId: number | null
  readonly application: string | null
  /** Null: several places beyond those that are kept, as one. */
  readonly outcome: FailureOutcome | null
  readonly statement: FailedStatement | null
  readonly place: SourcePlace | null
}

/** Failures of one kind at one place, as they are counted. */
export interface CountedFailure {
  readonly kind: FailureKind
  readonly site: FailureSite
  /** How often, at least once. */
  readonly count: number
  /** The longest a call took until it failed, ms. */
  readonly longestMs: number
}

/** A batch as it is taken. */
export interface FailureBatch {
  readonly workspaceId: number
  readonly reportedBy: string
  /** SHA-256 of who sent it and the key they chose: a batch that is sent again counts once. */
  readonly batchDigest: string
  /** SHA-256 of the request: another one under the same key is refused. */
  readonly bodyDigest: string
  /** Failures the application did not describe. */
  readonly dropped: number
  readonly failures: readonly CountedFailure[]
}

/** What became of a batch. `other`: its key was used for another one, and nothing was counted. */
export type FailureReceipt =
  | { readonly state: 'other' }
  | {
      readonly state: 'new' | 'again'
      /** Failures that were counted. */
      readonly counted: number
      /** Failures of new kinds beyond the most a workspace keeps. */
      readonly leftOut: number
    }

/** A kind of failure on record. */
export interface FailurePattern extends FailureKind {
  readonly workspaceId: number
  readonly occurrences: number
  /** Places that are kept of it. */
  readonly sites: number
  readonly firstSeenAt: UtcTime
  readonly lastSeenAt: UtcTime
}

/** A place of it on record. */
export interface SeenSite extends FailureSite {
  readonly targetName: string | null
  readonly occurrences: number
  readonly longestMs: number
  readonly firstSeenAt: UtcTime
  readonly lastSeenAt: UtcTime
}

/** Which patterns a page shows. */
export interface FailurePatternQuery {
  /** Absent: of all workspaces. */
  readonly workspaceId?: number
  /** `first`: in the order in which they were first seen. */
  readonly sort: 'first' | 'seen' | 'count'
  readonly descending: boolean
  readonly after: After | null
  readonly limit: number
  /** First digits of the signature. */
  readonly signature?: string
  readonly engine?: string
  readonly failureType?: string
  /** Only patterns with a place on this target. */
  readonly targetId?: number
}

/** One kind of failure with its places and what was done about it. */
export interface FailureDetail {
  readonly pattern: FailurePattern
  /** The most frequent first. */
  readonly sites: readonly SeenSite[]
  /** Null: nobody has looked at it yet. */
  readonly recovery: RecoveryRecord | null
}

/** Reads of what applications reported. */
export interface FailureReads {
  failurePatterns(query: FailurePatternQuery): Promise<Page<FailurePattern>>
  /** Null: it is not on record. */
  failurePattern(workspaceId: number, signature: string): Promise<FailureDetail | null>
}
