import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  addCounters,
  type DigestCounters,
  type DigestRow,
  digestDelta,
  digestRow,
  NO_COUNTERS,
  OVERFLOW_KEY,
} from './digest-rows.ts'

const START = '2026-11-21T10:00:00.000000Z'
const EARLIER = '2026-11-21T09:00:00.000000Z'
const INSIDE = '2026-11-21T10:00:03.000000Z'

function row(counters: Partial<DigestCounters>, firstSeen: string | null = EARLIER): DigestRow {
  return {
    key: 'k',
    schema: 's',
    digest: 'd',
    digestText: 'SELECT ?',
    firstSeen,
    counters: { ...NO_COUNTERS, ...counters },
  }
}

test('counters that grew give their difference', () => {
  const found = digestDelta(row({ calls: 12, totalMs: 30 }), row({ calls: 10, totalMs: 25 }), START)
  assert.deepEqual([found?.delta.calls, found?.delta.totalMs, found?.partial], [2, 5, false])
})

test('a counter that went down makes the row a new one: its values, and partial', () => {
  const found = digestDelta(row({ calls: 11, rowsSent: 1 }), row({ calls: 10, rowsSent: 5 }), START)
  assert.deepEqual([found?.delta.calls, found?.delta.rowsSent, found?.partial], [11, 1, true])
})

test('a row first seen later than remembered was made anew, even if every counter grew', () => {
  const found = digestDelta(row({ calls: 50 }, INSIDE), row({ calls: 10 }), START)
  assert.deepEqual([found?.delta.calls, found?.partial], [50, true])
})

test('a row made inside the window counts whole and is not partial', () => {
  const found = digestDelta(row({ calls: 3 }, INSIDE), undefined, START)
  assert.deepEqual([found?.delta.calls, found?.partial], [3, false])
})

test('a row that is older than the window and was never read says nothing', () => {
  assert.equal(digestDelta(row({ calls: 1_000_000 }), undefined, START), null)
})

test('a row without calls in between says nothing', () => {
  assert.equal(digestDelta(row({ calls: 10 }), row({ calls: 10 }), START), null)
})

test('the row without schema and digest is the overflow row; one with only a digest is not', () => {
  assert.equal(digestRow({ schema_name: null, digest: null, calls: '7' }).key, OVERFLOW_KEY)
  assert.notEqual(digestRow({ schema_name: null, digest: 'ab', calls: '7' }).key, OVERFLOW_KEY)
})

const counters = fc.record(
  Object.fromEntries(Object.keys(NO_COUNTERS).map((name) => [name, fc.nat(1_000_000)])) as Record<
    keyof DigestCounters,
    fc.Arbitrary<number>
  >,
)

test('over any history of calls and resets, deltas are never negative and never more than happened', () => {
  const history = fc.array(fc.oneof(counters, fc.constant('reset' as const)), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(history, (events) => {
      let now: DigestCounters = NO_COUNTERS
      let happened = 0
      let counted = 0
      let before = row(now)
      for (const event of events) {
        now = event === 'reset' ? NO_COUNTERS : addCounters(now, event)
        if (event !== 'reset') happened += event.calls
        const found = digestDelta(row(now), before, START)
        for (const value of Object.values(found?.delta ?? {})) assert.ok(value >= 0)
        // A reset between two readings can hide calls; it can only ever be counted again after one, and then partial.
        if (found !== null && !found.partial) counted += found.delta.calls
        before = row(now)
      }
      assert.ok(counted <= happened)
    }),
  )
})

test('without resets the deltas add up to all that happened', () => {
  fc.assert(
    fc.property(fc.array(counters, { maxLength: 20 }), (events) => {
      let now: DigestCounters = NO_COUNTERS
      let sum: DigestCounters = NO_COUNTERS
      for (const event of events.map((one) => ({ ...one, calls: one.calls + 1 }))) {
        const before = row(now)
        now = addCounters(now, event)
        sum = addCounters(sum, digestDelta(row(now), before, START)?.delta ?? NO_COUNTERS)
      }
      assert.deepEqual(sum, now)
    }),
  )
})
