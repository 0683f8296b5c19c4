import assert from 'node:assert/strict'
import { test } from 'node:test'
import { growthBetween } from './written-rows.ts'

test('growth is told a target and day, the largest table first, and what did not grow is left out', () => {
  const before = [{ table: 'metric_samples', rows: 100, bytes: 40_960 }]
  const after = [
    { table: 'audit_log', rows: 2, bytes: 4096 },
    { table: 'metric_samples', rows: 160, bytes: 65_536 },
    { table: 'targets', rows: 0, bytes: 4096 },
  ]
  assert.deepEqual(growthBetween(before, after, { targets: 2, seconds: 43_200 }), [
    { table: 'metric_samples', rowsPerTargetDay: 60, bytesPerTargetDay: 24_576 },
    { table: 'audit_log', rowsPerTargetDay: 2, bytesPerTargetDay: 4096 },
  ])
})
