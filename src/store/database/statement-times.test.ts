import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StatementTimes } from './statement-times.ts'

const clocked = () => {
  const clock = { ms: 10 * 3_600_000 }
  return { clock, times: new StatementTimes(() => clock.ms) }
}

test('the slowest is of the last hour, and what was slow is counted for good', () => {
  const { clock, times } = clocked()
  assert.deepEqual(times.figures(), { total: 0, slow: 0, slowestMs: null })
  for (const ms of [3, 501, 500]) times.took(ms)
  assert.deepEqual(times.figures(), { total: 3, slow: 1, slowestMs: 501 })
  clock.ms += 59 * 60_000
  times.took(7)
  assert.deepEqual(times.figures(), { total: 4, slow: 1, slowestMs: 501 })
  clock.ms += 60_000
  assert.deepEqual(times.figures(), { total: 4, slow: 1, slowestMs: 7 })
  clock.ms += 10 * 3_600_000
  assert.deepEqual(times.figures(), { total: 4, slow: 1, slowestMs: null })
})

test('a statement that fails took its time too', async () => {
  const { clock, times } = clocked()
  const failing = (): never => {
    clock.ms += 30_000
    throw new Error('gone')
  }
  assert.throws(() => times.of(failing), /gone/)
  await assert.rejects(
    times.waiting(async () => failing()),
    /gone/,
  )
  assert.deepEqual(times.figures(), { total: 2, slow: 2, slowestMs: 30_000 })
})
