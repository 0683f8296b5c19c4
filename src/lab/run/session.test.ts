import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { filledIn } from './session.ts'

test('a placeholder becomes a whole number of its range, and every number of it comes up', () => {
  fc.assert(
    fc.property(fc.nat(1_000), fc.nat(5), (from, width) => {
      const seen = new Set<number>()
      for (let i = 0; i < 200; i += 1)
        seen.add(Number(filledIn(`id = :int(${from},${from + width})`).slice('id = '.length)))
      assert.ok([...seen].every((n) => Number.isInteger(n) && n >= from && n <= from + width))
      assert.equal(seen.size, width + 1)
    }),
    { numRuns: 50 },
  )
})

test('text without a placeholder stays as it is, and each placeholder is drawn for itself', () => {
  assert.equal(filledIn("UPDATE t SET a = ':int' WHERE b = 1"), "UPDATE t SET a = ':int' WHERE b = 1")
  assert.match(filledIn('VALUES (:int(1,9), :int(10, 19))'), /^VALUES \(\d, 1\d\)$/)
})
