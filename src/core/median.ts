/** The middle of some figures, as every part that compares windows means it. */

/** Median, in the unit of the values; 0 for none. */
export function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort()
  const upper = sorted[sorted.length >> 1] ?? 0
  const lower = sorted[(sorted.length - 1) >> 1] ?? upper
  return (lower + upper) / 2
}
