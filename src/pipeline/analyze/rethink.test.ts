import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromMs } from '../../core/time.ts'
import { isTimeToRethink, MOST_ANALYSES } from './rethink.ts'

const UNDECIDED = { analysisStatus: 'ABSTAINED', rootCauseCode: 'UNKNOWN', competingHypotheses: [] } as const
const MINUTE = 60_000
const START = Date.parse('2026-11-21T12:00:00Z')
const at = (minutes: number) => fromMs(START + minutes * MINUTE)
const analysedAt = (...minutes: readonly number[]) =>
  minutes.map((m) => ({ ...UNDECIDED, analysedAt: at(m) })).reverse()

test('an issue nothing was said of is thought about again after 5 minutes, then 10, then 20', () => {
  assert.equal(isTimeToRethink(analysedAt(0), at(4.9), null), false)
  assert.equal(isTimeToRethink(analysedAt(0), at(5), null), true)
  assert.equal(isTimeToRethink(analysedAt(0, 5), at(14.9), null), false)
  assert.equal(isTimeToRethink(analysedAt(0, 5), at(15), null), true)
  assert.equal(isTimeToRethink(analysedAt(0, 5, 15), at(35), null), true)
})

test('and not for ever', () => {
  let now = 0
  const times = [now]
  while (times.length < 20) {
    now += 1
    if (now > 100_000) break
    if (isTimeToRethink(analysedAt(...times), at(now), null)) times.push(now)
  }
  assert.equal(times.length, MOST_ANALYSES)
  assert.equal(times.at(-1), 315)
})

test('an issue without an analysis is not this rule’s', () => {
  assert.equal(isTimeToRethink([], at(100), at(99)), false)
})

test('one that waits for what another issue decides is taken up as soon as an issue opens beside it, and not again', () => {
  const elsewhere = (decidedIn: number | null) => ({
    ...UNDECIDED,
    analysedAt: at(1),
    competingHypotheses: [
      {
        rootCauseCode: 'MISSING_INDEX' as const,
        hypothesis: 'no index',
        confidence: 0.01,
        lostBecause: 'it waits',
        decidedIn,
        evidenceIds: [],
        candidates: [],
      },
    ],
  })
  assert.equal(isTimeToRethink([elsewhere(null)], at(2), at(1.5)), true)
  assert.equal(isTimeToRethink([elsewhere(null)], at(2), at(0.5)), false, 'it was there already')
  assert.equal(isTimeToRethink([elsewhere(null)], at(2), null), false)
  assert.equal(isTimeToRethink([elsewhere(7)], at(2), at(1.5)), false)
  assert.equal(isTimeToRethink(analysedAt(1), at(2), at(1.5)), false, 'it waits for nobody')
})
