/** Order statistics, a line through points, and a bootstrap interval: what the benches print instead of averages alone. */
import { seededRandom } from '../../src/core/random.ts'

/**
 * The quantile `q` (0..1), interpolated between neighbours (Hyndman and Fan 1996, type 7: the default of R and NumPy).
 * @throws RangeError of no values, or of a `q` outside 0..1.
 */
export function quantile(values: readonly number[], q: number): number {
  if (!(q >= 0 && q <= 1)) throw new RangeError(`a quantile is from 0 to 1, not ${q}`)
  const sorted = values.toSorted((a, b) => a - b)
  const position = (sorted.length - 1) * q
  const [low, high] = [sorted[Math.floor(position)], sorted[Math.ceil(position)]]
  if (low === undefined || high === undefined) throw new RangeError('no values have no quantile')
  return low + (high - low) * (position - Math.floor(position))
}

/** What is printed of a set of durations; unit of the values. */
export interface Spread {
  readonly n: number
  readonly median: number
  readonly p95: number
  readonly max: number
}

/** The spread of the values; null of none. */
export function spreadOf(values: readonly number[]): Spread | null {
  if (values.length === 0) return null
  return {
    n: values.length,
    median: quantile(values, 0.5),
    p95: quantile(values, 0.95),
    max: Math.max(...values),
  }
}

/** Slope of the least-squares line through points (x, y), unit y per unit x; null if all have one x. */
export function slopeOf(points: readonly (readonly [x: number, y: number])[]): number | null {
  const n = points.length
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / n
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / n
  const spread = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0)
  if (!(spread > 0)) return null
  return points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / spread
}

/** A ratio with its 95 % interval. */
export interface RatioInterval {
  readonly ratio: number
  readonly low: number
  readonly high: number
  readonly pairs: number
}

const RESAMPLES = 10_000

/**
 * The geometric mean of ratios, one a pair, with the 95 % percentile interval of a bootstrap over whole pairs (Efron
 * and Tibshirani 1993, chapter 13). With few pairs such intervals are somewhat too narrow; n stands beside them.
 * @throws RangeError of no ratios, or of one that is not above 0.
 */
export function ratioInterval(ratios: readonly number[], seed: number): RatioInterval {
  if (ratios.length === 0 || ratios.some((r) => !(r > 0))) throw new RangeError('ratios are above 0')
  const logs = ratios.map(Math.log)
  const random = seededRandom(seed)
  const draw = (): number => logs[Math.floor(random() * logs.length)] ?? 0
  const mean = (list: readonly number[]): number => list.reduce((sum, x) => sum + x, 0) / list.length
  const means = Array.from({ length: RESAMPLES }, () => mean(logs.map(draw)))
  return {
    ratio: Math.exp(mean(logs)),
    low: Math.exp(quantile(means, 0.025)),
    high: Math.exp(quantile(means, 0.975)),
    pairs: ratios.length,
  }
}
