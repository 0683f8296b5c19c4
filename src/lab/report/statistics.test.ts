import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { meanOf, medianInterval, proportionText, quantile, wilson } from './statistics.ts'

const near = (found: number | undefined, expected: number, within = 0.001): void =>
  assert.ok(Math.abs((found ?? Number.NaN) - expected) < within, `${found} is not about ${expected}`)

describe('a share', () => {
  test('has Wilson’s interval', () => {
    const [low, high] = wilson({ hits: 8, of: 10 }) ?? []
    near(low, 0.4902)
    near(high, 0.9433)
  })
  test('of all or none still says that it may be otherwise', () => {
    near(wilson({ hits: 24, of: 24 })?.[0], 0.862)
    near(wilson({ hits: 0, of: 24 })?.[0], 0)
    near(wilson({ hits: 0, of: 24 })?.[1], 0.138)
  })
  test('of nothing has none', () => assert.equal(proportionText({ hits: 0, of: 0 }), '- (none)'))
})

describe('a mean over seeds', () => {
  test('has Student’s interval', () => {
    const m = meanOf([0.9, 0.95, 1])
    near(m?.mean, 0.95)
    near(m?.interval?.[0], 0.95 - (4.303 * 0.05) / Math.sqrt(3))
  })
  test('of one seed has no interval, and of none is none', () => {
    assert.deepEqual(meanOf([0.5]), { mean: 0.5, interval: null, n: 1 })
    assert.equal(meanOf([]), null)
  })
})

describe('a median', () => {
  test('has no interval below six values, and at six the extremes', () => {
    assert.equal(medianInterval([1, 2, 3, 4, 5]), null)
    assert.deepEqual(medianInterval([6, 5, 4, 3, 2, 1]), [1, 6])
  })
  test('has the ranks of the sign test: 2 and 9 of ten, 6 and 15 of twenty', () => {
    // Of ten fair coins at most 1 shows heads with 1.1 %, at most 2 with 5.5 %; of twenty at most 5 with 2.1 %.
    const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1)
    assert.deepEqual(medianInterval(upTo(10)), [2, 9])
    assert.deepEqual(medianInterval(upTo(20)), [6, 15])
  })
  test('lies within its interval, whatever the values', () =>
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), { minLength: 6 }), (values) => {
        const [low, high] = medianInterval(values) ?? [Number.NaN, Number.NaN]
        const median = quantile(values, 0.5) ?? Number.NaN
        assert.ok(low <= median && median <= high)
      }),
    ))
})
