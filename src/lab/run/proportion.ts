/** Counts as shares with their uncertainty. */

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
