/**
 * How much an action changed a metric: medians of window means after against before, minus what happened to
 * statement classes it did not touch (difference in differences), with a bootstrap interval. Everything is
 * done on logarithms, so that halving and doubling weigh alike.
 */
import { normalDraw, seededRandom } from './random.ts'

/** Means of one series in windows before and after, in time order. */
export interface WindowMeans {
  readonly before: readonly number[]
  readonly after: readonly number[]
}

/** The measured effect, percent improvement (positive is better), with its 95 % interval. */
export interface Effect {
  readonly medianBefore: number
  readonly medianAfter: number
  readonly improvementPercent: number
  readonly lowPercent: number
  readonly highPercent: number
  /** Median change of the controls, percent (positive: they got better too). */
  readonly controlPercent: number
  readonly controls: number
}

/** Resamples of the bootstrap (Efron 1979); 2,000 puts the interval's ends within about a percent. */
export const RESAMPLES = 2000
/** Controls wanted; each one missing is replaced by a draw of what untouched classes usually do. */
export const WANTED_CONTROLS = 5
/** Standard deviation, in log, of that draw: untouched classes wander by about a fifth. */
export const MISSING_CONTROL_SPREAD = 0.2

/** Median; 0 for none. */
export function median(values: readonly number[]): number {
  if (values.length === 0) return 0
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2
}

/**
 * The effect on `affected`, controls subtracted.
 * @param options.floor added to every mean, so that a metric may fall to zero; same unit as the metric.
 */
export function measureEffect(
  affected: WindowMeans,
  controls: readonly WindowMeans[],
  options: { readonly lowerIsBetter: boolean; readonly seed: number; readonly floor: number },
): Effect {
  const { floor } = options
  const sign = options.lowerIsBetter ? -1 : 1
  const change = (m: WindowMeans): number => Math.log((median(m.after) + floor) / (median(m.before) + floor))
  const shifts = controls.map(change)
  const missing = Math.max(0, WANTED_CONTROLS - shifts.length)
  const shift = median([...shifts, ...new Array<number>(missing).fill(0)])
  const random = seededRandom(options.seed)
  const draws: number[] = []
  for (let i = 0; i < RESAMPLES; i += 1) {
    const sampled = change({
      before: resample(affected.before, random),
      after: resample(affected.after, random),
    })
    const sampledShifts = resample(controls, random).map((c) =>
      change({ before: resample(c.before, random), after: resample(c.after, random) }),
    )
    const imagined = Array.from({ length: missing }, () => normalDraw(random) * MISSING_CONTROL_SPREAD)
    draws.push(sampled - median([...sampledShifts, ...imagined]))
  }
  draws.sort((a, b) => a - b)
  const ends = [quantile(draws, 0.025), quantile(draws, 0.975)].map((d) => toPercent(sign * d))
  return {
    medianBefore: median(affected.before),
    medianAfter: median(affected.after),
    improvementPercent: toPercent(sign * (change(affected) - shift)),
    lowPercent: Math.min(...ends),
    highPercent: Math.max(...ends),
    controlPercent: toPercent(sign * shift),
    controls: controls.length,
  }

  /** A log change in the good direction as percent improvement: for lower-is-better, 1 - after/before. */
  function toPercent(good: number): number {
    return options.lowerIsBetter ? 100 * (1 - Math.exp(-good)) : 100 * (Math.exp(good) - 1)
  }
}

function resample<T>(values: readonly T[], random: () => number): T[] {
  return values.map(() => values[Math.floor(random() * values.length)] as T)
}

function quantile(sorted: readonly number[], q: number): number {
  const at = (sorted.length - 1) * q
  const low = sorted[Math.floor(at)] ?? 0
  const high = sorted[Math.ceil(at)] ?? low
  return low + (high - low) * (at - Math.floor(at))
}
