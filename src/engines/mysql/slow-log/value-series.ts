// Sum, extremes and a quantile of a stream of values in bounded memory.

/** What is known about the values of one metric of one class. Undefined-free: an empty series is all zero. */
export interface SeriesSummary {
  readonly sum: number
  readonly min: number
  readonly max: number
  /** 95th percentile by nearest rank; see {@link ValueSeries} for its error. */
  readonly p95: number
}

/** Up to this many values the quantile is exact. */
export const EXACT_VALUES_MAX = 512

/** Relative error of the quantile beyond that. */
export const QUANTILE_RELATIVE_ERROR = 0.01

const GAMMA = (1 + QUANTILE_RELATIVE_ERROR) / (1 - QUANTILE_RELATIVE_ERROR)
const LOG_GAMMA = Math.log(GAMMA)

/**
 * A series of whole numbers >= 0 (microseconds, rows). The quantile is the value at rank ceil(0.95 n): exact up to
 * 512 values, afterwards from logarithmic buckets, off by at most 1 % and half a unit (the bounds of DDSketch:
 * Masson, Rim, Lee, VLDB 2019, https://doi.org/10.14778/3352063.3352135). Values up to 2^64 need at most 2,220 buckets.
 */
export class ValueSeries {
  private count = 0
  private sum = 0
  private min = Number.POSITIVE_INFINITY
  private max = 0
  private exact: number[] | undefined = []
  private zeros = 0
  private readonly buckets = new Map<number, number>()

  /** Takes one value. */
  add(value: number): void {
    this.count++
    this.sum += value
    if (value < this.min) this.min = value
    if (value > this.max) this.max = value
    if (this.exact === undefined) this.addToBucket(value)
    else if (this.exact.length < EXACT_VALUES_MAX) this.exact.push(value)
    else this.spill(value)
  }

  /** The summary, every value divided by `unit` (1e6 for microseconds to seconds). */
  summary(unit: number): SeriesSummary {
    if (this.count === 0) return { sum: 0, min: 0, max: 0, p95: 0 }
    return {
      sum: this.sum / unit,
      min: this.min / unit,
      max: this.max / unit,
      p95: this.quantile(Math.ceil(0.95 * this.count)) / unit,
    }
  }

  private spill(value: number): void {
    const values = this.exact ?? []
    this.exact = undefined
    for (const kept of values) this.addToBucket(kept)
    this.addToBucket(value)
  }

  private addToBucket(value: number): void {
    if (value <= 0) {
      this.zeros++
      return
    }
    const bucket = Math.ceil(Math.log(value) / LOG_GAMMA)
    this.buckets.set(bucket, (this.buckets.get(bucket) ?? 0) + 1)
  }

  /** The value at a rank counted from 1. */
  private quantile(rank: number): number {
    if (this.exact !== undefined) return this.exact.toSorted((a, b) => a - b)[rank - 1] as number
    let seen = this.zeros
    if (seen >= rank) return 0
    for (const bucket of [...this.buckets.keys()].sort((a, b) => a - b)) {
      seen += this.buckets.get(bucket) as number
      if (seen >= rank) {
        const middle = Math.round((2 * GAMMA ** bucket) / (GAMMA + 1))
        return Math.min(this.max, Math.max(this.min, middle))
      }
    }
    return this.max
  }
}
