/**
 * How much an action changed a metric: medians of window means after against before, minus what happened to
 * statement classes it did not touch (difference in differences), with a bootstrap interval. Everything is
 * done on logarithms, so that halving and doubling weigh alike.
 */
import { normalDraw, seededRandom } from '../../core/random.ts'
import { median, medianResampler } from './resampled-median.ts'

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

/** A change, percent (positive: more), with its 95 % interval. */
export interface Shift {
  readonly percent: number
  readonly lowPercent: number
  readonly highPercent: number
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
  const drawShift = shiftResampler(controls, missing, random)
  const [low, high] = interval(() => drawOwn() - drawShift())
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

/** How the mean times of untouched classes moved together; none is imagined here. */
export function measureShift(controls: readonly WindowMeans[], seed: number): Shift {
  const draw = shiftResampler(controls, 0, seededRandom(seed))
  const [low, high] = interval(draw)
  const toPercent = (log: number): number => 100 * (Math.exp(log) - 1)
  return {
    percent: toPercent(median(controls.map((c) => logChange(c, CONTROL_FLOOR_MS)))),
    lowPercent: toPercent(low),
    highPercent: toPercent(high),
  }
}

/** Added to mean times of controls, ms, so that one that rounds to zero has a logarithm. */
const CONTROL_FLOOR_MS = 1e-3

const logChange = (m: WindowMeans, floor: number): number =>
  Math.log((median(m.after) + floor) / (median(m.before) + floor))

function changeResampler(m: WindowMeans, floor: number, random: () => number): () => number {
  const before = medianResampler(m.before, random)
  const after = medianResampler(m.after, random)
  return () => Math.log((after() + floor) / (before() + floor))
}

/** The median change of controls drawn with replacement, each from its own resamples, and of imagined ones. */
function shiftResampler(
  controls: readonly WindowMeans[],
  missing: number,
  random: () => number,
): () => number {
  const draws = controls.map((c) => {
    const draw = changeResampler(c, CONTROL_FLOOR_MS, random)
    return Float64Array.from({ length: CONTROL_RESAMPLES }, draw)
  })
  const one = (from: Float64Array): number => from[Math.floor(random() * from.length)] ?? 0
  return () =>
    median([
      ...draws.map(() => one(draws[Math.floor(random() * draws.length)] ?? new Float64Array(1))),
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
