/**
 * Did a change begin when the action ran? Servers drift and step by themselves, and a comparison of before and after calls
 * every drift a change. A change that an action made is a step at the moment of its run: that has to explain the course at
 * least as well as a step at another moment, or a straight line, does.
 *
 * Dating of a step by least absolute deviations (Bai 1995), which bursts and outliers hardly move; moments that cannot be
 * told from the best one by the likelihood ratio belong to it too (the confidence set of Eo and Morley 2015). Neighbouring
 * windows resemble each other, so fewer of them count (first-order autocorrelation).
 */
import { median } from '../../core/median.ts'
import { type Course, sharePerWindow } from './course.ts'

/**
 * Likelihood ratio up to which a moment belongs to the 95 % confidence set of a step: the solution of
 * (1 - exp(-x/2))² = 0.95 (Eo and Morley 2015, “Likelihood-ratio-based confidence sets for the timing of structural
 * breaks”, Quantitative Economics 6).
 */
export const LIKELY_MOMENT = 7.35
/** The same from which evidence is “positive” (Kass and Raftery 1995). */
export const POSITIVE_EVIDENCE = 2
/** Points a side below which nothing can be dated. */
const FEWEST_POINTS = 4
/** Share of the points on each side of a step: one beside the very end is no step but an outlier. */
const TRIMMED = 0.05
/** What counts as the run's own step. */
export interface Tolerance {
  /** Points by which it may lie before or after the run: a cache warms up, a plan spreads. */
  readonly earlier: number
  readonly later: number
  /** Likelihood ratios by which another moment, or a straight line, may be better. */
  readonly otherMoment: number
  readonly line: number
}

/** A loss accuses the action, and in doubt it is not accused: no other moment and no straight line may explain it better. */
export const LOSS_BEGINS: Tolerance = { earlier: 1, later: 2, otherMoment: POSITIVE_EVIDENCE, line: 0 }

/** True if a step at the run explains the course; also where it is too short to be dated. */
export function beganThen(course: Course, tolerance: Tolerance): boolean {
  const { before, after } = course
  if (before.logs.length < FEWEST_POINTS || after.logs.length < FEWEST_POINTS) return true
  const values = [...before.logs, ...after.logs]
  const run = before.logs.length
  const edge = Math.max(1, Math.floor(values.length * TRIMMED))
  const losses = stepLosses(values)
  const moments = Array.from({ length: values.length - 2 * edge + 1 }, (_, i) => i + edge)
  const best = smallest(losses, moments)
  const near = smallest(
    losses,
    moments.filter((k) => k >= run - tolerance.earlier && k <= run + tolerance.later),
  )
  if (near === undefined || best === undefined) return true
  const counted = values.length * sharePerWindow(residuals(values, best.at))
  const ratio = (loss: number, than: number): number => 2 * counted * Math.log((loss + TINY) / (than + TINY))
  return (
    ratio(near.loss, best.loss) <= tolerance.otherMoment &&
    ratio(near.loss, lineLoss(values)) <= tolerance.line
  )
}

const TINY = 1e-9

interface Dated {
  readonly at: number
  readonly loss: number
}

function smallest(losses: readonly number[], moments: readonly number[]): Dated | undefined {
  let found: Dated | undefined
  for (const at of moments) {
    const loss = losses[at] ?? Number.POSITIVE_INFINITY
    if (found === undefined || loss < found.loss) found = { at, loss }
  }
  return found
}

/** For a step before point k: the sum of absolute deviations from the medians of both sides. */
function stepLosses(values: readonly number[]): number[] {
  const left = growingLosses(values)
  const right = growingLosses(values.toReversed()).reverse()
  return left.map((loss, k) => loss + (right[k] ?? 0))
}

/** The sum of absolute deviations of the first k values from their median, for every k from 0 on. */
function growingLosses(values: readonly number[]): number[] {
  const sorted: number[] = []
  const losses = [0]
  for (const value of values) {
    let at = sorted.length
    while (at > 0 && (sorted[at - 1] ?? 0) > value) at -= 1
    sorted.splice(at, 0, value)
    const middle = sorted.length >> 1
    let loss = 0
    for (const [i, one] of sorted.entries()) loss += i < middle ? -one : one
    losses.push(sorted.length % 2 === 1 ? loss - (sorted[middle] ?? 0) : loss)
  }
  return losses
}

/** The same sum for the straight line of Theil and Sen: the median of the slopes of all pairs. */
function lineLoss(values: readonly number[]): number {
  const slopes: number[] = []
  for (let i = 0; i < values.length; i += 1)
    for (let j = i + 1; j < values.length; j += 1)
      slopes.push(((values[j] ?? 0) - (values[i] ?? 0)) / (j - i))
  const slope = median(slopes)
  const level = median(values.map((value, i) => value - slope * i))
  return values.reduce((loss, value, i) => loss + Math.abs(value - slope * i - level), 0)
}

function residuals(values: readonly number[], step: number): number[] {
  const first = median(values.slice(0, step))
  const then = median(values.slice(step))
  return values.map((value, i) => value - (i < step ? first : then))
}
