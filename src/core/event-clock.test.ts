import assert from 'node:assert/strict'
import { test } from 'node:test'
import { beganOnOurs, clockShift } from './event-clock.ts'
import { fromMs } from './time.ts'

const HOUR_MS = 3_600_000
const START = Date.parse('2026-11-21T12:00:00Z')

/** A window of ten seconds, recorded one second after its end, of a target whose clock is ahead by so much. */
const event = (aheadMs: number) => ({
  windowStart: fromMs(START + aheadMs),
  windowEnd: fromMs(START + 10_000 + aheadMs),
  recordedAt: fromMs(START + 11_000),
})

test('where the clocks agree a window begins as it says', () => {
  for (const aheadMs of [0, 5_000, -5_000]) {
    assert.equal(clockShift(event(aheadMs)), 0)
    assert.equal(beganOnOurs(event(aheadMs)), event(aheadMs).windowStart)
  }
})

test('of a clock that is hours off it begins within a window of when it did', () => {
  for (const aheadMs of [HOUR_MS, -HOUR_MS, 9_000, -9_000])
    assert.equal(beganOnOurs(event(aheadMs)), fromMs(START + 1_000 - 5_000))
})
