/** Counts, means and medians with their uncertainty. */

/** So many of so many. */
export interface Proportion {
  readonly hits: number
  readonly of: number
}

/** 97.5th percentile of the standard normal distribution. */
const Z = 1.959963984540054

/** The 95 % interval of a share by Wilson's score (1927), 0..1; null of nothing. */
export function wilson({ hits, of }: Proportion): readonly [number, number] | null {
  if (of === 0) return null
  const p = hits / of
  const spread = (Z * Math.sqrt((p * (1 - p)) / of + (Z * Z) / (4 * of * of))) / (1 + (Z * Z) / of)
  const middle = (p + (Z * Z) / (2 * of)) / (1 + (Z * Z) / of)
  return [Math.max(0, middle - spread), Math.min(1, middle + spread)]
}

/** `0.97 (34 of 35; 0.85 to 0.99)`. */
export function proportionText(p: Proportion): string {
  const interval = wilson(p)
  if (interval === null) return '- (none)'
  const [low, high] = interval
  return `${(p.hits / p.of).toFixed(2)} (${p.hits} of ${p.of}; ${low.toFixed(2)} to ${high.toFixed(2)})`
}

/** The value below which the share `q` of the values lies (nearest rank); null of nothing. */
export function quantile(values: readonly number[], q: number): number | null {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))] ?? null
}

/** 97.5th percentiles of Student's t by degrees of freedom 1 to 30; beyond, the normal's (error under 4 %). */
const T975 = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131,
  2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
]

/** A mean with its 95 % interval; the interval is null of a single value, which says nothing of its spread. */
export interface Mean {
  readonly mean: number
  readonly interval: readonly [number, number] | null
  readonly n: number
}

/** Mean and Student's interval (1908) of values that differ by seed; null of nothing. */
export function meanOf(values: readonly number[]): Mean | null {
  const n = values.length
  if (n === 0) return null
  const mean = values.reduce((s, v) => s + v, 0) / n
  if (n === 1) return { mean, interval: null, n }
  const variance = values.reduce((s, v) => s + (v - mean) ** 2, 0) / (n - 1)
  const half = (T975[n - 2] ?? Z) * Math.sqrt(variance / n)
  return { mean, interval: [mean - half, mean + half], n }
}

/**
 * The 95 % interval of a median by order statistics, with no assumption about the distribution (Thompson 1936): the
 * k-th value from either end, k the largest for which a binomial(n, 1/2) is below it with at most 2.5 %. Null below
 * six values, of which no pair reaches 95 %.
 */
export function medianInterval(values: readonly number[]): readonly [number, number] | null {
  const sorted = [...values].sort((a, b) => a - b)
  const n = sorted.length
  let [below, term] = [0, 0.5 ** n]
  let k = 0
  while (k < n && below + term <= 0.025) {
    below += term
    term *= (n - k) / (k + 1)
    k += 1
  }
  const [low, high] = [sorted[k - 1], sorted[n - k]]
  return k === 0 || low === undefined || high === undefined ? null : [low, high]
}
