import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NO_COUNTERS } from './digest-rows.ts'
import { preparedDeltas, rememberPrepared } from './prepared-statements.ts'

const reading = (cut: boolean, calls: Readonly<Record<string, number>>) => ({
  cut,
  rows: Object.entries(calls).map(([key, n]) => ({
    key,
    schema: 'shop',
    digest: `prepared:${key}`,
    digestText: 'SELECT ?',
    firstSeen: null,
    counters: { ...NO_COUNTERS, calls: n },
  })),
})

function moved(cutBefore: boolean, cut: boolean) {
  const before = rememberPrepared(reading(cutBefore, { old: 3 }))
  const deltas = preparedDeltas(before, reading(cut, { old: 5, new: 7 }))
  return deltas.map(({ row, delta, partial }) => [row.key, delta.calls, partial])
}

test('each open statement did what its counters moved, one not there before all it counts', () =>
  assert.deepEqual(moved(false, false), [
    ['old', 2, false],
    ['new', 7, false],
  ]))

test('where a reading was cut short a class may be half of itself, and all is partial', () => {
  assert.deepEqual(moved(false, true), [
    ['old', 2, true],
    ['new', 7, true],
  ])
  assert.deepEqual(moved(true, false), [['old', 2, true]])
})
