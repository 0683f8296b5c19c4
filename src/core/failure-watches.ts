/** Watches: checks of a target that a failure which comes back proposes, that a person accepts, and that can say no. */
import type { EvidenceQuestion } from './nouns.ts'
import type { Reading } from './observer.ts'
import type { UtcTime } from './time.ts'

/** What is looked at. Each is one question the observer answers already, within its own bounds. */
export const WATCH_KINDS = [
  'table-exists',
  'column-exists',
  'pending-migrations',
  'connection-headroom',
  'deadlock-rate',
  'id-headroom',
  'disk',
] as const
/** One of them. */
export type WatchKind = (typeof WATCH_KINDS)[number]

/** What a look showed. UNKNOWN: it could not be found out, which is neither good nor bad. */
export const WATCH_RESULTS = ['HOLDS', 'FAILS', 'UNKNOWN'] as const
/** One of them. */
export type WatchResult = (typeof WATCH_RESULTS)[number]

/** Seconds between two looks, at least and at most. */
export const WATCH_INTERVAL_SECONDS = { least: 600, most: 86_400 } as const
/** An accepted watch ends by itself within so many days. */
export const WATCH_DAYS_MOST = 90
/** Watches of one target that wait or run at the same time, at most: with the least interval one question a minute. */
export const WATCHES_OF_TARGET_MOST = 10
/** A failure comes back when it was seen so often: as in the schema's rule for what is kept for good (GOV-112). */
export const RECURRING_FROM = 10

/** What a watch looks at, and how often. */
export interface WatchPlan {
  readonly kind: WatchKind
  /** The object it is about: `shop.orders`; null: the target as a whole. */
  readonly subject: string | null
  readonly question: EvidenceQuestion
  /** Beyond it the look fails: percent of connections, ids or disk in use, deadlocks a minute; null where it is yes or no. */
  readonly limit: number | null
  readonly intervalSeconds: number
}

/** A watch to propose. */
export interface NewWatch extends WatchPlan {
  readonly taskId: number
  readonly targetId: number
  /** Why, at most 600 characters. */
  readonly reason: string
}

/** One look. */
export interface WatchLook {
  readonly number: number
  readonly result: WatchResult
  /** What was measured; null where nothing is, or it is not known. */
  readonly value: number | null
  /** In words, at most 600 characters. */
  readonly says: string
  readonly at: UtcTime
}

/** A watch on record. */
export interface FailureWatch extends WatchPlan {
  readonly watchId: number
  readonly targetName: string
  readonly reason: string
  readonly proposedAt: UtcTime
  /** Null: it waits for somebody to accept it, and nothing is looked at. */
  readonly acceptedBy: string | null
  readonly expiresAt: UtcTime | null
  readonly endedBy: string | null
  /** It is accepted, not ended, and not over. */
  readonly runs: boolean
  /** The newest one. */
  readonly look: WatchLook | null
}

/** A failure on a target that comes back, and of which nothing like it is watched yet. */
export interface RecurringFailure {
  readonly taskId: number
  readonly targetId: number
  /** Of the target. */
  readonly engine: string
  readonly failureType: string
  readonly object: string | null
  readonly occurrences: number
  /** Kinds that wait, run, or were ended by a person: they are not proposed again. */
  readonly watched: readonly WatchKind[]
}

/** A watch whose next look is due. */
export interface DueWatch extends WatchPlan {
  readonly watchId: number
  readonly taskId: number
  readonly targetId: number
  readonly targetName: string
  /** Of the target. */
  readonly engine: string
  /** The look before; null: there was none. */
  readonly last: WatchLook | null
}

/** A look to record. */
export interface NewLook {
  readonly watchId: number
  /** One more than the newest one's. */
  readonly number: number
  /** The question it rests on; null: none was answered. */
  readonly requestId: number | null
  readonly result: WatchResult
  readonly value: number | null
  readonly says: string
}

/** What a look is judged by. */
export interface LookedAt {
  readonly kind: WatchKind
  readonly subject: string | null
  readonly limit: number | null
  readonly last: WatchLook | null
  /** Seconds since the look before, by the store's clock; null: there was none. */
  readonly sinceLastSeconds: number | null
}

/** What a look came to. */
export type JudgedLook = Pick<WatchLook, 'result' | 'value' | 'says'>

/** Failures that may propose a watch. What proposes none is not asked for, or a page of it would hide what does. */
export interface WatchedFailures {
  readonly failureType: string
  /** Only with this code of the server. */
  readonly code?: string
  /** Only where the name of the object ends so. */
  readonly objectEndsWith?: string
}

/** What an engine knows of watches. */
export interface EngineWatches {
  readonly of: readonly WatchedFailures[]
  /** The checks that a failure proposes; none where its object is not known well enough. */
  plan(failure: { readonly failureType: string; readonly object: string | null }): readonly WatchPlan[]
  /** What an answer says. What is not known is UNKNOWN, never HOLDS. */
  judge(look: LookedAt, reading: Reading<unknown>): JudgedLook
}

/** Watches as `reason` has them. Lists are bounded. */
export interface WatchDesk {
  /** Of these failures. */
  recurring(of: readonly WatchedFailures[], most: number): Promise<readonly RecurringFailure[]>
  /** False: another process was first. @throws DbmedicError DBM_STORE_REFUSED with the rule */
  propose(watch: NewWatch): Promise<boolean>
  due(most: number): Promise<readonly DueWatch[]>
  /** False: another process was first. @throws DbmedicError DBM_STORE_REFUSED with the rule */
  record(look: NewLook): Promise<boolean>
  /** Failing watches whose failure has no open attempt and nothing was recorded for since they last held. */
  failing(most: number): Promise<readonly FailingWatch[]>
  /** Open attempts of watches that need not stay open. */
  settled(most: number): Promise<readonly SettledAttempt[]>
}

/** A watch that fails, and of which no attempt tells yet. */
export interface FailingWatch {
  readonly watchId: number
  readonly taskId: number
  readonly nextNumber: number
  readonly targetName: string
  readonly kind: WatchKind
  readonly occurrences: number
  readonly look: WatchLook
}

/** An attempt a watch began. */
export interface SettledAttempt {
  readonly attemptId: number
  readonly taskId: number
  /** The watch holds again, and nobody met the failure meanwhile. */
  readonly prevented: boolean
}

/** What a person says of watches. */
export interface WatchAcceptance {
  /** Accepts a watch for so many days. @throws DbmedicError DBM_STORE_NO_ROW; DBM_STORE_REFUSED with the rule */
  acceptWatch(wish: {
    /** Null: of whichever, at a terminal of the store. */
    readonly workspaceId: number | null
    readonly watchId: number
    readonly days: number
    readonly by: string
  }): Promise<void>
  /** Ends a watch, or declines it. @throws as `acceptWatch` */
  endWatch(wish: {
    readonly workspaceId: number | null
    readonly watchId: number
    readonly by: string
  }): Promise<void>
}
