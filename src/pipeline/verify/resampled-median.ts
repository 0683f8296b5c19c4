/**
 * Medians of resampled window means. Neighbouring windows resemble each other, so whole blocks of them are
 * drawn (moving block bootstrap, Künsch 1989) and not single windows: single ones would make intervals too
 * narrow and find effects where nothing happened.
 */

/**
 * A function that gives the median of one resample a call. Blocks are as long as the cube root of the number
 * of values (Hall, Horowitz and Jing 1995) and wrap around. Constant memory; linear time a call.
 * @param values in time order.
 */
export function medianResampler(values: readonly number[], random: () => number): () => number {
  const n = values.length
  const order = values.map((_, i) => i).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0))
  const rankOf = new Uint32Array(n)
  for (const [rank, index] of order.entries()) rankOf[index] = rank
  const block = Math.max(1, Math.round(Math.cbrt(n)))
  const counts = new Uint32Array(n)
  const valueAt = (position: number): number => {
    let seen = 0
    for (let rank = 0; rank < n; rank += 1) {
      seen += counts[rank] ?? 0
      if (seen > position) return values[order[rank] ?? 0] ?? 0
    }
    return 0
  }
  return () => {
    counts.fill(0)
    let start = 0
    for (let i = 0; i < n; i += 1) {
      if (i % block === 0) start = Math.floor(random() * n)
      const rank = rankOf[(start + (i % block)) % n] ?? 0
      counts[rank] = (counts[rank] ?? 0) + 1
    }
    return middleOf(n, valueAt)
  }
}

function middleOf(n: number, at: (position: number) => number): number {
  if (n === 0) return 0
  const upper = at(n >> 1)
  return n % 2 === 1 ? upper : (upper + at((n >> 1) - 1)) / 2
}
