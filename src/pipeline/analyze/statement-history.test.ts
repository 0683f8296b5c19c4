import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { MetricSample } from '../../core/nouns.ts'
import type { ReadPort } from '../../core/store-ports.ts'
import { fromMs, toMs } from '../../core/time.ts'
import { statementHistory, troubleProfile, troubleSince } from './statement-history.ts'

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
function history(
  samples: readonly MetricSample[],
  since: string | null = null,
  trouble: ReturnType<typeof troubleProfile> = null,
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
      rawContext: JSON.stringify({ fingerprintId: 'q1', timeSharePercent: 80, ...FACTS, ...facts }),
    })
    const of = (events: Parameters<typeof troubleProfile>[0]) => troubleProfile(events, 'q1', NOW - 60_000)

    test('takes the figures of the events: the windows before would say it is well', async () => {
      const well = [10_000, 20_000, 30_000, 40_000].map((ago) => sample(ago))
      const trouble = of([breach(0), breach(10_000, { calls: 30, timeSharePercent: 60 })])
      assert.deepEqual(trouble, {
        calls: 40,
        callsPerSecond: 2,
        meanMs: 200,
        lockMsPerCall: 1,
        rowsExaminedPerCall: 4_500,
        rowsSentPerCall: 0.5,
        rowsAffectedPerCall: 0,
        timeSharePercent: 70,
      })
      const found = await history(well, fromMs(NOW - 1_000), trouble)
      assert.deepEqual(found?.current, trouble)
      assert.equal(found?.baseline?.meanMs, 10, 'all windows on record are before')
      assert.deepEqual((await history([], fromMs(NOW - 1_000), trouble))?.current, trouble)
    })
    test('takes samples where there are some: they are of whole windows', async () => {
      const bad = sample(0, { totalMs: 4_000 })
      const found = await history([bad], fromMs(NOW - 15_000), of([breach(0)]))
      assert.equal(found?.current.meanMs, 200)
    })
    test('counts a window once, of however many detectors’ events', () =>
      assert.equal(of([breach(0), breach(0)])?.calls, 10))
    test('takes nothing from events of another class, of long ago, of its end, or without the figures', () => {
      assert.equal(of([breach(0, { fingerprintId: 'q2' })]), null)
      assert.equal(of([breach(90_000)]), null)
      assert.equal(of([{ ...breach(0), eventKind: 'CLEARED' }]), null)
      assert.equal(of([breach(0, { rowsSent: 'many' }), { ...breach(9), rawContext: 'no JSON' }]), null)
      assert.equal(of([breach(0, { calls: 0 })]), null)
    })
  })

  test('is in trouble since the oldest breach of late, half a window earlier', () => {
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
    assert.equal(since, fromMs(NOW - 25_000))
    assert.equal(troubleSince([event(90_000)], NOW - 60_000), null)
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
