import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { countValues, estimateDistinct, topShare } from './estimate-distinct.ts'

/** A sample of `size` of `population` rows whose values repeat every `distinct` rows, evenly. */
function drawn(population: number, distinct: number, size: number, seed: number): readonly string[] {
  let state = seed
  const rows = new Set<number>()
  while (rows.size < size) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    rows.add(Math.floor((state / 2_147_483_648) * population))
  }
  return [...rows].map((row) => String(row % distinct))
}

test('a thousand of 300,000 evenly spread rows tell 2, 2,000 and 300,000 distinct values apart within a factor of two', () => {
  for (const distinct of [2, 50, 2_000, 300_000]) {
    for (const seed of [1, 7, 99]) {
      const estimate = estimateDistinct(countValues(drawn(300_000, distinct, 1_000, seed)), 300_000)
      const factor = Math.max(estimate / distinct, distinct / estimate)
      assert.ok(factor < 2, `${distinct} judged ${estimate}`)
    }
  }
})

test('an estimate is never below what was seen nor above the rows there are, and exact for the whole', () => {
  const values = fc.array(fc.integer({ min: 0, max: 30 }).map(String), { minLength: 1, maxLength: 200 })
  fc.assert(
    fc.property(values, fc.integer({ min: 0, max: 100_000 }), (sample, more) => {
      const counts = countValues(sample)
      const population = sample.length + more
      const estimate = estimateDistinct(counts, population)
      assert.ok(estimate >= counts.counts.length && estimate <= population)
      assert.equal(estimateDistinct(counts, sample.length), counts.counts.length)
      const top = topShare(counts, population)
      assert.ok(top !== null && top > 0 && top <= 1)
    }),
  )
})

test('a value seen once does not pass for a common one', () => {
  const unique = countValues(Array.from({ length: 1_000 }, (_, at) => String(at)))
  assert.equal(topShare(unique, 300_000), 1 / 300_000)
  assert.equal(topShare(countValues(['a', 'a', 'a', 'b']), 100), 0.75)
})
