/** How a figure grows with a size: the slope of the line through both on logarithmic axes, and what is to be said of it. */
import { slopeOf } from '../support/figures.ts'

/** A figure at several sizes. */
export interface Curve {
  readonly name: string
  readonly unit: string
  /** How it may grow: flat (it must not depend on the size) or linear (it is read once for each). */
  readonly expected: 'flat' | 'linear'
  /** What it may reach at the largest size, in its unit; null: nothing is promised. */
  readonly most: number | null
  readonly points: readonly { readonly size: number; readonly value: number }[]
}

/** A curve with its slope. */
export interface Grown extends Curve {
  /** 0: flat, 1: linear, 2: quadratic; null with fewer than two sizes, or figures of 0. */
  readonly slope: number | null
  /** What is wrong with it; empty: nothing. */
  readonly marks: readonly string[]
}

/** Above this a linear curve is called superlinear: fits over three or four sizes are no finer. */
const SUPERLINEAR = 1.15
/** Above this a curve that should be flat is called growing, if it also grew to more than a trifle. */
const GROWING = 0.25
/** Growth below this share of what is allowed is a trifle. */
const TRIFLE = 0.1
/** Under this, in the curve's unit, a curve without a limit is not judged: it is the noise of the clock. */
const NOISE = 2

/**
 * The slope of log(value) over log(size). A fixed part flattens it at small sizes, so the slope between the two largest sizes
 * counts where it is steeper: what grows late grows.
 */
export function grown(curve: Curve): Grown {
  const points = curve.points.filter((p) => p.value > 0)
  const logs = points.map((p) => [Math.log(p.size), Math.log(p.value)] as const)
  const slopes = [slopeOf(logs), slopeOf(logs.slice(-2))].filter((s) => s !== null)
  const slope = points.length < 2 || slopes.length === 0 ? null : Math.max(...slopes)
  return { ...curve, slope, marks: marksOf(curve, slope) }
}

function marksOf(curve: Curve, slope: number | null): readonly string[] {
  const last = curve.points.at(-1)?.value ?? 0
  const growth = growthMark(curve, slope, last)
  const isOver = curve.most !== null && last > curve.most
  return [...(growth === null ? [] : [growth]), ...(isOver ? ['OVER BUDGET'] : [])]
}

function growthMark({ most, expected }: Curve, slope: number | null, last: number): string | null {
  const isTrifle = last < (most === null ? NOISE : most * TRIFLE)
  if (slope === null || isTrifle) return null
  if (slope > SUPERLINEAR) return 'SUPERLINEAR'
  return expected === 'flat' && slope > GROWING ? 'GROWS' : null
}
