/** An interval for a rate, so that 1 of 1 is not shown as certainty. */

/** z of a two-sided 95 % interval. */
const Z = 1.959963984540054

/**
 * Wilson's score interval (Wilson 1927, JASA 22:209) of `hits` out of `n`, 95 %; null if n is 0.
 * @throws RangeError unless 0 <= hits <= n.
 */
export function wilsonInterval(
  hits: number,
  n: number,
): { readonly low: number; readonly high: number } | null {
  if (!(hits >= 0 && hits <= n)) throw new RangeError(`${hits} of ${n} is not a share`)
  if (n === 0) return null
  const share = hits / n
  const scale = 1 + Z ** 2 / n
  const centre = share + Z ** 2 / (2 * n)
  const spread = Z * Math.sqrt((share * (1 - share) + Z ** 2 / (4 * n)) / n)
  return {
    low: Math.max(0, (centre - spread) / scale),
    high: Math.min(1, (centre + spread) / scale),
  }
}
