/**
 * Suppressions: for a bounded time one condition (a rule on a resource of one server) opens no issue on one target.
 * Its events are recorded all the same; what would have opened is counted.
 */
import type { After, Page } from './browse-port.ts'
import { toMs, type UtcTime } from './time.ts'
import type { IssueCategory, Severity } from './vocabulary.ts'

const DAY_SECONDS = 86_400
/** A suppression is for at least a minute, seconds: a shorter one would be over before the next window. */
export const SUPPRESSION_SECONDS_LEAST = 60
/** A suppression ends by itself after at most this long, seconds: 90 days. The store enforces it (GOV-116). */
export const SUPPRESSION_SECONDS_MOST = 90 * DAY_SECONDS
/** One that holds CRITICAL events too, seconds: 7 days. */
export const CRITICAL_SUPPRESSION_SECONDS_MOST = 7 * DAY_SECONDS

/**
 * Without the right to let something go on (`release`), a condition is suppressed on a target for so much of any
 * SILENT_WITHIN_SECONDS: 90 days of 180. What ran out and was said again counts; whoever holds the right has no such
 * bound, and what they suppressed does not count. The store enforces it (GOV-135), and that CRITICAL asks for the right
 * (GOV-134).
 */
export const SILENT_SECONDS_MOST = 90 * DAY_SECONDS
/** Over how long that is counted, seconds: 180 days. */
export const SILENT_WITHIN_SECONDS = 180 * DAY_SECONDS

/** The longest suppression of an issue of a severity, seconds. */
export const longestSuppression = (severity: Severity): number =>
  severity === 'CRITICAL' ? CRITICAL_SUPPRESSION_SECONDS_MOST : SUPPRESSION_SECONDS_MOST

/** A person's wish that a condition opens no issue for a while. */
export interface NewSuppression {
  /** The issue it is made from, open or ended: its condition is what is suppressed. */
  readonly issueId: number
  /** From now, by the store's clock; whole seconds. */
  readonly seconds: number
  readonly reason: string
  readonly by: string
}

/** A suppression on record. It holds while it has neither ended nor expired. */
export interface Suppression {
  readonly suppressionId: number
  /** The issue it was made from. */
  readonly issueId: number
  readonly targetId: number
  readonly targetName: string
  readonly issueFingerprint: string
  readonly issueCategory: IssueCategory
  readonly ruleId: string
  readonly affectedResourceName: string
  /** Of the issue when it was made: what is worse opens an issue all the same. */
  readonly severity: Severity
  readonly reason: string
  readonly suppressedBy: string
  readonly suppressedAt: UtcTime
  readonly expiresAt: UtcTime
  /** Who ended it early; null: nobody. */
  readonly endedBy: string | null
  readonly endedAt: UtcTime | null
  readonly isActive: boolean
  /** Issues that would have opened, one an episode: from the first windows over the limit until it cleared. */
  readonly heldCount: number
}

/** Which suppressions a page shows. Absent: all. */
export interface SuppressionQuery {
  /** Absent: of all workspaces. */
  readonly workspaceId?: number
  /** True: those that hold now; false: those that are over. */
  readonly active?: boolean
  readonly suppressionId?: number
  /** Of the condition of this issue on its target, whichever issue they were made from. */
  readonly issueId?: number
  /** `after.id`: the last one of the page before. */
  readonly after: After | null
  /** At most 200. */
  readonly limit: number
}

/** Reads of suppressions. */
export interface SuppressionReads {
  /** The newest first. */
  suppressions(query: SuppressionQuery): Promise<Page<Suppression>>
}

/** What `serve` writes. */
export interface SuppressionDesk {
  /** Gives its number. @throws DbmedicError DBM_STORE_NO_ROW, DBM_STORE_REFUSED with the rule. */
  suppress(suppression: NewSuppression): Promise<number>
  /** Ends one that holds, at once. @throws DbmedicError DBM_STORE_NO_ROW */
  endSuppression(suppressionId: number, by: string): Promise<void>
}

/**
 * How much of the last SILENT_WITHIN_SECONDS suppressions held by people without the right to release, whole seconds.
 * @param mayRelease of a login
 */
export function silentSeconds(
  past: readonly Pick<Suppression, 'suppressedAt' | 'suppressedBy' | 'expiresAt' | 'endedAt'>[],
  now: UtcTime,
  mayRelease: (userName: string) => boolean,
): number {
  const seconds = (time: UtcTime): number => Math.floor(toMs(time) / 1_000)
  const from = seconds(now) - SILENT_WITHIN_SECONDS
  return past
    .filter(({ suppressedBy }) => !mayRelease(suppressedBy))
    .map(
      ({ suppressedAt, expiresAt, endedAt }) =>
        seconds(endedAt ?? expiresAt) - Math.max(from, seconds(suppressedAt)),
    )
    .reduce((sum, each) => sum + Math.max(0, each), 0)
}

/** What holds a condition now. */
export interface Holding {
  readonly suppressionId: number
  readonly severity: Severity
  /** The newest event of the last opening it held; null: it held none yet. */
  readonly lastHeldEventId: number | null
}

/** What `reason` asks and counts before it opens an issue. */
export interface HoldingDesk {
  /** The suppression that holds this condition on this target now. */
  holding(issueFingerprint: string, targetId: number): Promise<Holding | null>
  /**
   * Counts an opening that is held, by the newest of its events; one event is counted once, whoever comes with it. False:
   * the suppression is over.
   */
  countHeld(suppressionId: number, eventId: number): Promise<boolean>
}
