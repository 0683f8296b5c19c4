/** How far confidence can be believed: bins of predicted against observed, with Wilson intervals. */
import type { Prediction } from './platt.ts'

/** One bin of a reliability diagram. */
export interface ReliabilityBin {
  readonly from: number
  readonly to: number
  readonly n: number
  readonly meanPredicted: number
  readonly observed: number
  readonly low: number
  readonly high: number
}

/** 95 % interval of a proportion (Wilson 1927). @param n trials, at least 1. */
export function wilson(successes: number, n: number): { readonly low: number; readonly high: number } {
  const z = 1.959964
  const p = successes / n
  const centre = (p + (z * z) / (2 * n)) / (1 + (z * z) / n)
  const half = (z / (1 + (z * z) / n)) * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n))
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) }
}

/** Bins of equal width that hold at least one record. */
export function reliability(predictions: readonly Prediction[], bins = 10): readonly ReliabilityBin[] {
  const rows: ReliabilityBin[] = []
  for (let i = 0; i < bins; i += 1) {
    const from = i / bins
    const to = (i + 1) / bins
    const inside = predictions.filter(
      (p) => p.confidence >= from && (p.confidence < to || (i === bins - 1 && p.confidence === 1)),
    )
    if (inside.length === 0) continue
    const resolved = inside.filter((p) => p.resolved).length
    rows.push({
      from,
      to,
      n: inside.length,
      meanPredicted: inside.reduce((t, p) => t + p.confidence, 0) / inside.length,
      observed: resolved / inside.length,
      ...wilson(resolved, inside.length),
    })
  }
  return rows
}

/** Expected calibration error: bins' distance from the diagonal, weighted by size. Biased upwards below 500 records. */
export function expectedCalibrationError(predictions: readonly Prediction[], bins = 10): number | null {
  if (predictions.length === 0) return null
  return reliability(predictions, bins).reduce(
    (t, b) => t + (b.n / predictions.length) * Math.abs(b.meanPredicted - b.observed),
    0,
  )
}
