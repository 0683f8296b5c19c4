import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { seededRandom } from '../../core/random.ts'
import { medianResampler } from './resampled-median.ts'

describe('a resampled median', () => {
  test('of one value is that value', () => assert.equal(medianResampler([5], seededRandom(1))(), 5))

  test('of none is zero', () => assert.equal(medianResampler([], seededRandom(1))(), 0))

  test('lies within the values, and is the same for the same seed', () =>
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 60 }),
        fc.nat(),
        (values, seed) => {
          const draw = medianResampler(values, seededRandom(seed))
          const again = medianResampler(values, seededRandom(seed))
          for (let i = 0; i < 5; i += 1) {
            const value = draw()
            assert.equal(again(), value)
            assert.ok(value >= Math.min(...values) && value <= Math.max(...values))
          }
        },
      ),
    ))

  test('wanders about the median, the less the more values there are', () => {
    const spread = (n: number): number => {
      const random = seededRandom(n)
      const draw = medianResampler(
        Array.from({ length: n }, () => random()),
        random,
      )
      const draws = Array.from({ length: 500 }, draw)
      const mean = draws.reduce((a, b) => a + b, 0) / draws.length
      return Math.sqrt(draws.reduce((t, d) => t + (d - mean) ** 2, 0) / draws.length)
    }
    assert.ok(spread(16) > 1.5 * spread(256), `${spread(16)} and ${spread(256)}`)
  })
})
