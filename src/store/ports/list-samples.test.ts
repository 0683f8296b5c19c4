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

    test('what is gone of a series is answered by its sums, but never by sums of more than was asked for', async () => {
      const { epoch, ...row } = all.find((s) => s.seriesKind === 'statement') ?? assert.fail()
      const at = (window: number): string => fromMs(BEGAN_MS + window * WINDOW_MS)
      const own = { ...row, epoch, seriesKey: 'rolled' }
      const of = (seriesKind: string, from: number, to: number, calls: number): MetricSample => {
        const [windowStart, windowEnd] = [at(from), at(to)]
        return { ...own, seriesKind, windowStart, windowEnd, calls }
      }
      const fine = [0, 1, 3, 4].map((window) => of('statement', window, window + 1, 1))
      const whole = [6, 7].map((window) => of('statement', window, window + 1, 1))
      const rolled = [
        of('statement/10m', 0, 5, 5),
        of('statement/10m', 6, 8, 2),
        of('statement/10m', 9, 12, 0),
      ]
      await world.store.observe.appendSamples([...fine, ...whole, ...rolled])
      const calls = async (from: number, to: number): Promise<readonly (readonly [string, number])[]> => {
        const found = await ask({ seriesKind: 'statement', seriesKey: 'rolled', from, to })
        assert.ok(found.every((s) => s.seriesKind === 'statement'))
        return found.map((s) => [s.windowEnd, s.calls] as const)
      }
      const still = whole.map((s) => [s.windowEnd, 1] as const)
      assert.deepEqual(await calls(0, 20), [[at(5), 5], ...still, [at(12), 0]])
      assert.deepEqual(
        await calls(0, 4),
        fine.map((s) => [s.windowEnd, 1]),
        'it ends after what was asked for',
      )
      assert.deepEqual(await calls(1, 8), [...fine.slice(1).map((s) => [s.windowEnd, 1] as const), ...still])
      assert.deepEqual(await calls(6, 7), still, 'both ends included')
    })
  })
}
