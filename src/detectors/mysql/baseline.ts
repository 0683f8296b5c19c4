/** What a figure usually is: a mean over windows that trouble moves only slowly. */

/** Mean of the figure and windows it was learned from. */
export interface Baseline {
  readonly mean: number
  readonly windows: number
}

/** Weight of an ordinary window once the baseline is learned: at 10 s windows a half-life of six minutes. */
export const ORDINARY_WEIGHT = 0.02
/**
 * Weight of a window at twice the baseline or more. A level three times as high is taken for normal after about
 * 3,600 windows, ten hours at 10 s: trouble does not become normal while a person may still be on the way to it,
 * and a change that is there to stay does not alarm for ever.
 */
export const OUTLIER_WEIGHT = 0.0001

/** The baseline after one more window. Plain mean while learning, i.e. for `learning` windows. */
export function nextBaseline(before: Baseline | null, value: number, learning: number): Baseline {
  if (before === null) return { mean: value, windows: 1 }
  const windows = Math.min(before.windows + 1, 1_000_000)
  return { mean: before.mean + weight(before, value, learning) * (value - before.mean), windows }
}

function weight(before: Baseline, value: number, learning: number): number {
  if (before.windows < learning) return 1 / (before.windows + 1)
  return value > before.mean * 2 ? OUTLIER_WEIGHT : ORDINARY_WEIGHT
}

/** A baseline out of remembered numbers; null where there are none. */
export function baselineOf(numbers: readonly number[] | undefined): Baseline | null {
  const [mean, windows] = numbers ?? []
  return mean === undefined || windows === undefined ? null : { mean, windows }
}
