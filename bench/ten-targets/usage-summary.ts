/** What the samples of a process over time say: memory at both ends and its slope, processor time, growth of the store. */
import { quantile, slopeOf } from '../support/figures.ts'

/** One sample. */
export interface UsageSample {
  /** Since every target is watched, s. */
  readonly atSeconds: number
  readonly rssMiB: number
  readonly peakMiB: number
  /** Processor time since the process began, s. */
  readonly cpuSeconds: number
  readonly storeBytes: number
}

/** What they say. */
export interface UsageSummary {
  readonly samples: number
  readonly seconds: number
  /** Median of the first and of the last minute. */
  readonly firstMinuteMiB: number
  readonly lastMinuteMiB: number
  /** The most it ever was, between samples too. */
  readonly peakMiB: number
  /** Where what follows begins, s: memory and processor time of the beginning are another matter. */
  readonly steadyFromSeconds: number
  /** Least-squares slopes from there on; null for less than three minutes. */
  readonly slopeMiBPerHour: number | null
  readonly storeMiBPerHour: number | null
  /** Share of one core over everything since the program was started, and from `steadyFromSeconds` on, percent. */
  readonly cpuPercent: number
  readonly steadyCpuPercent: number | null
  readonly storeFirstBytes: number
  readonly storeLastBytes: number
}

/** A slope over less is the noise of a garbage collector, drawn out to an hour. */
const SLOPE_SECONDS_MIN = 180
/** The beginning: two minutes, or a fifth of a run shorter than ten. */
const BEGINNING_SECONDS = 120
const BEGINNING_SHARE = 0.2
const MINUTE_SECONDS = 60
const HOUR_SECONDS = 3600
const MIB = 2 ** 20

/**
 * Sums the samples up, oldest first.
 * @param startedSeconds how long before the first sample's zero the program was started, s
 * @throws RangeError of no samples
 */
export function summarise(samples: readonly UsageSample[], startedSeconds: number): UsageSummary {
  const [first] = samples
  const last = samples.at(-1)
  if (first === undefined || last === undefined) throw new RangeError('no samples say nothing')
  const steadyFrom = Math.min(BEGINNING_SECONDS, last.atSeconds * BEGINNING_SHARE)
  const steady = samples.filter((s) => s.atSeconds >= steadyFrom)
  const rss = (some: readonly UsageSample[]): number =>
    quantile(
      some.map((s) => s.rssMiB),
      0.5,
    )
  const perHour = (value: (s: UsageSample) => number): number | null => {
    if (last.atSeconds - steadyFrom < SLOPE_SECONDS_MIN) return null
    const slope = slopeOf(steady.map((s) => [s.atSeconds, value(s)]))
    return slope === null ? null : slope * HOUR_SECONDS
  }
  return {
    samples: samples.length,
    seconds: last.atSeconds,
    firstMinuteMiB: rss(samples.filter((s) => s.atSeconds <= first.atSeconds + MINUTE_SECONDS)),
    lastMinuteMiB: rss(samples.filter((s) => s.atSeconds >= last.atSeconds - MINUTE_SECONDS)),
    peakMiB: Math.max(...samples.map((s) => s.peakMiB)),
    steadyFromSeconds: steadyFrom,
    slopeMiBPerHour: perHour((s) => s.rssMiB),
    storeMiBPerHour: perHour((s) => s.storeBytes / MIB),
    cpuPercent: (100 * last.cpuSeconds) / (last.atSeconds + startedSeconds),
    steadyCpuPercent: cpuBetween(steady),
    storeFirstBytes: first.storeBytes,
    storeLastBytes: last.storeBytes,
  }
}

function cpuBetween(steady: readonly UsageSample[]): number | null {
  const [first] = steady
  const last = steady.at(-1)
  if (first === undefined || last === undefined || last.atSeconds <= first.atSeconds) return null
  return (100 * (last.cpuSeconds - first.cpuSeconds)) / (last.atSeconds - first.atSeconds)
}
