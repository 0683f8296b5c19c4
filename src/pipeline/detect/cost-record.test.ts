/** What watching costs is on record every five minutes, whatever fails. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { EVERY_MS, T0 } from '../../../test/support/watch-scene.ts'
import { BUSY, watchStage } from '../../../test/support/watch-stage.ts'
import { fromMs } from '../../core/time.ts'
import { COST_SERIES, COST_WINDOW_MS } from '../../core/watching-cost.ts'

const stage = watchStage()
const WINDOWS_A_MINUTE = 60_000 / EVERY_MS
const COST = {
  busyMsPerSecond: 1.5,
  sharePercent: 0.25,
  allowedMsPerSecond: 2,
  shed: ['catalog'],
  stretched: { status: 2 },
  shedsMuch: false,
}

const kept = () =>
  stage.store.read.samples({
    ...COST_SERIES,
    targetId: stage.target.targetId,
    from: fromMs(T0 - 86_400_000),
    to: fromMs(T0 + 86_400_000),
    limit: 100,
  })

describe('what watching costs', () => {
  test('is kept after the first minute, then every five, each of the minute before', async () => {
    const { state, window } = stage.scene()
    state.cost = COST
    for (let i = 0; i < WINDOWS_A_MINUTE; i += 1) await window()
    assert.deepEqual(await kept(), [], 'beginnings cost more')
    await window()
    const firstMs = state.nowMs
    state.cost = { ...COST, sharePercent: null, shed: [] }
    for (let i = 0; i < 5 * WINDOWS_A_MINUTE; i += 1) {
      assert.equal((await kept()).length, 1)
      await window()
    }
    const [first, second, ...more] = await kept()
    assert.deepEqual(more, [])
    assert.equal(first?.windowEnd, fromMs(firstMs))
    assert.equal(first?.windowStart, fromMs(firstMs - COST_WINDOW_MS))
    assert.equal(first?.totalMs, 90)
    assert.deepEqual(first?.measures, {
      allowedMsPerSecond: 2,
      busyMsPerSecond: 1.5,
      shed: 1,
      sharePercent: 0.25,
    })
    assert.equal(second?.windowEnd, fromMs(firstMs + 300_000))
    assert.deepEqual(second?.measures, { allowedMsPerSecond: 2, busyMsPerSecond: 1.5, shed: 0 })
  })

  test('that cannot be kept stops no detector, is said once, and is kept as soon as it can be', async () => {
    const { state, lines, window } = stage.scene()
    state.tables = BUSY
    state.cost = COST
    const port = stage.store.observe as { appendSamples: unknown }
    const original = port.appendSamples
    port.appendSamples = async () => {
      throw new Error('the store is away')
    }
    try {
      for (let i = 0; i < WINDOWS_A_MINUTE + 3; i += 1) assert.equal(await window(), 1)
    } finally {
      port.appendSamples = original
    }
    const said = () =>
      lines.filter(({ message }) => message.includes('what watching costs')).map((l) => l.message)
    assert.deepEqual(said(), ['what watching costs was not kept: the store is away'])
    await window()
    assert.equal((await kept()).length, 1)
    assert.deepEqual(said().slice(1), ['what watching costs is kept again'])
  })
})
