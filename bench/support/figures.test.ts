import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { quantile, ratioInterval, slopeOf, spreadOf } from './figures.ts'

describe('a quantile', () => {
  test('is what R gives for the same values (type 7)', () => {
    const values = [9, 1, 4, 7, 3]
    assert.equal(quantile(values, 0.5), 4)
    assert.equal(quantile(values, 0.95), 8.6)
    assert.equal(quantile(values, 0), 1)
    assert.equal(quantile(values, 1), 9)
  })
  test('of nothing, or beyond 0..1, is refused', () => {
    assert.throws(() => quantile([], 0.5), RangeError)
    assert.throws(() => quantile([1], 1.1), RangeError)
  })
})

test('a spread counts its values, and there is none of nothing', () => {
  assert.deepEqual(spreadOf([2, 1, 3]), { n: 3, median: 2, p95: 2.9, max: 3 })
  assert.equal(spreadOf([]), null)
})

describe('a slope', () => {
  test('is that of the line the points lie on', () =>
    assert.equal(
      slopeOf([
        [0, 5],
        [1, 7],
        [2, 9],
      ]),
      2,
    ))
  test('needs two different x', () => {
    assert.equal(
      slopeOf([
        [1, 1],
        [1, 2],
      ]),
      null,
    )
    assert.equal(slopeOf([]), null)
  })
})

describe('the interval of a ratio', () => {
  test('holds the geometric mean between its ends, and is the same for the same seed', () => {
    const ratios = [0.98, 1.01, 0.995, 1.0, 0.99, 1.005]
    const one = ratioInterval(ratios, 7)
    assert.ok(one.low < one.ratio && one.ratio < one.high)
    assert.ok(Math.abs(one.ratio - Math.exp(ratios.reduce((s, r) => s + Math.log(r), 0) / 6)) < 1e-12)
    assert.deepEqual(one, ratioInterval(ratios, 7))
  })
  test('of equal pairs has no width', () => {
    const { ratio, low, high } = ratioInterval([0.5, 0.5, 0.5], 1)
    for (const end of [ratio, low, high]) assert.ok(Math.abs(end - 0.5) < 1e-12)
  })
  test('refuses what is no ratio', () => {
    assert.throws(() => ratioInterval([], 1), RangeError)
    assert.throws(() => ratioInterval([1, 0], 1), RangeError)
  })
})
