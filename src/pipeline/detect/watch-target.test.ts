import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { openFull } from '../../../test/contract/store/context.ts'
import { startStore, type TestStore } from '../../../test/store/support/stores.ts'
import type { FullStore } from '../../../test/support/pipeline-rows.ts'
import { detector, EVERY_MS, type Snapshots, T0, watchScene } from '../../../test/support/watch-scene.ts'
import type { Detector } from '../../core/detector.ts'
import type { SeriesWindow } from '../../core/engine.ts'
import type { DetectionEvent, Target } from '../../core/nouns.ts'
import { fromMs } from '../../core/time.ts'

/** A scene on this test’s target and store. */
const scene = (
  options: { readonly detectors?: readonly Detector<Snapshots>[]; readonly calmWindowMs?: number } = {},
) => watchScene({ target, port: store.observe, uid: `uid-${count}`, ...options })

let server: TestStore
let store: FullStore
let target: Target
let count = 0

before(async () => {
  server = await startStore('sqlite')
  store = await openFull(server)
})
after(async () => {
  await store.close()
  await server.stop()
})
beforeEach(async () => {
  count += 1
  const targetName = `t${count}`
  const targetId = await store.serve.addTarget({ targetName, engine: 'mysql', connection: {} })
  target = { targetId, targetName, engine: 'mysql', connection: {}, enabled: true, instanceUid: null }
})

/** Events of this test's target, oldest first. */
const events = async (): Promise<readonly DetectionEvent[]> =>
  [...(await store.read.events({ targetId: target.targetId, limit: 200 }))].reverse()
const kinds = async (): Promise<string[]> => (await events()).map((e) => e.eventKind)

const BUSY = { stock: { waiting: 12, readings: 100 } }
const CALM = { stock: { waiting: 1, readings: 100 } }

describe('watching a target', () => {
  test('writes a breach a window, on the window’s own times, under one fingerprint', async () => {
    const { state, window } = scene()
    state.tables = BUSY
    for (let i = 0; i < 3; i += 1) assert.equal(await window(), 1)
    const found = await events()
    assert.deepEqual(
      found.map((e) => [e.eventKind, e.severityIndicator, e.windowEnd]),
      [1, 2, 3].map((n) => ['BREACH', 'WARNING', fromMs(T0 + n * EVERY_MS)]),
    )
    assert.equal(new Set(found.map((e) => e.issueFingerprint)).size, 1)
  })

  test('writes the same window once, however often it is read', async () => {
    const { state, watch, window } = scene()
    state.tables = BUSY
    assert.equal(await window(), 1)
    const again = scene()
    again.state.tables = BUSY
    again.state.nowMs = state.nowMs
    assert.equal(await again.watch.tick(state.nowMs), 0)
    assert.equal(await watch.tick(state.nowMs), 0)
    assert.deepEqual(await kinds(), ['BREACH'])
  })

  test('runs a detector when it is due and not before', async () => {
    const { state, watch } = scene()
    state.tables = BUSY
    assert.equal(await watch.tick(T0), 1)
    state.nowMs = T0 + EVERY_MS - 1
    assert.equal(await watch.tick(state.nowMs), 0)
    state.nowMs = T0 + EVERY_MS
    assert.equal(await watch.tick(state.nowMs), 1)
  })

  test('writes nothing while an instrument cannot be read, and names it', async () => {
    const { state, watch, lines, window } = scene()
    state.tables = BUSY
    state.readable = false
    for (let i = 0; i < 3; i += 1) assert.equal(await window(), 0)
    assert.equal(watch.unknown.get('waits'), 'no answer')
    assert.equal(lines.filter((l) => l.instrument === 'waits').length, 1, 'said once, not at every window')
    state.readable = true
    await window()
    assert.equal(watch.unknown.has('waits'), false)
  })

  test('says once what is skipped for its cost, with the figures', async () => {
    const { state, lines, window } = scene()
    state.cost = { ...state.cost, busyMsPerSecond: 5, shed: ['catalog'] }
    for (let i = 0; i < 3; i += 1) await window()
    state.cost = {
      ...state.cost,
      shed: ['catalog', 'tableSizes', 'serverErrors', 'slowLog'],
      shedsMuch: true,
    }
    await window()
    assert.deepEqual(
      lines.map((l) => [l.level, l.costMsPerSecond, l.budgetMsPerSecond]),
      [['info', 5, 2]],
    )
    for (let i = 0; i < 60; i += 1) await window()
    assert.deepEqual(
      lines.map((l) => l.level),
      ['info', 'warn'],
    )
  })

  test('writes nothing while nobody says who answers', async () => {
    const { state, window } = scene()
    state.tables = BUSY
    state.identity.known = false
    assert.equal(await window(), 0)
    assert.deepEqual(await kinds(), [])
  })

  test('remembers who answered', async () => {
    const { state, window } = scene()
    await window()
    const stored = (await store.read.targets()).find((t) => t.targetId === target.targetId)
    assert.equal(stored?.instanceUid, state.identity.uid)
  })
})

describe('recovery', () => {
  test('is written after twelve calm windows with the workload there, once', async () => {
    const { state, window } = scene()
    state.tables = BUSY
    await window()
    state.tables = CALM
    for (let i = 0; i < 11; i += 1) assert.equal(await window(), 0)
    assert.equal(await window(), 1)
    for (let i = 0; i < 15; i += 1) assert.equal(await window(), 0)
    assert.deepEqual(await kinds(), ['BREACH', 'CLEARED'])
  })

  test('is not written while the workload stays away', async () => {
    const { state, window } = scene()
    state.tables = BUSY
    await window()
    state.tables = { stock: { waiting: 0, readings: 3 } }
    for (let i = 0; i < 30; i += 1) await window()
    state.tables = {}
    for (let i = 0; i < 30; i += 1) await window()
    assert.deepEqual(await kinds(), ['BREACH'])
  })

  test('goes on being looked for after a restart of ours', async () => {
    const first = scene()
    first.state.tables = BUSY
    await first.window()
    const [breach] = await events()
    assert.ok(breach)
    await store.reason.openIssue({
      targetId: target.targetId,
      instanceUid: breach.instanceUid,
      issueCategory: breach.issueCategory,
      issueFingerprint: breach.issueFingerprint,
      ruleId: breach.ruleId,
      severity: 'WARNING',
      affectedResourceType: 'table',
      affectedResourceName: 'stock',
      occurrenceCount: 1,
      firstOccurrenceEventId: breach.eventId,
      lastDetectionEventId: breach.eventId,
      recurrenceOfIssueId: null,
    })
    const second = scene()
    second.state.nowMs = first.state.nowMs
    second.state.tables = CALM
    for (let i = 0; i < 12; i += 1) await second.window()
    assert.deepEqual(await kinds(), ['BREACH', 'CLEARED'])
    const third = scene()
    third.state.nowMs = second.state.nowMs
    third.state.tables = { stock: { waiting: 1, readings: 19 } }
    for (let i = 0; i < 20; i += 1) await third.window()
    assert.deepEqual(await kinds(), ['BREACH', 'CLEARED'], 'the opening workload was remembered')
  })

  test('is followed from the first tick even if the store failed at that moment', async () => {
    const { state, window } = scene()
    const original = store.observe.setTargetIdentity
    state.tables = BUSY
    ;(store.observe as { setTargetIdentity: unknown }).setTargetIdentity = async () => {
      throw new Error('the store is away')
    }
    try {
      await assert.rejects(window(), /away/)
    } finally {
      ;(store.observe as { setTargetIdentity: unknown }).setTargetIdentity = original
    }
    await window()
    const stored = (await store.read.targets()).find((t) => t.targetId === target.targetId)
    assert.equal(stored?.instanceUid, state.identity.uid)
  })
})

describe('a restart or failover of the target', () => {
  test('is a notice of its own, written once', async () => {
    const { state, window } = scene()
    await window()
    state.identity.epoch = fromMs(T0 + 11_000)
    assert.equal(await window(), 1)
    assert.equal(await window(), 0)
    const [notice] = await events()
    assert.deepEqual(
      [notice?.eventKind, notice?.ruleId, notice?.metricName, notice?.severityIndicator],
      ['NOTICE', 'mysql/counter-epoch', 'counter_epoch', 'INFO'],
    )
  })

  test('to another server is one too, and the memory of the detectors ends with it', async () => {
    const seen: (string | undefined)[] = []
    const remembering = detector({
      detect: async (view) => {
        seen.push(view.memory.get('k') as string | undefined)
        view.memory.set('k', 'kept')
        return []
      },
    })
    const { state, window } = scene({ detectors: [remembering] })
    await window()
    await window()
    state.identity.uid = `${state.identity.uid}-other`
    await window()
    assert.deepEqual(seen, [undefined, 'kept', undefined])
    assert.equal((await events()).at(-1)?.metricName, 'identity_changed')
  })

  test('is not seen in a start time that wanders by less than five seconds', async () => {
    const { state, window } = scene()
    await window()
    state.identity.epoch = fromMs(Date.parse(state.identity.epoch) + 4_000)
    await window()
    assert.deepEqual(await kinds(), [])
  })
})

describe('what fails', () => {
  const broken = (): Detector<Snapshots> =>
    detector({
      id: 'mysql/broken',
      detect: async () => {
        throw new Error('a bug')
      },
    })

  test('in one detector stops no other, and is said once', async () => {
    const { state, lines, window } = scene({ detectors: [broken(), detector()] })
    state.tables = BUSY
    assert.equal(await window(), 1)
    assert.equal(await window(), 1)
    assert.equal(lines.filter((l) => l.message.includes('a bug')).length, 1)
  })

  test('and works again is forgotten, so that it is said again when it comes back', async () => {
    let bad = true
    const flaky = detector({
      detect: async () => {
        if (bad) throw new Error('now and then')
        return []
      },
    })
    const { lines, window } = scene({ detectors: [flaky] })
    for (const now of [true, true, false, true]) {
      bad = now
      await window()
    }
    assert.equal(lines.filter((l) => l.message.includes('now and then')).length, 2)
  })

  test('in the series stops no detector', async () => {
    const { state, lines, window } = scene()
    state.tables = BUSY
    state.seriesFail = true
    assert.equal(await window(), 1)
    assert.equal(await window(), 1)
    assert.equal(lines.filter((l) => l.message.includes('series')).length, 1)
  })

  test('in the store loses no event: a recovery not stored is stored later', async () => {
    const { state, window } = scene()
    const original = store.observe.appendEvents
    state.tables = BUSY
    await window()
    state.tables = CALM
    for (let i = 0; i < 11; i += 1) await window()
    ;(store.observe as { appendEvents: unknown }).appendEvents = async () => {
      throw new Error('the store is away')
    }
    try {
      await assert.rejects(window(), /away/)
    } finally {
      ;(store.observe as { appendEvents: unknown }).appendEvents = original
    }
    assert.equal(await window(), 1)
    assert.deepEqual(await kinds(), ['BREACH', 'CLEARED'])
  })

  test('to be a number is no finding, and takes no other finding with it', async () => {
    const { state, window } = scene()
    state.tables = { a: { waiting: Number.POSITIVE_INFINITY, readings: 1 }, b: { waiting: 12, readings: 1 } }
    assert.equal(await window(), 1)
    assert.deepEqual(
      (await events()).map((e) => e.affectedResourceName),
      ['b'],
    )
  })

  test('to stay within 50 findings a window is cut there and logged', async () => {
    const { state, lines, window } = scene()
    state.tables = Object.fromEntries(
      Array.from({ length: 60 }, (_, i) => [`t${i}`, { waiting: 12, readings: 1 }]),
    )
    assert.equal(await window(), 50)
    assert.deepEqual([lines[0]?.found, lines[0]?.kept], [60, 50])
  })
})

describe('series', () => {
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
    store.read.samples({
      targetId: target.targetId,
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
    const original = store.observe.appendSamples
    const next = async (): Promise<void> => {
      state.series = [{ ...sample(state.nowMs + EVERY_MS), windowStart: fromMs(state.nowMs) }]
      await window()
    }
    while (state.nowMs < T0 + 1_200_000) await next()
    ;(store.observe as { appendSamples: unknown }).appendSamples = async () => {
      throw new Error('the store is away')
    }
    await next()
    ;(store.observe as { appendSamples: unknown }).appendSamples = original
    await next()
    const span = { from: fromMs(T0 - 60_000), to: fromMs(T0 + 1_800_000), limit: 1000 }
    const asked = { targetId: target.targetId, seriesKey: null, ...span }
    const rolled = await store.read.samples({ ...asked, seriesKind: 'statement/10m' })
    const fine = await store.read.samples({ ...asked, seriesKind: 'statement' })
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
    const original = store.observe.appendSamples
    for (let i = 0; i < 5; i += 1) {
      state.series = [{ ...sample(state.nowMs + EVERY_MS), windowStart: fromMs(state.nowMs) }]
      ;(store.observe as { appendSamples: unknown }).appendSamples =
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
    const original = store.observe.appendSamples
    state.series = [sample(T0)]
    ;(store.observe as { appendSamples: unknown }).appendSamples = async () => {
      throw new Error('the store is away')
    }
    try {
      await window()
    } finally {
      ;(store.observe as { appendSamples: unknown }).appendSamples = original
    }
    await window()
    assert.equal((await kept()).length, 1)
  })
})
