/**
 * How much an action changed a metric: medians of window means after against before, minus what happened to
 * statement classes it did not touch (difference in differences), with a bootstrap interval. Everything is
 * done on logarithms, so that halving and doubling weigh alike.
 *
 * With one affected class no bootstrap of it says how far a class wanders between two windows by itself. How far the
 * untouched ones wandered apart in the same time does (inference with few treated groups, Conley and Taber 2011).
 */
import { median } from '../../core/median.ts'
import { normalDraw, seededRandom } from '../../core/random.ts'
import { CONTROL_FLOOR_MS, NORMAL_BY_MEDIAN } from './course.ts'
import { medianResampler } from './resampled-median.ts'

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
/** Resamples kept of each control; a draw takes one of them. */
const CONTROL_RESAMPLES = 400
/** Controls wanted; each one missing is replaced by a draw of what untouched classes usually do. */
export const WANTED_CONTROLS = 5
/** Standard deviation, in log, of that draw: untouched classes wander by about a fifth. */
export const MISSING_CONTROL_SPREAD = 0.2

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
  const random = seededRandom(options.seed)
  const shifts = controls.map((c) => logChange(c, CONTROL_FLOOR_MS))
  const missing = Math.max(0, WANTED_CONTROLS - shifts.length)
  const shift = median([...shifts, ...new Array<number>(missing).fill(0)])
  const drawOwn = changeResampler(affected, floor, random)
  const resampled = controls.map((c) => resamplesOf(c, random))
  const drawShift = shiftResampler(resampled, missing, random)
  const wander = wanderOf(shifts, resampled, missing)
  const [low, high] = interval(() => drawOwn() - drawShift() + normalDraw(random) * wander)
  const ends = [low, high].map((d) => toPercent(sign * d))
  return {
    medianBefore: median(affected.before),
    medianAfter: median(affected.after),
    improvementPercent: toPercent(sign * (logChange(affected, floor) - shift)),
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

/**
 * Standard deviation, in log, of how far classes wander apart by themselves between the two windows: the spread of the
 * changes of untouched ones, less what chance within their windows explains; by medians, so that one that went its own way
 * counts little. Controls that are missing are taken to wander by a fifth.
 */
function wanderOf(shifts: readonly number[], resampled: readonly Float64Array[], missing: number): number {
  const n = shifts.length
  const middle = median(shifts)
  // The small-sample correction of that spread (Croux and Rousseeuw 1992).
  const spread = NORMAL_BY_MEDIAN * (n / (n - 0.8)) * median(shifts.map((shift) => Math.abs(shift - middle)))
  const byChance = median(resampled.map(varianceOf))
  const seen = n < 2 ? 0 : Math.max(0, spread ** 2 - byChance)
  // Of few controls the spread is known badly: Student's law has the wider tails, and this is its variance.
  const known = n > 4 ? (n - 1) / (n - 3) : 1
  return Math.sqrt((n * seen * known + missing * MISSING_CONTROL_SPREAD ** 2) / Math.max(1, n + missing))
}

function varianceOf(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
}

const logChange = (m: WindowMeans, floor: number): number =>
  Math.log((median(m.after) + floor) / (median(m.before) + floor))

function changeResampler(m: WindowMeans, floor: number, random: () => number): () => number {
  const before = medianResampler(m.before, random)
  const after = medianResampler(m.after, random)
  return () => Math.log((after() + floor) / (before() + floor))
}

const resamplesOf = (control: WindowMeans, random: () => number): Float64Array =>
  Float64Array.from({ length: CONTROL_RESAMPLES }, changeResampler(control, CONTROL_FLOOR_MS, random))

/** The median change of controls drawn with replacement, each from its own resamples, and of imagined ones. */
function shiftResampler(
  resampled: readonly Float64Array[],
  missing: number,
  random: () => number,
): () => number {
  const one = (from: Float64Array): number => from[Math.floor(random() * from.length)] ?? 0
  return () =>
    median([
      ...resampled.map(() => one(resampled[Math.floor(random() * resampled.length)] ?? new Float64Array(1))),
      ...Array.from({ length: missing }, () => normalDraw(random) * MISSING_CONTROL_SPREAD),
    ])
}

/** The middle 95 % of resampled values. */
function interval(draw: () => number): readonly [number, number] {
  const draws = Float64Array.from({ length: RESAMPLES }, draw).sort()
  return [quantile(draws, 0.025), quantile(draws, 0.975)]
}

function quantile(sorted: Float64Array, q: number): number {
  const at = (sorted.length - 1) * q
  const low = sorted[Math.floor(at)] ?? 0
  const high = sorted[Math.ceil(at)] ?? low
  return low + (high - low) * (at - Math.floor(at))
}
