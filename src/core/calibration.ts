/**
 * Confidence: the probability that an issue is resolved within its verification window, given this action
 * in this context, and nothing else. Two layers: a base rate learned from outcomes by levels, and evidence
 * in log-odds on top; then a calibrator fitted by the learn stage.
 */

/** Counted outcomes of one place in the level tree; forgetting makes the counts fractional. */
export interface Outcomes {
  /** Resolved. */
  readonly successes: number
  /** Resolved or not; undecided ones are not counted. */
  readonly trials: number
}

/** The shipped prior, Beta(4, 4): half of what is tried helps, known as well as eight trials would tell. */
export const SHIPPED_PRIOR: Outcomes = { successes: 4, trials: 8 }

/** Half-life of an outcome's weight, days. */
export const OUTCOME_HALF_LIFE_DAYS = 180

/** Weight of an outcome `ageDays` old: exponential forgetting with the half-life above. */
export const outcomeWeight = (ageDays: number): number =>
  2 ** (-Math.max(0, ageDays) / OUTCOME_HALF_LIFE_DAYS)

/**
 * The base rate at the last of `levels` (global first, most specific last): at each level
 * `(successes + s * mean of the level above) / (trials + s)`, starting from the shipped prior.
 * @param strength `s`, how many trials the level above is worth; 2..200, 8 until it is estimated.
 */
export function hierarchicalRate(levels: readonly Outcomes[], strength = 8): number {
  const s = Math.min(200, Math.max(2, strength))
  let mean = SHIPPED_PRIOR.successes / SHIPPED_PRIOR.trials
  let weight = SHIPPED_PRIOR.trials
  for (const level of levels) {
    mean = (level.successes + weight * mean) / (level.trials + weight)
    weight = s
  }
  return mean
}

/** Log-odds of a probability, which is first kept within 0.001 and 0.999. */
export function logit(p: number): number {
  const bounded = Math.min(0.999, Math.max(0.001, p))
  return Math.log(bounded / (1 - bounded))
}

/** The probability of log-odds. */
export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))

/** Log-odds all of a rule's evidence is worth when every piece of it was found. */
export const FULL_EVIDENCE_LOG_ODDS = 2

/** Raw confidence: base rate, full evidence, and the weighed reasons for and against. Within 0..1. */
export function rawConfidence(baseRate: number, weights: readonly number[]): number {
  return sigmoid(weights.reduce((sum, w) => sum + w, logit(baseRate) + FULL_EVIDENCE_LOG_ODDS))
}

/** How raw confidence becomes calibrated confidence. */
export type CalibrationMap =
  | { readonly method: 'identity' }
  /** Platt scaling: sigmoid(slope * logit(raw) + intercept). */
  | { readonly method: 'platt'; readonly slope: number; readonly intercept: number }

/** Calibrated confidence, within 0.01..0.99: certainty is never claimed. */
export function calibrate(raw: number, map: CalibrationMap): number {
  const value = map.method === 'identity' ? raw : sigmoid(map.slope * logit(raw) + map.intercept)
  return Math.min(0.99, Math.max(0.01, value))
}
