import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DetectorBench } from '../../../test/support/mysql-bench.ts'
import type { OpenIssue, ReportedFailure, WatchedFailures, WatchState } from '../../core/reported-failures.ts'
import { reportedError } from './reported-error.ts'

const SIGNATURE = 'a'.repeat(64)

const windowOf = (...changes: readonly Partial<ReportedFailure>[]) => ({
  reportedFailures: {
    windowStart: '2026-01-05T10:00:00.000000Z',
    windowEnd: '2026-01-05T10:00:10.000000Z',
    elapsedMs: 10_000,
    failures: changes.map((change) => ({
      signature: SIGNATURE,
      engine: 'mariadb',
      code: '1146',
      failureType: 'TABLE_NOT_FOUND',
      object: 'shop.coupons',
      strategy: 'SELF_HEALING' as const,
      met: 2,
      statementFingerprint: 'b'.repeat(32),
      healings: 0,
      recoveryEnabled: true,
      ...change,
    })),
  },
})

const FACTS = {
  signature: SIGNATURE,
  engine: 'mariadb',
  code: '1146',
  failureType: 'TABLE_NOT_FOUND',
  object: 'shop.coupons',
  strategy: 'SELF_HEALING' as const,
  statementFingerprint: null,
  healings: 0,
  recoveryEnabled: true,
}
/** Ten minutes before the reading. */
const LOOKED = '2026-01-05T09:50:10.000000Z'
const watch = (change: Partial<WatchState> = {}, look: Partial<WatchState['look']> = {}): WatchState => ({
  watchId: 7,
  kind: 'table-exists',
  subject: 'shop.coupons',
  asked: 'table',
  limit: null,
  intervalSeconds: 3600,
  look: { number: 3, result: 'FAILS', value: null, says: 'It is gone.', at: LOOKED, ...look },
  failsSince: '2026-01-05T08:50:10.000000Z',
  held: 0,
  ...change,
})
const holds = (held: number, change: Partial<WatchState> = {}): WatchState =>
  watch({ failsSince: null, held, ...change }, { result: 'HOLDS', says: 'It is there.' })
const watched = (
  watches: readonly WatchState[],
  openIssues: readonly OpenIssue[] = [],
): { readonly watchedFailures: WatchedFailures } => ({
  watchedFailures: { watches: watches.map((each) => ({ failure: FACTS, watch: each })), openIssues },
})
const NONE = watched([])
const CALM = windowOf()

describe('mysql/reported-error', () => {
  test('each window in which calls failed is a breach, which opens nothing alone', async () => {
    const finding = await new DetectorBench(reportedError).one(windowOf({}))
    assert.deepEqual(
      [finding.severity, finding.opensAtOnce, finding.resourceKey, finding.metricValue],
      ['WARNING', false, SIGNATURE, 2],
    )
    assert.equal(finding.resourceName, 'TABLE_NOT_FOUND of shop.coupons (mariadb 1146)')
    assert.deepEqual([finding.context['object'], finding.context['healings']], ['shop.coupons', 0])
  })

  test('what the client repeats and what only needs words opens nothing', async () => {
    for (const strategy of ['IMMEDIATE', 'AI_POWERED'] as const)
      assert.deepEqual(await new DetectorBench(reportedError).see(windowOf({ strategy })), [])
    for (const strategy of ['PREVENTIVE', 'ESCALATE'] as const)
      assert.equal((await new DetectorBench(reportedError).one(windowOf({ strategy }))).severity, 'WARNING')
  })

  test('one that is followed counts as calm when nobody meets it, listed or not; another one is not spoken of', async () => {
    const bench = new DetectorBench(reportedError)
    assert.deepEqual(await bench.see(windowOf({ met: 0 })), [])
    bench.tracked.add(SIGNATURE)
    for (const reported of [windowOf({ met: 0 }), windowOf()]) {
      assert.deepEqual(await bench.see(reported), [], 'nobody knows whether a watch of it fails')
      const windows = { ...reported, ...NONE }
      const { severity, metricValue, workload } = await bench.one(windows)
      assert.deepEqual([severity, metricValue, workload], [null, 0, 1])
    }
  })

  test('the application’s word opens issues of the application only', () =>
    assert.deepEqual([reportedError.category, reportedError.source], ['APPLICATION', 'CLIENT_ERROR']))

  describe('with watches', () => {
    test('a look that fails opens the issue of its error at once, by the look’s own time, once', async () => {
      const bench = new DetectorBench(reportedError)
      const finding = await bench.one({ ...CALM, ...watched([watch()]) })
      assert.deepEqual(
        [finding.severity, finding.opensAtOnce, finding.resourceKey, finding.source, finding.metricName],
        ['WARNING', true, SIGNATURE, 'CATALOG_SCAN', 'failing_watches'],
      )
      assert.equal(finding.resourceName, 'TABLE_NOT_FOUND of shop.coupons (mariadb 1146)')
      assert.deepEqual(finding.window, {
        windowStart: '2026-01-05T08:50:10.000000Z',
        windowEnd: LOOKED,
      })
      assert.deepEqual(finding.context['watches'], [
        {
          ...{ watchId: 7, kind: 'table-exists', subject: 'shop.coupons', asked: 'table' },
          ...{ everySeconds: 3600, limit: null, look: 3, value: null, says: 'It is gone.', at: LOOKED },
          failsSince: '2026-01-05T08:50:10.000000Z',
        },
      ])
      bench.tracked.add(SIGNATURE)
      assert.deepEqual(await bench.see({ ...CALM, ...watched([watch()]) }), [], 'neither again, nor calm')
      const next = watched([watch({}, { number: 4 })])
      assert.equal((await bench.one({ ...CALM, ...next })).severity, 'WARNING')
    })

    test('says so without any report of an application, also of what a client answers itself', async () => {
      const finding = await new DetectorBench(reportedError).one(watched([watch()]))
      assert.equal(finding.severity, 'WARNING')
    })

    test('calls that meet the error are the same issue, and name the watch', async () => {
      const bench = new DetectorBench(reportedError)
      const finding = await bench.one({ ...windowOf({}), ...watched([watch()]) })
      assert.deepEqual(
        [finding.metricName, finding.opensAtOnce, finding.window],
        ['failed_calls', false, undefined],
      )
      assert.equal(JSON.stringify(finding.context['watches']).includes('"look":3'), true)
      assert.equal((await bench.one({ ...CALM, ...watched([watch()]) })).metricName, 'failing_watches')
    })

    test('a look of less than a minute waits for the detectors, and says nothing yet', async () => {
      const bench = new DetectorBench(reportedError)
      const young = watched([watch({}, { at: '2026-01-05T09:59:11.000000Z' })])
      bench.tracked.add(SIGNATURE)
      assert.deepEqual(await bench.see({ ...CALM, ...young }), [])
      assert.equal((await new DetectorBench(reportedError, { lookAgeSeconds: 59 }).see(young)).length, 1)
    })

    test('it is calm when the look holds, of a measure when two in a row do, and why is said', async () => {
      const bench = new DetectorBench(reportedError)
      bench.tracked.add(SIGNATURE)
      const calm = async (state: WatchState) =>
        (await bench.see({ ...CALM, ...watched([state]) })).map((f) => [
          f.severity,
          f.metricValue,
          f.context['because'],
        ])
      assert.deepEqual(await calm(holds(1)), [[null, 0, 'watch 7 holds again: It is there.']])
      const measured = { kind: 'disk', subject: null, limit: 90 } as const
      assert.deepEqual(await calm(holds(1, measured)), [])
      assert.deepEqual(await calm(holds(2, measured)), [[null, 0, 'watch 7 holds again: It is there.']])
      assert.equal((await bench.one({ ...CALM, ...NONE })).severity, null, 'it ended')
    })

    test('one that holds does not hide another of the same error that fails', async () => {
      const bench = new DetectorBench(reportedError)
      bench.tracked.add(SIGNATURE)
      const both = [holds(3), watch({ watchId: 8, kind: 'pending-migrations', subject: null })]
      assert.equal((await bench.one({ ...CALM, ...watched(both) })).severity, 'WARNING')
      assert.deepEqual(await bench.see({ ...CALM, ...watched(both) }), [])
    })

    test('where a detector has an open issue of the same, the watch opens none, and lets its own go', async () => {
      const open = (ruleId: string, affectedResourceName: string): OpenIssue[] => [
        { issueId: 12, ruleId, affectedResourceName },
      ]
      const ids = watch({ kind: 'id-headroom', subject: 'shop.Tiny', limit: 70 })
      for (const [state, issues] of [
        [ids, open('mysql/id-exhaustion', 'shop.tiny.id')],
        [watch({ kind: 'id-headroom', subject: null }), open('mysql/id-exhaustion', 'shop.tiny.id')],
        [watch({ kind: 'connection-headroom', subject: null }), open('mysql/connection-exhaustion', 'x')],
        [watch({ kind: 'deadlock-rate', subject: null }), open('mysql/deadlock', 'shop.a, shop.b')],
      ] as const) {
        const bench = new DetectorBench(reportedError)
        assert.deepEqual(await bench.see({ ...CALM, ...watched([state], issues) }), [], state.kind)
        bench.tracked.add(SIGNATURE)
        const { severity, context } = await bench.one({ ...CALM, ...watched([state], issues) })
        assert.equal(severity, null)
        assert.equal(context['because'], `issue 12 tells of the same (${issues[0]?.ruleId})`)
      }
      const others = [...open('mysql/id-exhaustion', 'shop.tiny2.id'), ...open('mysql/deadlock', 'x')]
      const one = await new DetectorBench(reportedError).one({ ...CALM, ...watched([ids], others) })
      assert.equal(one.severity, 'WARNING', 'of another table, and another condition')
    })

    test('of two errors that watch the same the first speaks', async () => {
      const other = { ...FACTS, signature: 'c'.repeat(64), object: 'shop.other' }
      const files = watch({ kind: 'pending-migrations', subject: null })
      const windows = {
        ...CALM,
        watchedFailures: {
          openIssues: [],
          watches: [
            { failure: FACTS, watch: files },
            { failure: other, watch: { ...files, watchId: 9 } },
          ],
        },
      }
      assert.equal((await new DetectorBench(reportedError).one(windows)).resourceKey, SIGNATURE)
    })
  })
})
