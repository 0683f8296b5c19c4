import assert from 'node:assert/strict'
import { test } from 'node:test'
import { median } from './median.ts'

test('the median is the middle value, or the mean of the two middle ones', () => {
  const values = [3, 1, 2]
  assert.equal(median(values), 2)
  assert.deepEqual(values, [3, 1, 2])
  assert.equal(median([4, 1, 3, 2]), 2.5)
  assert.equal(median([7]), 7)
  assert.equal(median([10, 9, -2]), 9)
  assert.equal(median([]), 0)
})
