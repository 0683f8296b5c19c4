import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { EXACT_VALUES_MAX, QUANTILE_RELATIVE_ERROR, ValueSeries } from './value-series.ts'

function summaryOf(values: readonly number[]): ReturnType<ValueSeries['summary']> {
  const series = new ValueSeries()
  for (const value of values) series.add(value)
  return series.summary(1)
}

function nearestRank(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.95) - 1] as number
}

describe('ValueSeries', () => {
  test('is exact for few values', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 1, maxLength: EXACT_VALUES_MAX }), (values) => {
        const sum = values.reduce((total, value) => total + value, 0)
        assert.deepEqual(summaryOf(values), {
          sum,
          min: Math.min(...values),
          max: Math.max(...values),
          p95: nearestRank(values),
        })
      }),
    )
  })

  test('is off by at most 1 % and half a unit for many', () => {
    const value = fc.oneof(
      fc.nat(100),
      fc.nat(),
      fc.double({ min: 0, max: 44, noNaN: true }).map((power) => Math.round(Math.exp(power))),
    )
    fc.assert(
      fc.property(fc.array(value, { minLength: EXACT_VALUES_MAX + 1, maxLength: 4000 }), (values) => {
        const exact = nearestRank(values)
        assert.ok(Math.abs(summaryOf(values).p95 - exact) <= exact * QUANTILE_RELATIVE_ERROR * 1.000001 + 0.5)
      }),
      { numRuns: 50 },
    )
  })

  test('sums microseconds without rounding', () => {
    const series = new ValueSeries()
    for (let at = 0; at < 1_000_000; at++) series.add(1)
    assert.equal(series.summary(1e6).sum, 1)
  })

  test('is all zero when empty', () => assert.deepEqual(summaryOf([]), { sum: 0, min: 0, max: 0, p95: 0 }))
})
