/** What a stored calibrator does with a raw confidence. */
import type { CalibrationMap } from '../core/calibration.ts'
import type { Calibrator } from '../core/store-ports.ts'

/** The map a stored calibrator stands for; anything but a whole Platt fit is the identity. */
export function mapOf(calibrator: Calibrator | undefined): CalibrationMap {
  const fit = calibrator?.coefficients as
    | { readonly slope?: unknown; readonly intercept?: unknown }
    | null
    | undefined
  if (calibrator?.method !== 'platt' || typeof fit?.slope !== 'number' || typeof fit.intercept !== 'number') {
    return { method: 'identity' }
  }
  return { method: 'platt', slope: fit.slope, intercept: fit.intercept }
}
