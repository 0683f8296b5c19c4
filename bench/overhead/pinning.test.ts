import assert from 'node:assert/strict'
import { test } from 'node:test'
import { coresOf } from './pinning.ts'

test('a list of cores is read as the kernel writes it', () => {
  assert.deepEqual(coresOf('0-1'), [0, 1])
  assert.deepEqual(coresOf('0-2,5,7-8'), [0, 1, 2, 5, 7, 8])
  assert.deepEqual(coresOf('3'), [3])
  assert.deepEqual(coresOf(''), [])
})
