import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { seededRandom } from '../../core/random.ts'
import { filledIn, withPlaces } from './session.ts'

test('a placeholder becomes a whole number of its range, and every number of it comes up', () => {
  fc.assert(
    fc.property(fc.nat(1_000), fc.nat(5), fc.nat(), (from, width, seed) => {
      const random = seededRandom(seed)
      const seen = new Set<number>()
      for (let i = 0; i < 200; i += 1)
        seen.add(Number(filledIn(`id = :int(${from},${from + width})`, random).slice('id = '.length)))
      assert.ok([...seen].every((n) => Number.isInteger(n) && n >= from && n <= from + width))
      assert.equal(seen.size, width + 1)
    }),
    { numRuns: 50 },
  )
})

test('text without a placeholder stays as it is, and each placeholder is drawn for itself', () => {
  assert.equal(
    filledIn("UPDATE t SET a = ':int' WHERE b = 1", Math.random),
    "UPDATE t SET a = ':int' WHERE b = 1",
  )
  assert.match(filledIn('VALUES (:int(1,9), :int(10, 19))', Math.random), /^VALUES \(\d, 1\d\)$/)
})

test('Zipf’s law gives each number about its reciprocal’s share', () => {
  const random = seededRandom(7)
  const counts = new Map<number, number>()
  for (let i = 0; i < 40_000; i += 1) {
    const n = Number(filledIn(':zipf(1,1000)', random))
    counts.set(n, (counts.get(n) ?? 0) + 1)
  }
  assert.ok([...counts.keys()].every((n) => n >= 1 && n <= 1000))
  // ln((k + 1) / k) / ln(1001) of the draws: 10.0 % for 1, 1.4 % for 10.
  assert.ok(Math.abs((counts.get(1) ?? 0) / 40_000 - 0.1003) < 0.006)
  assert.ok(Math.abs((counts.get(10) ?? 0) / 40_000 - 0.0138) < 0.003)
})

test('a prepared statement has a place for each random value, quoted texts with one whole, and nothing else', () => {
  const { text, values } = withPlaces(
    "SELECT 'kept' FROM t WHERE a = :int(7,7) AND b IN ('R-:int(8,8)', ':zipf(9,9)') AND c = 5",
    Math.random,
  )
  assert.equal(text, "SELECT 'kept' FROM t WHERE a = ? AND b IN (?, ?) AND c = 5")
  assert.deepEqual(values, [7, 'R-8', '9'])
})
