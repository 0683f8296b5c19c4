import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { wilsonInterval } from './wilson-interval.ts'

test('Wilson’s interval agrees with published values', () => {
  // Newcombe 1998, Statistics in Medicine 17:857, table I, method 3.
  for (const [hits, n, low, high] of [
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ] as const) {
    const interval = wilsonInterval(hits, n)
    assert.ok(interval)
    assert.equal(interval.low.toFixed(4), low.toFixed(4))
    assert.equal(interval.high.toFixed(4), high.toFixed(4))
  }
})

test('Wilson’s interval holds the share, stays within 0 and 1, and is unknown for nothing', () => {
  fc.assert(
    fc.property(fc.nat(1000), fc.nat(1000), (a, b) => {
      const [hits, n] = [Math.min(a, b), Math.max(a, b)]
      const interval = wilsonInterval(hits, n)
      if (n === 0) return assert.equal(interval, null)
      assert.ok(interval)
      assert.ok(interval.low >= 0 && interval.high <= 1)
      assert.ok(interval.low <= hits / n + 1e-12 && interval.high >= hits / n - 1e-12)
    }),
  )
  assert.throws(() => wilsonInterval(2, 1), RangeError)
})
