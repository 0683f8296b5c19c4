/**
 * How many distinct values a population has, judged from a random sample of its rows.
 * Estimator Duj1 of P. J. Haas and L. Stokes, "Estimating the Number of Classes in a Finite Population", Journal of
 * the American Statistical Association 93 (1998), which PostgreSQL's ANALYZE uses too.
 */

/** How often each value was seen in a sample. */
export interface SampleCounts {
  /** Rows in the sample. */
  readonly rows: number
  /** Times each distinct value was seen. */
  readonly counts: readonly number[]
}

/** Counts values by equality of their text. */
export function countValues(values: readonly string[]): SampleCounts {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return { rows: values.length, counts: [...counts.values()] }
}

/**
 * Estimated distinct values among `population` rows: n·d / (n − f₁ + f₁·n/N), with n rows sampled, d values seen
 * and f₁ of them seen once; never fewer than were seen nor more than there are rows. Exact when the sample is the
 * whole. It guesses low on heavily skewed data, and where rows close by share values and were sampled together.
 */
export function estimateDistinct({ rows, counts }: SampleCounts, population: number): number {
  const seen = counts.length
  if (rows === 0 || rows >= population) return seen
  const once = counts.filter((count) => count === 1).length
  const estimate = (rows * seen) / (rows - once + (once * rows) / population)
  return Math.min(population, Math.max(seen, Math.round(estimate)))
}

/** Share of the commonest value, 0..1. A value seen once says nothing of its share, so then all are taken as equal. */
export function topShare(sample: SampleCounts, population: number): number | null {
  if (sample.rows === 0) return null
  const most = sample.counts.reduce((high, count) => Math.max(high, count), 0)
  return most > 1 ? most / sample.rows : 1 / Math.max(1, estimateDistinct(sample, population))
}
