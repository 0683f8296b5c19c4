import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ReopenDelay } from './reopen-delay.ts'
import { TargetError } from './target-error.ts'

const REFUSED = new TargetError('DBM_TARGET_UNREACHABLE', { target: 't', reason: 'nothing listens there' })

/** Quiet after each of `failures` failures, ms, found by asking every 10 ms of a clock of our own. */
function quiets(failures: number, random: number): number[] {
  let nowMs = 0
  const delay = new ReopenDelay({ now: () => nowMs, random: () => random })
  return Array.from({ length: failures }, () => {
    delay.failed(REFUSED)
    const startMs = nowMs
    for (;;) {
      nowMs += 10
      try {
        delay.check()
        return nowMs - startMs
      } catch (error) {
        assert.equal(error, REFUSED)
      }
    }
  })
}

test('the quiet after failures doubles from half a second to a minute', () => {
  assert.deepEqual(quiets(9, 0.5), [500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000])
})

test('jitter moves it by a fifth either way', () => {
  assert.deepEqual([quiets(1, 0)[0], quiets(1, 0.99)[0]], [400, 600])
})

test('a success forgets the failures', () => {
  let nowMs = 0
  const delay = new ReopenDelay({ now: () => nowMs, random: () => 0.5 })
  for (let i = 0; i < 5; i += 1) delay.failed(REFUSED)
  delay.succeeded()
  delay.check()
  delay.failed(REFUSED)
  assert.throws(() => delay.check())
  nowMs = 501
  delay.check()
})
