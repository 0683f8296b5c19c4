/** Folding of calm windows: nothing is lost or counted twice, whatever the order of windows, and trouble ends it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { SeriesWindow } from '../../core/engine.ts'
import { fromMs, toMs } from '../../core/time.ts'
import { type Folded, fold as foldBy } from './series-fold.ts'

const T0 = toMs('2026-11-21T12:00:00.000000Z')
const window = (atS: number, change: Partial<SeriesWindow> = {}): SeriesWindow => ({
  seriesKind: 'statement',
  seriesKey: 'a',
  epoch: fromMs(T0 - 1e9),
  windowStart: fromMs(T0 + atS * 1000),
  windowEnd: fromMs(T0 + (atS + 10) * 1000),
  calls: 2,
  totalMs: 5,
  measures: { lock_ms: 1 },
  ...change,
})
const NONE: ReadonlyMap<string, SeriesWindow> = new Map()

/** Folds windows of series that are on record already. */
const fold = (held: typeof NONE, fresh: readonly SeriesWindow[], spanMs: number): Folded =>
  foldBy(held, fresh, { spanMs, isFirst: () => false })

describe('calm windows', () => {
  test('three of 10 s become one of 30 s with their sums', () => {
    const one = fold(NONE, [window(0)], 30_000)
    assert.deepEqual(one.ready, [])
    const two = fold(one.pending, [window(10)], 30_000)
    assert.deepEqual(two.ready, [])
    const three = fold(two.pending, [window(20, { measures: { lock_ms: 1, errors: 3 } })], 30_000)
    assert.deepEqual(three.ready, [
      window(0, {
        windowEnd: fromMs(T0 + 30_000),
        calls: 6,
        totalMs: 15,
        measures: { lock_ms: 3, errors: 3 },
      }),
    ])
    assert.equal(three.pending.size, 0)
  })

  test('the first of a series is written at once, beside folds of the others', () => {
    const rule = {
      spanMs: 30_000,
      isFirst: (w: SeriesWindow) => w.seriesKey === 'b' && w.windowStart === fromMs(T0),
    }
    const one = foldBy(NONE, [window(0), window(0, { seriesKey: 'b' })], rule)
    assert.deepEqual(one.ready, [window(0, { seriesKey: 'b' })])
    const two = foldBy(one.pending, [window(10), window(10, { seriesKey: 'b' })], rule)
    assert.deepEqual(two.ready, [])
    assert.deepEqual([...two.pending.values()].map((w) => [w.seriesKey, w.calls]).toSorted(), [
      ['a', 4],
      ['b', 2],
    ])
  })

  test('what is held back of a series is never overtaken by a window called its first', () => {
    const { pending } = fold(NONE, [window(0)], 30_000)
    const next = foldBy(pending, [window(10)], { spanMs: 30_000, isFirst: () => true })
    assert.deepEqual(next.ready, [])
    assert.equal([...next.pending.values()][0]?.calls, 4)
  })

  test('a class that is not seen again is written when others have gone that far', () => {
    const one = fold(NONE, [window(0), window(0, { seriesKey: 'b' })], 30_000)
    const { ready } = fold(one.pending, [window(20, { seriesKey: 'b' })], 30_000)
    assert.deepEqual(ready.map((w) => w.seriesKey).toSorted(), ['a', 'b'])
  })

  test('when trouble begins what was held back comes first, then each window as it is', () => {
    const { pending } = fold(NONE, [window(0)], 30_000)
    const now = fold(pending, [window(10)], 0)
    assert.deepEqual(now.ready, [window(0), window(10)])
    assert.equal(now.pending.size, 0)
  })

  test('plans and the lag of a replica are never folded, nor windows of two lives of a server', () => {
    const plan = window(0, { seriesKind: 'plan' })
    const lag = window(0, { seriesKind: 'server', seriesKey: 'replication' })
    assert.deepEqual(fold(NONE, [plan, lag], 30_000).ready, [plan, lag])
    const { pending } = fold(NONE, [window(0), window(0, { epoch: fromMs(T0) })], 30_000)
    assert.equal(pending.size, 2)
  })

  test('calls, time and measures are the same with and without, for any windows and any moments of trouble', () => {
    const turn = fc.record({
      keys: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1 }),
      calm: fc.boolean(),
      calls: fc.nat(100),
    })
    fc.assert(
      fc.property(fc.array(turn, { maxLength: 40 }), (turns) => {
        let held = NONE
        const seen = new Set<string>()
        const written: SeriesWindow[] = []
        const given: SeriesWindow[] = []
        for (const [at, { keys, calm, calls }] of turns.entries()) {
          const fresh = keys.map((seriesKey) =>
            window(at * 10, { seriesKey, calls, totalMs: calls * 2, measures: { lock_ms: calls } }),
          )
          given.push(...fresh)
          const isFirst = (w: SeriesWindow) => !seen.has(w.seriesKey)
          const { ready, pending } = foldBy(held, fresh, { spanMs: calm ? 30_000 : 0, isFirst })
          for (const key of keys.filter((each) => !seen.has(each)))
            assert.ok(
              ready.some((w) => w.seriesKey === key),
              'the first is there within its window',
            )
          for (const key of keys) seen.add(key)
          written.push(...ready)
          held = pending
          for (const each of pending.values())
            assert.ok(toMs(each.windowEnd) - toMs(each.windowStart) < 30_000, 'none is held for longer')
        }
        const all = [...written, ...held.values()]
        const sum = (list: readonly SeriesWindow[], of: (w: SeriesWindow) => number) =>
          list.reduce((total, each) => total + of(each), 0)
        for (const key of ['a', 'b', 'c', 'd'])
          for (const of of [
            (w: SeriesWindow) => w.calls,
            (w: SeriesWindow) => w.totalMs,
            (w: SeriesWindow) => w.measures['lock_ms'] ?? 0,
          ])
            assert.equal(
              sum(
                all.filter((w) => w.seriesKey === key),
                of,
              ),
              sum(
                given.filter((w) => w.seriesKey === key),
                of,
              ),
            )
        const starts = all.map((w) => `${w.seriesKey} ${w.windowStart}`)
        assert.equal(new Set(starts).size, starts.length, 'no window is written twice')
      }),
      { numRuns: 300 },
    )
  })
})
