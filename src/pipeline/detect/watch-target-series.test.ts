import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { EVERY_MS, T0 } from '../../../test/support/watch-scene.ts'
import { BUSY, CALM, watchStage } from '../../../test/support/watch-stage.ts'
import type { SeriesWindow } from '../../core/engine.ts'
import { fromMs } from '../../core/time.ts'

const stage = watchStage()
const { scene, kinds } = stage

describe('series of a watched target', () => {
  const sample = (end: number): SeriesWindow => ({
    epoch: fromMs(T0 - 86_400_000),
    seriesKind: 'statement',
    seriesKey: 'q1',
    windowStart: fromMs(end - 5_000),
    windowEnd: fromMs(end),
    calls: 10,
    totalMs: 5,
    measures: {},
  })
  const kept = () =>
    stage.store.read.samples({
      targetId: stage.target.targetId,
      seriesKind: 'statement',
      seriesKey: null,
      from: fromMs(T0 - 60_000),
      to: fromMs(T0 + 600_000),
      limit: 100,
    })

  test('are kept once a window', async () => {
    const { state, window } = scene()
    state.series = [sample(T0)]
    await window()
    await window()
    state.series = [sample(T0 + 5_000)]
    await window()
    assert.deepEqual(
      (await kept()).map((s) => s.windowEnd),
      [fromMs(T0), fromMs(T0 + 5_000)],
    )
  })

  test('are folded after their first window while the target is calm, and on record whole before the breach that ends the calm', async () => {
    const { state, window } = scene({ calmWindowMs: 30_000 })
    const next = async (tables: typeof BUSY | typeof CALM) => {
      state.series = [{ ...sample(state.nowMs + EVERY_MS), windowStart: fromMs(state.nowMs) }]
      state.tables = tables
      await window()
    }
    await next(CALM)
    assert.equal((await kept()).length, 1, 'a new target shows its figures at once')
    for (let i = 0; i < 6; i += 1) await next(CALM)
    assert.deepEqual(
      (await kept()).map((s) => [s.calls, s.windowStart, s.windowEnd]),
      [
        [10, fromMs(T0), fromMs(T0 + 10_000)],
        [30, fromMs(T0 + 10_000), fromMs(T0 + 40_000)],
        [30, fromMs(T0 + 40_000), fromMs(T0 + 70_000)],
      ],
    )
    await next(CALM)
    assert.equal((await kept()).length, 3)
    await next(BUSY)
    assert.deepEqual(await kinds(), ['BREACH'])
    assert.equal((await kept()).at(-1)?.windowEnd, fromMs(T0 + 90_000), 'the window of the breach is there')
    await next(BUSY)
    await next(BUSY)
    const all = await kept()
    assert.deepEqual(
      all.slice(-2).map((s) => s.calls),
      [10, 10],
      'in trouble every window is kept as it is',
    )
    assert.equal(
      all.reduce((n, s) => n + s.calls, 0),
      110,
    )
  })

  test('are summed up by ten minutes, with the first window of the next, once also where the store failed then', async () => {
    const { state, window } = scene()
    const original = stage.store.observe.appendSamples
    const next = async (): Promise<void> => {
      state.series = [{ ...sample(state.nowMs + EVERY_MS), windowStart: fromMs(state.nowMs) }]
      await window()
    }
    while (state.nowMs < T0 + 1_200_000) await next()
    ;(stage.store.observe as { appendSamples: unknown }).appendSamples = async () => {
      throw new Error('the store is away')
    }
    await next()
    ;(stage.store.observe as { appendSamples: unknown }).appendSamples = original
    await next()
    const span = { from: fromMs(T0 - 60_000), to: fromMs(T0 + 1_800_000), limit: 1000 }
    const asked = { targetId: stage.target.targetId, seriesKey: null, ...span }
    const rolled = await stage.store.read.samples({ ...asked, seriesKind: 'statement/10m' })
    const fine = await stage.store.read.samples({ ...asked, seriesKind: 'statement' })
    assert.ok(rolled.length >= 2)
    const from = rolled[0]?.windowStart ?? ''
    const to = rolled.at(-1)?.windowEnd ?? ''
    const calls = (rows: typeof fine): number => rows.reduce((sum, row) => sum + row.calls, 0)
    const within = fine.filter((row) => row.windowStart >= from && row.windowEnd <= to)
    assert.equal(calls(rolled), calls(within))
    assert.equal(within[0], fine[0], 'from the first window on')
    assert.equal(new Set(rolled.map((row) => row.windowStart)).size, rolled.length)
  })

  test('that are held back are not lost when the store is away', async () => {
    const { state, window } = scene({ calmWindowMs: 30_000 })
    const original = stage.store.observe.appendSamples
    for (let i = 0; i < 5; i += 1) {
      state.series = [{ ...sample(state.nowMs + EVERY_MS), windowStart: fromMs(state.nowMs) }]
      ;(stage.store.observe as { appendSamples: unknown }).appendSamples =
        i === 3
          ? async () => {
              throw new Error('the store is away')
            }
          : original
      await window()
    }
    const all = await kept()
    // The fourth window was not taken while the store was away; the instrument gave the fifth by then.
    assert.deepEqual(
      all.map((s) => s.calls),
      [10, 30],
    )
    assert.equal(all[1]?.windowEnd, fromMs(T0 + 50_000))
  })

  test('that the store could not take are kept at the next turn', async () => {
    const { state, window } = scene()
    const original = stage.store.observe.appendSamples
    state.series = [sample(T0)]
    ;(stage.store.observe as { appendSamples: unknown }).appendSamples = async () => {
      throw new Error('the store is away')
    }
    try {
      await window()
    } finally {
      ;(stage.store.observe as { appendSamples: unknown }).appendSamples = original
    }
    await window()
    assert.equal((await kept()).length, 1)
  })
})
