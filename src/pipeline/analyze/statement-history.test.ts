import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Json } from '../../core/canonical.ts'
import type { Detector } from '../../core/detector.ts'
import type { Issue, MetricSample } from '../../core/nouns.ts'
import type { ReadPort } from '../../core/store-ports.ts'
import { fromMs, toMs } from '../../core/time.ts'
import { toEvent } from '../detect/to-event.ts'
import { readHistory, statementHistory, troubleSince, troubleWindows } from './statement-history.ts'

const NOW = Date.parse('2026-11-21T10:00:00Z')
const HOUR = 3_600_000
const DAY = 24 * HOUR
const settings = { currentSeconds: 60, baselineSeconds: 7200, minimumCalls: 30 }

/** A ten-second window that ended `agoMs` before now. */
const sample = (agoMs: number, change: Partial<MetricSample> = {}): MetricSample => ({
  targetId: 1,
  instanceUid: 'u',
  epoch: fromMs(NOW - 30 * DAY),
  seriesKind: 'statement',
  seriesKey: 'q1',
  windowStart: fromMs(NOW - agoMs - 10_000),
  windowEnd: fromMs(NOW - agoMs),
  calls: 20,
  totalMs: 200,
  measures: { rows_examined: 4000, rows_sent: 20, rows_affected: 0, lock_ms: 10 },
  ...change,
})

/** The samples a store holds, asked as the store asks. */
/** The context of an event as the detect stage records it. */
const contextOf = (facts: { readonly [name: string]: Json }): string =>
  toEvent(
    {
      id: 'mysql/full-scan',
      version: 1,
      category: 'QUERY_PERFORMANCE',
      source: 'PERFORMANCE_SCHEMA',
    } as Detector<never>,
    {
      resourceType: 'statement',
      resourceName: 'select ?',
      resourceKey: 'shop|q1',
      severity: 'WARNING',
      metricName: 'rows_examined_per_call',
      metricValue: 9_000,
      metricUnit: 'rows',
      limit: 1_000,
      workload: 10,
      opensAtOnce: false,
      context: facts,
    },
    {
      origin: {
        targetId: 1,
        instanceUid: 'u',
        epoch: fromMs(NOW),
        windowStart: fromMs(NOW - 10_000),
        windowEnd: fromMs(NOW),
        partial: false,
      },
      kind: 'BREACH',
      sha256: () => '0'.repeat(64),
    },
  ).rawContext

function history(
  samples: readonly MetricSample[],
  since: string | null = null,
  trouble: ReturnType<typeof troubleWindows> = [],
) {
  const read = {
    samples: async (q: Parameters<ReadPort['samples']>[0]) =>
      samples.filter(
        (s) =>
          s.seriesKind === q.seriesKind &&
          (q.seriesKey === null || s.seriesKey === q.seriesKey) &&
          toMs(s.windowStart) >= toMs(q.from) &&
          toMs(s.windowEnd) <= toMs(q.to),
      ),
  } as unknown as ReadPort
  return statementHistory(
    read,
    { targetId: 1, fingerprintId: 'q1', now: fromMs(NOW), since, trouble },
    settings,
  )
}

describe('the history of a statement class', () => {
  test('is nothing where it has no samples now', async () => {
    assert.equal(await history([]), null)
    assert.equal(await history([sample(5 * 60_000)]), null)
    assert.equal(await history([sample(0, { seriesKey: 'q2' })]), null)
  })

  test('begins no earlier than the trouble: the windows before it would hide it', async () => {
    const well = [10_000, 20_000, 30_000, 40_000].map((ago) => sample(ago))
    const bad = sample(0, { totalMs: 4_000 })
    const found = await history([bad, ...well], fromMs(NOW - 15_000))
    assert.equal(found?.current.meanMs, 200)
    assert.equal(found?.baseline?.meanMs, 10, 'what was now is before')
    assert.equal((await history([bad, ...well]))?.current.meanMs, 48)
    assert.equal(
      (await history(well, fromMs(NOW - 1_000)))?.current.meanMs,
      10,
      'nothing since: all there is',
    )
  })

  describe('of which no sample since the trouble is stored yet', () => {
    const FACTS = {
      calls: 10,
      totalMs: 4_000,
      lockMs: 20,
      rowsExamined: 90_000,
      rowsSent: 10,
      rowsAffected: 0,
    }
    const breach = (agoMs: number, facts: object = {}) => ({
      eventKind: 'BREACH' as const,
      recordedAt: fromMs(NOW - agoMs),
      windowStart: fromMs(NOW - agoMs - 10_000),
      windowEnd: fromMs(NOW - agoMs),
      rawContext: contextOf({ fingerprintId: 'q1', timeSharePercent: 80, ...FACTS, ...facts }),
    })
    const of = (events: Parameters<typeof troubleWindows>[0]) => troubleWindows(events, 'q1', NOW - 60_000)

    test('takes the figures of the events: the windows before would say it is well', async () => {
      const well = [30_000, 40_000, 50_000].map((ago) => sample(ago))
      const trouble = of([breach(0), breach(10_000, { calls: 30, timeSharePercent: 60 }), breach(20_000)])
      const found = await history(well, fromMs(NOW - 35_000), trouble)
      assert.deepEqual(found?.current, {
        calls: 40,
        callsPerSecond: 2,
        meanMs: 200,
        lockMsPerCall: 1,
        rowsExaminedPerCall: 4_500,
        rowsSentPerCall: 0.5,
        rowsAffectedPerCall: 0,
        timeSharePercent: 70,
      })
      assert.equal(found?.baseline?.meanMs, 10, 'all windows on record are before')
      assert.equal(found?.isFirstWindow, false)
      assert.deepEqual((await history([], fromMs(NOW - 35_000), trouble))?.current, found?.current)
    })
    test('however long they took to be recorded, on a target whose clock is an hour ahead, too', async () => {
      const well = [18_000, 28_000, 38_000].map((ago) => sample(ago))
      for (const aheadMs of [0, HOUR]) {
        // Its window ended eight seconds ago, where that of the newest sample ended ten seconds earlier.
        const event = {
          ...breach(0),
          windowStart: fromMs(NOW + aheadMs - 18_000),
          windowEnd: fromMs(NOW + aheadMs - (aheadMs === 0 ? 6_500 : 8_000)),
        }
        const found = await history(well, troubleSince([event], NOW - 60_000), of([event]))
        assert.deepEqual([found?.current.meanMs, found?.isFirstWindow], [400, true], `${aheadMs} ms ahead`)
      }
    })
    test('and counts none twice of which a sample is stored', async () => {
      for (const aheadMs of [0, -HOUR]) {
        const event = {
          ...breach(0),
          windowStart: fromMs(NOW + aheadMs - 11_000),
          windowEnd: fromMs(NOW + aheadMs - 1_000),
        }
        const stored = sample(1_000, { calls: 10, totalMs: 4_000 })
        const found = await history([stored], troubleSince([event], NOW - 60_000), of([event]))
        assert.deepEqual([found?.current.calls, found?.isFirstWindow], [10, true], `${aheadMs} ms ahead`)
      }
    })
    test('takes samples where there are some, and events for the others', async () => {
      const first = sample(10_000, { totalMs: 300 })
      const found = await history([first], fromMs(NOW - 25_000), of([breach(0), breach(10_000)]))
      assert.deepEqual([found?.current.meanMs, found?.current.calls], [400, 10])
      const alone = await history([sample(0, { totalMs: 4_000 })], fromMs(NOW - 15_000), of([breach(0)]))
      assert.equal(alone?.current.meanMs, 200)
    })
    test('counts a window once, of however many detectors’ events', () =>
      assert.equal(of([breach(0), breach(0)]).length, 1))
    test('takes nothing from events of another class, of long ago, of its end, or without the figures', () => {
      assert.deepEqual(of([breach(0, { fingerprintId: 'q2' })]), [])
      assert.deepEqual(of([breach(90_000)]), [])
      assert.deepEqual(of([{ ...breach(0), eventKind: 'CLEARED' }]), [])
      assert.deepEqual(of([breach(0, { rowsSent: 'many' }), { ...breach(9), rawContext: 'no JSON' }]), [])
      assert.deepEqual(of([breach(0, { calls: 0 })]), [])
    })
  })

  describe('whose plan changed within a window', () => {
    const mixed = sample(10_000, { calls: 20, totalMs: 400 })
    const slow = sample(0, { calls: 5, totalMs: 1_000 })
    const since = fromMs(NOW - 25_000)

    test('is what it is since: the window in which it began is of both plans', async () => {
      const found = await history([mixed, slow], since)
      assert.deepEqual([found?.current.meanMs, found?.isFirstWindow], [200, false])
    })
    test('is that window while there is no other, and says so', async () => {
      const found = await history([mixed], since)
      assert.deepEqual([found?.current.meanMs, found?.isFirstWindow], [20, true])
      assert.equal((await history([mixed]))?.isFirstWindow, false, 'no trouble is on record')
    })
    test('is asked for again until there is another, within the time an answer may take', async () => {
      const asked = async (anotherWindow: boolean, windows: readonly MetricSample[][]) => {
        let looks = 0
        const event = { eventKind: 'BREACH', recordedAt: fromMs(NOW - 10_000), rawContext: '{}' }
        const read = {
          now: async () => fromMs(NOW),
          events: async () => [{ ...event, windowStart: mixed.windowStart, windowEnd: mixed.windowEnd }],
          samples: async (q: Parameters<ReadPort['samples']>[0]) =>
            q.seriesKind === 'statement' && toMs(q.from) >= NOW - 60_000
              ? (windows[Math.min(looks, windows.length - 1)] ?? [])
              : [],
        } as unknown as ReadPort
        const params = anotherWindow ? { fingerprintId: 'q1', anotherWindow } : { fingerprintId: 'q1' }
        const question = { kind: 'statement-history', params }
        const sleep = async () => {
          looks += 1
        }
        const issue = { targetId: 1, issueFingerprint: 'f' } as Issue
        const found = await readHistory(read, { issue, question, wait: { forMs: 1_000, sleep } }, settings)
        return [found.known ? found.value.isFirstWindow : null, looks]
      }
      assert.deepEqual(await asked(true, [[mixed], [mixed], [mixed, slow]]), [false, 2])
      assert.deepEqual(await asked(true, [[mixed]]), [true, 4])
      assert.deepEqual(await asked(false, [[mixed], [mixed, slow]]), [true, 0])
    })
  })

  test('is in trouble since the window of the oldest breach of late; half a window earlier by another clock', () => {
    const event = (agoMs: number, eventKind: 'BREACH' | 'CLEARED' = 'BREACH') =>
      ({
        eventKind,
        recordedAt: fromMs(NOW - agoMs),
        windowStart: fromMs(NOW - agoMs - 10_000),
        windowEnd: fromMs(NOW - agoMs),
      }) as Parameters<typeof troubleSince>[0][number]
    const since = troubleSince(
      [event(0), event(10_000), event(20_000, 'CLEARED'), event(90_000)],
      NOW - 60_000,
    )
    assert.equal(since, fromMs(NOW - 20_000))
    assert.equal(troubleSince([event(90_000)], NOW - 60_000), null)
    const ahead = {
      ...event(0),
      windowStart: fromMs(NOW + HOUR - 10_000),
      windowEnd: fromMs(NOW + HOUR),
    }
    assert.equal(troubleSince([ahead], NOW - 60_000), fromMs(NOW - 15_000))
  })

  test('is figures a call, a second, and a share of the server’s time', async () => {
    const totals = sample(0, { seriesKind: 'server', seriesKey: 'totals', totalMs: 1000 })
    const found = await history([sample(0), sample(10_000), totals])
    assert.deepEqual(found?.current, {
      calls: 40,
      callsPerSecond: 2,
      meanMs: 10,
      lockMsPerCall: 0.5,
      rowsExaminedPerCall: 200,
      rowsSentPerCall: 1,
      rowsAffectedPerCall: 0,
      timeSharePercent: 40,
    })
  })

  test('has the plans of the last week, each with its mean and its newest steps', async () => {
    const plan = (
      agoMs: number,
      hash: string,
      change: Partial<MetricSample>,
      steps: MetricSample['measures'],
    ) =>
      sample(agoMs, { seriesKind: 'plan', measures: { ...steps, [`plan ${hash.repeat(64)}`]: 1 }, ...change })
    const found = await history([
      sample(0),
      plan(8 * DAY, 'c', { calls: 500 }, {}),
      plan(2 * DAY, 'a', { calls: 100, totalMs: 100 }, { '01 t ref old': 3 }),
      plan(DAY, 'a', { calls: 300, totalMs: 700 }, { '02 u ALL': 9, '01 t ref by_a': 4 }),
      plan(HOUR, 'b', { calls: 10, totalMs: 900 }, { '01 t ALL': 5000 }),
      plan(HOUR, 'd', { seriesKey: 'q2' }, {}),
      sample(HOUR, { seriesKind: 'plan', measures: { 'no plan': 1 } }),
    ])
    assert.deepEqual(found?.planHashes, [
      {
        planHash: 'a'.repeat(64),
        calls: 400,
        meanMs: 2,
        steps: [
          { step: 't ref by_a', rows: 4 },
          { step: 'u ALL', rows: 9 },
        ],
        lastSeenAt: fromMs(NOW - DAY),
      },
      {
        planHash: 'b'.repeat(64),
        calls: 10,
        meanMs: 90,
        steps: [{ step: 't ALL', rows: 5000 }],
        lastSeenAt: fromMs(NOW - HOUR),
      },
    ])
  })

  test('is compared with the same hour of earlier days', async () => {
    const quick = { totalMs: 20 }
    const found = await history([
      sample(0),
      sample(DAY + 10 * 60_000, quick),
      sample(3 * DAY - 10 * 60_000, quick),
      sample(20 * 60_000, { totalMs: 500 }),
    ])
    assert.equal(found?.baselineFrom, 'the same hour of earlier days')
    assert.deepEqual([found?.baseline?.calls, found?.baseline?.meanMs], [40, 1])
  })

  test('is compared with the last two hours where earlier days say too little', async () => {
    const found = await history([
      sample(0),
      sample(DAY),
      sample(DAY + 2 * HOUR, { calls: 1000 }),
      sample(8 * DAY, { calls: 1000 }),
      sample(20 * 60_000, { totalMs: 20 }),
      sample(90 * 60_000, { totalMs: 20 }),
      sample(3 * HOUR, { calls: 1000 }),
    ])
    assert.equal(found?.baselineFrom, 'earlier windows of the last hours')
    assert.deepEqual([found?.baseline?.calls, found?.baseline?.meanMs], [40, 1])
  })

  test('is compared with nothing where too few calls are on record', async () => {
    const found = await history([sample(0), sample(20 * 60_000)])
    assert.equal(found?.baseline, null)
    assert.match(found?.baselineFrom ?? '', /too few calls/)
  })

  test('of windows without calls is zeros, not a division by zero', async () => {
    const found = await history([sample(0, { calls: 0, totalMs: 0, measures: {} })])
    assert.equal(found?.current.meanMs, 0)
    assert.equal(found?.current.timeSharePercent, 0)
  })
})
