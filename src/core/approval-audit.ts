/** How people approve, and from when on that looks like a rubber stamp. A warning is a question to ask, never a refusal. */
import type { ApproveReason, DeclineReason } from './vocabulary.ts'

/** From when on, and why there. All limits of the approval audit stand here. */
export const RUBBER_STAMP_LIMITS = {
  MANY_AN_HOUR: {
    limit: 60,
    unit: 'approvals',
    leastApprovals: 60,
    why: 'one a minute for an hour leaves no time to read what is approved, nor for anything else',
  },
  READ_QUICKLY: {
    limit: 20,
    unit: 's',
    leastApprovals: 5,
    why: 'people read 238 words a minute (Brysbaert 2019, doi 10.1016/j.jml.2019.104047), so 80 in 20 s; statement, evidence, forecast and undo of a plan are more',
  },
  NEVER_DECLINES: {
    limit: 0,
    unit: 'declined',
    leastApprovals: 20,
    why: 'not one of 20 plans or more was wrong, badly timed or unsafe',
  },
  ONE_REASON: {
    limit: 1,
    unit: 'reasons',
    leastApprovals: 20,
    why: 'the same reason for 20 approvals or more is chosen, not thought of',
  },
} as const satisfies Readonly<Record<string, RubberStampLimit>>

/** A limit. */
export interface RubberStampLimit {
  readonly limit: number
  readonly unit: string
  /** Fewer approvals than this say nothing. */
  readonly leastApprovals: number
  readonly why: string
}

/** What a warning is about. */
export type RubberStampCode = keyof typeof RUBBER_STAMP_LIMITS
/** A limit for each. */
export type RubberStampLimits = Readonly<Record<RubberStampCode, RubberStampLimit>>
/** Every code. */
export const RUBBER_STAMP_CODES = Object.keys(RUBBER_STAMP_LIMITS) as [RubberStampCode, ...RubberStampCode[]]

/** How one person voted over some days; uses of standing approvals are nobody's vote and are not among it. */
export interface ApproverRecord {
  readonly userName: string
  /** Votes for a plan, the first of two on HIGH risk too. */
  readonly approved: number
  readonly declined: number
  /** Of all votes, percent. */
  readonly declinedPercent: number
  /** Most approvals within any 60 minutes. */
  readonly approvalsInBusiestHour: number
  /** From opening the evidence in the panel to approving, seconds; null: it was not opened there. */
  readonly medianReadingSeconds: number | null
  /** Approvals whose reading time is known. */
  readonly readings: number
  /** Most used first. */
  readonly reasons: readonly { readonly key: ApproveReason | DeclineReason; readonly count: number }[]
  readonly warnings: readonly {
    readonly code: RubberStampCode
    readonly limit: number
    readonly unit: string
    readonly why: string
  }[]
}
