import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { detector, EVERY_MS, type Snapshots, T0 } from '../../../test/support/watch-scene.ts'
import { BUSY, CALM, watchStage } from '../../../test/support/watch-stage.ts'
import type { Detector } from '../../core/detector.ts'
import { fromMs } from '../../core/time.ts'

const stage = watchStage()
const { scene, events, kinds } = stage

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

  test('asks to look closely when a breach is new, and once for each resource', async () => {
    const { state, window } = scene()
    state.tables = CALM
    await window()
    assert.equal(state.attended, 0)
    state.tables = BUSY
    await window()
    await window()
    assert.equal(state.attended, 1)
    state.tables = { ...BUSY, orders: { waiting: 20, readings: 100 } }
    await window()
    assert.equal(state.attended, 2)
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

  test('puts the first turn of what looks rarely off by chance where it is told to, and nothing else', async () => {
    const looks: string[] = []
    const looking = (id: string, everyMs: number): Detector<Snapshots> =>
      detector({
        id,
        everyMs,
        detect: async () => {
          looks.push(id)
          return []
        },
      })
    const detectors = [looking('mysql/often', EVERY_MS), looking('mysql/rarely', 900_000)]
    const { state, watch } = scene({ detectors, firstRareWithinMs: 4 * EVERY_MS })
    // Chance is one half here: the turn comes after two intervals.
    for (const at of [0, 1, 2, 3]) {
      state.nowMs = T0 + at * EVERY_MS
      await watch.tick(state.nowMs)
    }
    assert.deepEqual(looks, ['mysql/often', 'mysql/often', 'mysql/often', 'mysql/rarely', 'mysql/often'])
    const alone = scene({ detectors })
    await alone.watch.tick(T0)
    assert.deepEqual(looks.slice(5), ['mysql/often', 'mysql/rarely'])
  })

  test('runs a detector as often as its instrument is read', async () => {
    const { state, watch } = scene()
    state.tables = BUSY
    state.cost = { ...state.cost, stretched: { waits: 0.5 } }
    assert.equal(await watch.tick(T0), 1)
    state.nowMs = T0 + EVERY_MS / 2
    state.cost = { ...state.cost, stretched: { waits: 2 } }
    assert.equal(await watch.tick(state.nowMs), 1)
    state.nowMs += 2 * EVERY_MS - 1
    assert.equal(await watch.tick(state.nowMs), 0)
    state.nowMs += 1
    assert.equal(await watch.tick(state.nowMs), 1)
  })

  test('runs a detector early for a reading that was made for another, which the next would replace', async () => {
    const ran: (readonly [string, number])[] = []
    const noting = (id: string, everyMs: number): Detector<Snapshots> => ({
      ...detector({ id, everyMs }),
      detect: async (view) => {
        ran.push([id, state.nowMs - T0])
        await view.read('waits')
        return []
      },
    })
    const { state, watch } = scene({ detectors: [noting('often', 10_000), noting('seldom', 14_000)] })
    for (let at = 0; at <= 24_000; at += 1_000) {
      state.nowMs = T0 + at
      await watch.tick(state.nowMs)
    }
    assert.deepEqual(
      ran.filter(([id]) => id === 'seldom').map(([, at]) => at),
      [0, 12_000, 24_000],
    )
  })

  test('runs it no earlier than four fifths of its interval, whatever is read meanwhile', async () => {
    const ran: number[] = []
    const { state, watch } = scene({
      detectors: [
        detector({ id: 'mysql/often', everyMs: 1_000 }),
        {
          ...detector({ id: 'mysql/seldom', everyMs: 20_000 }),
          detect: async (view) => {
            ran.push(state.nowMs - T0)
            await view.read('waits')
            return []
          },
        },
      ],
    })
    for (let at = 0; at <= 32_000; at += 1_000) {
      state.nowMs = T0 + at
      await watch.tick(state.nowMs)
    }
    assert.deepEqual(ran, [0, 16_000, 32_000])
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
    await window()
    assert.equal(lines.filter((l) => l.message === 'waits is read again').length, 1)
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
    const stored = (await stage.store.read.targets()).find((t) => t.targetId === stage.target.targetId)
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
    await stage.store.reason.openIssue({
      targetId: stage.target.targetId,
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
    const original = stage.store.observe.setTargetIdentity
    state.tables = BUSY
    ;(stage.store.observe as { setTargetIdentity: unknown }).setTargetIdentity = async () => {
      throw new Error('the store is away')
    }
    try {
      await assert.rejects(window(), /away/)
    } finally {
      ;(stage.store.observe as { setTargetIdentity: unknown }).setTargetIdentity = original
    }
    await window()
    const stored = (await stage.store.read.targets()).find((t) => t.targetId === stage.target.targetId)
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

  test('and works again is said and forgotten, so that it is said again when it comes back', async () => {
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
    const ofIt = lines.filter((l) => l.instrument === flaky.id).map((l) => l.message)
    const failed = `detector ${flaky.id} failed: now and then`
    assert.deepEqual(ofIt, [failed, `detector ${flaky.id} works again`, failed])
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
    const original = stage.store.observe.appendEvents
    state.tables = BUSY
    await window()
    state.tables = CALM
    for (let i = 0; i < 11; i += 1) await window()
    ;(stage.store.observe as { appendEvents: unknown }).appendEvents = async () => {
      throw new Error('the store is away')
    }
    try {
      await assert.rejects(window(), /away/)
    } finally {
      ;(stage.store.observe as { appendEvents: unknown }).appendEvents = original
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
