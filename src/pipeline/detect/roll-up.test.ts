import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { SeriesWindow } from '../../core/engine.ts'
import { ROLL_MS } from '../../core/rolled-series.ts'
import { fromMs, toMs } from '../../core/time.ts'
import { rollUp } from './roll-up.ts'

const T0 = Date.parse('2026-11-21T10:00:00Z')

/** A window of 30 s that ends `endSeconds` after ten o’clock. */
const at = (endSeconds: number, part: Partial<SeriesWindow> = {}): SeriesWindow => ({
  windowStart: fromMs(T0 + (endSeconds - 30) * 1000),
  windowEnd: fromMs(T0 + endSeconds * 1000),
  epoch: fromMs(T0 - 1_000_000),
  seriesKind: 'statement',
  seriesKey: 'a',
  calls: 2,
  totalMs: 5,
  measures: { rows_sent: 1 },
  ...part,
})

test('ten minutes are ready with the first window of the next, under their own kind, with their sums', () => {
  const first = rollUp(new Map(), [at(30), at(60), at(90)])
  assert.deepEqual(first.ready, [])
  const { ready, pending } = rollUp(first.pending, [at(630)])
  const [one] = ready
  assert.deepEqual(ready, [
    {
      ...at(30),
      seriesKind: 'statement/10m',
      windowEnd: at(90).windowEnd,
      calls: 6,
      totalMs: 15,
      measures: { rows_sent: 3 },
    },
  ])
  assert.equal(one?.windowStart, at(30).windowStart)
  assert.deepEqual([...pending.values()], [at(630)])
})

test('a series that is not called any more is rolled up with the others', () => {
  const before = rollUp(new Map(), [at(30), at(30, { seriesKey: 'b' })])
  const keys = rollUp(before.pending, [at(630)]).ready.map((one) => one.seriesKey)
  assert.deepEqual(keys.toSorted(), ['a', 'b'])
})

test('plans and the lag of replicas stay as they are', () => {
  const lag = { seriesKind: 'server', seriesKey: 'replication' }
  const { pending } = rollUp(new Map(), [at(30, lag), at(30, { seriesKind: 'plan' })])
  assert.equal(pending.size, 0)
})

test('whatever windows come, sums are the same, and each lies whole in one rolled window of at most ten minutes and its own', () => {
  const gaps = fc.array(fc.record({ gap: fc.integer({ min: 30, max: 900 }), calls: fc.nat(50) }), {
    minLength: 1,
  })
  fc.assert(
    fc.property(gaps, (steps) => {
      let [end, held] = [30, rollUp(new Map(), []).pending]
      const [fine, rolled]: [SeriesWindow[], SeriesWindow[]] = [[], []]
      for (const { gap, calls } of [...steps, { gap: 1_200, calls: 0 }]) {
        end += gap
        const window = at(end, { calls })
        const next = rollUp(held, [window])
        held = next.pending
        fine.push(window)
        rolled.push(...next.ready)
      }
      fine.pop()
      const sum = (rows: readonly SeriesWindow[]): number => rows.reduce((n, row) => n + row.calls, 0)
      assert.equal(sum(rolled), sum(fine))
      for (const row of rolled) assert.ok(toMs(row.windowEnd) - toMs(row.windowStart) <= ROLL_MS + 30_000)
      for (const row of fine)
        assert.equal(
          rolled.filter((r) => r.windowStart <= row.windowStart && row.windowEnd <= r.windowEnd).length,
          1,
        )
    }),
  )
})
