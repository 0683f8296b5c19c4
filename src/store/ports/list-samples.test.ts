/** Which samples a question brings, on every kind of store. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { openFull } from '../../../test/contract/store/context.ts'
import { availableStores, startStore, type TestStore } from '../../../test/store/support/stores.ts'
import { makeWorld, type World } from '../../../test/support/pipeline-rows.ts'
import type { MetricSample } from '../../core/nouns.ts'
import { fromMs } from '../../core/time.ts'

const BEGAN_MS = Date.UTC(2026, 0, 2)
const WINDOW_MS = 10_000
const SERIES = ['a', 'b', 'c:d', 'é', 'z']
const WINDOWS = 30

for (const { name, missing } of await availableStores()) {
  describe(`samples [${name}]`, { skip: missing ?? false }, () => {
    let server: TestStore
    let world: World
    let all: readonly MetricSample[] = []
    before(async () => {
      server = await startStore(name)
      world = await makeWorld(await openFull(server))
      const of = (seriesKind: string, keys: readonly string[]): MetricSample[] =>
        Array.from({ length: WINDOWS }, (_, window) =>
          keys.map((seriesKey) => ({
            targetId: world.targetId,
            instanceUid: 'instance-1',
            epoch: fromMs(BEGAN_MS),
            seriesKind,
            seriesKey,
            windowStart: fromMs(BEGAN_MS + window * WINDOW_MS),
            windowEnd: fromMs(BEGAN_MS + (window + 1) * WINDOW_MS),
            calls: window,
            totalMs: 1,
            measures: {},
          })),
        ).flat()
      all = [...of('statement', SERIES), ...of('server', ['totals', 'waits'])]
      await world.store.observe.appendSamples(all)
    })
    after(async () => {
      await world.store.close()
      await server.stop()
    })

    const ask = (more: {
      seriesKind: string
      seriesKey: string | null
      from: number
      to: number
      limit?: number
    }) =>
      world.store.read.samples({
        targetId: world.targetId,
        seriesKind: more.seriesKind,
        seriesKey: more.seriesKey,
        from: fromMs(BEGAN_MS + more.from * WINDOW_MS),
        to: fromMs(BEGAN_MS + more.to * WINDOW_MS),
        limit: more.limit ?? 1000,
      })
    const named = (samples: readonly MetricSample[]): string[] =>
      samples.map((s) => `${s.seriesKind} ${s.seriesKey} ${s.windowStart}`)

    test('of all series of a kind are the kind’s own in the span, both ends included', async () => {
      for (const [from, to] of [
        [0, WINDOWS],
        [7, 7],
        [10, 20],
        [WINDOWS, WINDOWS + 5],
      ] as const) {
        const expected = all.filter((s) => s.seriesKind === 'statement' && s.calls >= from && s.calls <= to)
        const found = await ask({ seriesKind: 'statement', seriesKey: null, from, to })
        assert.deepEqual(named(found).toSorted(), named(expected).toSorted())
        assert.deepEqual(
          found.map((s) => s.windowStart),
          found.map((s) => s.windowStart).toSorted(),
          'oldest first',
        )
      }
    })

    test('of all series, more than the limit, are the newest', async () => {
      const found = await ask({ seriesKind: 'statement', seriesKey: null, from: 0, to: 20, limit: 7 })
      assert.equal(found.length, 7)
      assert.ok(
        found.every((s) => s.calls >= 19),
        'five of window 20 and two of window 19',
      )
    })

    test('of one series are its own; of a kind or target without any, none', async () => {
      const one = await ask({ seriesKind: 'statement', seriesKey: 'c:d', from: 3, to: 5 })
      assert.deepEqual(
        one.map((s) => [s.seriesKey, s.calls]),
        [3, 4, 5].map((window) => ['c:d', window]),
      )
      assert.deepEqual(await ask({ seriesKind: 'plan', seriesKey: null, from: 0, to: 20 }), [])
      const other = { targetId: world.targetId + 99, seriesKind: 'statement', seriesKey: null, limit: 5 }
      assert.deepEqual(
        await world.store.read.samples({ ...other, from: fromMs(BEGAN_MS), to: fromMs(BEGAN_MS + 1e6) }),
        [],
      )
    })
  })
}
