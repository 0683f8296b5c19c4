import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromMs } from '../../core/time.ts'
import { isTimeToRethink, MOST_ANALYSES } from './rethink.ts'

const MINUTE = 60_000
const START = Date.parse('2026-11-21T12:00:00Z')
const at = (minutes: number) => fromMs(START + minutes * MINUTE)
const analysedAt = (...minutes: readonly number[]) => minutes.map((m) => ({ analysedAt: at(m) })).reverse()

test('an issue nothing was said of is thought about again after 5 minutes, then 10, then 20', () => {
  assert.equal(isTimeToRethink(analysedAt(0), at(4.9)), false)
  assert.equal(isTimeToRethink(analysedAt(0), at(5)), true)
  assert.equal(isTimeToRethink(analysedAt(0, 5), at(14.9)), false)
  assert.equal(isTimeToRethink(analysedAt(0, 5), at(15)), true)
  assert.equal(isTimeToRethink(analysedAt(0, 5, 15), at(35)), true)
})

test('and not for ever', () => {
  let now = 0
  const times = [now]
  while (times.length < 20) {
    now += 1
    if (now > 100_000) break
    if (isTimeToRethink(analysedAt(...times), at(now))) times.push(now)
  }
  assert.equal(times.length, MOST_ANALYSES)
  assert.equal(times.at(-1), 315)
})

test('an issue without an analysis is not this rule’s', () => {
  assert.equal(isTimeToRethink([], at(100)), false)
})
