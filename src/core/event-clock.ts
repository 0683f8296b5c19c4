/**
 * An event's window is on its target's clock, and the store's own time says when it was recorded; samples are shifted to the
 * store's clock before they are stored. Whoever lays an event beside samples, or a run, brings its window over first.
 */
import type { DetectionEvent } from './nouns.ts'
import { CLOCK_TOLERANCE_MS, fromMs, toMs, type UtcTime } from './time.ts'

/**
 * How far the store's clock is from the one an event's window is on, ms, at most: how long the event took to be recorded is in
 * it. 0 where they agree as for samples.
 */
export function clockShift({
  recordedAt,
  windowEnd,
}: Pick<DetectionEvent, 'recordedAt' | 'windowEnd'>): number {
  const shift = toMs(recordedAt) - toMs(windowEnd)
  return Math.abs(shift) <= CLOCK_TOLERANCE_MS ? 0 : shift
}

/**
 * When an event's window began, on the store's clock. Where the clocks differ, half a window is given for the time it took to
 * be recorded, which is not known.
 */
export function beganOnOurs(
  event: Pick<DetectionEvent, 'recordedAt' | 'windowStart' | 'windowEnd'>,
): UtcTime {
  const shift = clockShift(event)
  const startMs = toMs(event.windowStart)
  return shift === 0 ? event.windowStart : fromMs(startMs + shift - 0.5 * (toMs(event.windowEnd) - startMs))
}
