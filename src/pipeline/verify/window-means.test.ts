import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sample } from '../../../test/support/workload-samples.ts'
import { windowMeans } from './window-means.ts'

const T0 = Date.parse('2026-11-21T12:00:00Z')
const s = (second: number, calls: number, totalMs: number, change = {}) =>
  sample('q', T0 + second * 1000, {
    calls,
    totalMs,
    measures: { rows: totalMs * 10, waiting: totalMs },
    ...change,
  })

describe('means of windows', () => {
  test('weigh by calls within a bin and keep the order of time', () =>
    assert.deepEqual(windowMeans([s(0, 1, 10), s(5, 3, 2), s(30, 2, 4)], 'mean_ms', 30), {
      at: [T0 / 30_000, T0 / 30_000 + 1],
      means: [3, 2],
      calls: 6,
    }))

  test('are of a measure per call, or of a gauge per reading', () => {
    assert.deepEqual(windowMeans([s(0, 2, 10)], 'rows_per_call', 30).means, [50])
    assert.deepEqual(windowMeans([s(0, 2, 10)], 'waiting', 30).means, [5])
    assert.deepEqual(windowMeans([s(0, 2, 10)], 'unheard_of', 30).means, [0])
  })

  test('leave windows without calls out', () =>
    assert.deepEqual(windowMeans([s(0, 0, 0), s(60, 1, 7)], 'mean_ms', 30), {
      at: [T0 / 30_000 + 2],
      means: [7],
      calls: 1,
    }))

  test('never mix two lives of a server: the newest counts', () => {
    const newer = { epoch: '2026-11-21T11:59:00.000000Z' }
    assert.deepEqual(windowMeans([s(0, 1, 100), s(30, 1, 2, newer)], 'mean_ms', 30).means, [2])
  })

  test('of nothing are nothing', () =>
    assert.deepEqual(windowMeans([], 'mean_ms', 30), { at: [], means: [], calls: 0 }))
})
