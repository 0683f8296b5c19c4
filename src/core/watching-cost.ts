/**
 * What watching costs a target, as it is put on record: one sample every five minutes, over the minute before. So whoever
 * reads the store can tell it, in whichever process the target is watched.
 */
import type { ObserverCost } from './observer.ts'

/** The series of such samples. They are never folded or rolled up: each stands for its own minute. */
export const COST_SERIES = { seriesKind: 'collector', seriesKey: 'cost' } as const
/** How often one is written, ms: 288 rows a day and target. */
export const COST_EVERY_MS = 300_000
/** The time a sample is about, ms: what `Observer.cost` sums up. */
export const COST_WINDOW_MS = 60_000
/** A sample older than this says nothing about now, ms: two of three that should have come since have not. */
export const COST_STALE_MS = 900_000

/** What watching cost a target lately. */
export interface WatchingCost {
  readonly targetName: string
  /** Statement time watching took, seconds a second. */
  readonly busyRatio: number
  /** What it may take, seconds a second. */
  readonly budgetRatio: number
  /** Its share of the target's statement time, 0..1; null: the target does not tell. */
  readonly shareRatio: number | null
  /** How many instruments are skipped to stay within the budget. */
  readonly shed: number
}

/** A cost as the measures of a sample; what is not known is left out. */
export function costMeasures(cost: ObserverCost): Readonly<Record<string, number>> {
  const { busyMsPerSecond, allowedMsPerSecond, sharePercent, shed } = cost
  return {
    busyMsPerSecond,
    allowedMsPerSecond,
    ...(sharePercent === null ? {} : { sharePercent }),
    shed: shed.length,
  }
}

/** The measures of such a sample read back; null if they are not those of one. */
export function costOfMeasures(
  targetName: string,
  measures: Readonly<Record<string, unknown>>,
): WatchingCost | null {
  const { busyMsPerSecond, allowedMsPerSecond, sharePercent, shed } = measures
  if (typeof busyMsPerSecond !== 'number' || typeof allowedMsPerSecond !== 'number') return null
  return {
    targetName,
    busyRatio: busyMsPerSecond / 1000,
    budgetRatio: allowedMsPerSecond / 1000,
    shareRatio: typeof sharePercent === 'number' ? sharePercent / 100 : null,
    shed: typeof shed === 'number' ? shed : 0,
  }
}
