/**
 * Platt scaling of confidence (Platt 1999, with the smoothed targets of Lin, Lin and Weng 2007), pulled
 * towards the identity so that few records change little. Fitted by Newton's method on two parameters.
 */
import { type CalibrationMap, calibrate, logit, sigmoid } from '../../core/calibration.ts'

/** One completed record: what was predicted and whether it came true. */
export interface Prediction {
  readonly confidence: number
  readonly resolved: boolean
}

/** Fewest records a calibrator is fitted from; below, the identity is kept. */
export const FEWEST_RECORDS = 30
/** Strength of the pull towards slope 1 and intercept 0, in records' worth of curvature. */
export const PULL = 4

/** Mean squared difference of prediction and outcome (Brier 1950); null for none. */
export function brier(
  predictions: readonly Prediction[],
  map: CalibrationMap = { method: 'identity' },
): number | null {
  if (predictions.length === 0) return null
  const sum = predictions.reduce((t, p) => t + (calibrate(p.confidence, map) - (p.resolved ? 1 : 0)) ** 2, 0)
  return sum / predictions.length
}

/** The fitted map; the identity below 30 records or if it does not beat it on the newest fifth. */
export function fitPlatt(predictions: readonly Prediction[]): CalibrationMap {
  if (predictions.length < FEWEST_RECORDS) return { method: 'identity' }
  const held = Math.max(6, Math.floor(predictions.length / 5))
  const trained = newton(predictions.slice(0, -held))
  const newest = predictions.slice(-held)
  const better = (brier(newest, trained) ?? 1) < (brier(newest) ?? 0)
  return better ? newton(predictions) : { method: 'identity' }
}

function newton(predictions: readonly Prediction[]): CalibrationMap {
  const positives = predictions.filter((p) => p.resolved).length
  const high = (positives + 1) / (positives + 2)
  const low = 1 / (predictions.length - positives + 2)
  let slope = 1
  let intercept = 0
  for (let round = 0; round < 50; round += 1) {
    let ga = PULL * (slope - 1)
    let gb = PULL * intercept
    let haa = PULL
    let hab = 0
    let hbb = PULL
    for (const p of predictions) {
      const x = logit(p.confidence)
      const q = sigmoid(slope * x + intercept)
      const d = q - (p.resolved ? high : low)
      const w = q * (1 - q)
      ga += d * x
      gb += d
      haa += w * x * x
      hab += w * x
      hbb += w
    }
    const det = haa * hbb - hab * hab
    const da = (hbb * ga - hab * gb) / det
    const db = (haa * gb - hab * ga) / det
    slope -= da
    intercept -= db
    if (Math.abs(da) + Math.abs(db) < 1e-9) break
  }
  return { method: 'platt', slope: Math.max(0.05, slope), intercept }
}
