/**
 * How long something takes where some cases have not ended yet: they count for as long as they have lasted. Leaving them
 * out would make a figure look the better, the worse the oldest cases are.
 */

/** One case: how long it took, or has lasted so far, in the unit of the caller. */
export interface Lasted {
  readonly time: number
  /** False: it has not ended, and lasted at least this long. */
  readonly ended: boolean
}

/** A quantile with its interval, 95 %; null: the cases do not say. */
export interface Quantile {
  readonly value: number | null
  readonly low: number | null
  readonly high: number | null
}

/** z of a two-sided 95 % interval. */
const Z = 1.959963984540054
/** Shares are sums of products of doubles: nearer than this they are equal. */
const EQUAL = 1e-9

/** The curve after one moment at which something ended: the share that still lasts, with its band. */
interface Point {
  readonly time: number
  readonly share: number
  /** Null where the curve has come to 0 and its variance is not known. */
  readonly band: { readonly low: number; readonly high: number } | null
}

/**
 * The time within which a share of the cases ends, by the estimate of Kaplan and Meier (1958, JASA 53:457); where the curve
 * stays level exactly at the share, the middle of that stretch, so that without open cases the median is the ordinary one. The
 * interval is that of Brookmeyer and Crowley (1982, Biometrics 38:29) with Greenwood’s variance on the scale of log(−log), which
 * keeps to 0..1 with few cases. A value or bound that the curve does not reach is null.
 * @param share of the cases that have ended, within 0 and 1
 */
export function quantileOf(cases: readonly Lasted[], share: number): Quantile {
  const curve = curveOf(cases)
  const left = 1 - share
  return {
    value: reached(curve, left),
    low: curve.find(({ band }) => band !== null && band.low <= left + EQUAL)?.time ?? null,
    high: curve.find(({ band }) => band !== null && band.high <= left + EQUAL)?.time ?? null,
  }
}

function reached(curve: readonly Point[], left: number): number | null {
  const at = curve.findIndex((point) => point.share <= left + EQUAL)
  const point = curve[at]
  if (point === undefined) return null
  if (Math.abs(point.share - left) > EQUAL) return point.time
  const next = curve[at + 1]
  return next === undefined ? point.time : (point.time + next.time) / 2
}

function curveOf(cases: readonly Lasted[]): readonly Point[] {
  const sorted = cases.toSorted((a, b) => a.time - b.time)
  const curve: Point[] = []
  let share = 1
  let greenwood = 0
  for (let at = 0; at < sorted.length; ) {
    const time = sorted[at]?.time ?? 0
    const atRisk = sorted.length - at
    let ended = 0
    for (; at < sorted.length && sorted[at]?.time === time; at += 1) ended += sorted[at]?.ended ? 1 : 0
    if (ended === 0) continue
    share *= 1 - ended / atRisk
    greenwood += atRisk === ended ? Number.POSITIVE_INFINITY : ended / (atRisk * (atRisk - ended))
    curve.push({ time, share, band: bandOf(share, greenwood) })
  }
  return curve
}

function bandOf(share: number, greenwood: number): Point['band'] {
  if (share <= 0 || !Number.isFinite(greenwood)) return null
  const spread = Math.exp((Z * Math.sqrt(greenwood)) / Math.abs(Math.log(share)))
  return { low: share ** spread, high: share ** (1 / spread) }
}
