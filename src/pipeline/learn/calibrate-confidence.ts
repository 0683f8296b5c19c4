/** Refits the calibrator from reviewed and measured outcomes, at most once a week, and keeps each version. */
import type { Json } from '../../core/canonical.ts'
import type { Log } from '../../core/log.ts'
import type { LearnPort } from '../../core/store-ports.ts'
import { toMs } from '../../core/time.ts'
import { brier, FEWEST_RECORDS, fitPlatt, type Prediction } from './platt.ts'

/** Days between two fits. */
export const REFIT_DAYS = 7

/** Fits and stores a new calibrator if one is due. Gives its version, or null. */
export async function calibrateConfidence(port: LearnPort, log: Log): Promise<number | null> {
  const [newest] = await port.read.calibrators()
  const now = toMs(await port.read.now())
  if (newest !== undefined && now - toMs(newest.fittedAt) < REFIT_DAYS * 86_400_000) return null
  const predictions: Prediction[] = (await port.outcomes(5000))
    .toReversed()
    .flatMap((o) =>
      o.resolved === null ? [] : [{ confidence: o.predictedConfidence, resolved: o.resolved }],
    )
  if (predictions.length < FEWEST_RECORDS) return null
  const map = fitPlatt(predictions)
  const version = await port.insertCalibrator({
    method: map.method,
    coefficients: map as unknown as Json,
    records: predictions.length,
    brier: brier(predictions, map),
  })
  log({
    level: 'info',
    stage: 'learn',
    message: 'calibrator fitted',
    version,
    method: map.method,
    records: predictions.length,
  })
  return version
}
