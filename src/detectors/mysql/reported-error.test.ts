import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DetectorBench } from '../../../test/support/mysql-bench.ts'
import type { ReportedFailure } from '../../core/reported-failures.ts'
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
    for (const windows of [windowOf({ met: 0 }), windowOf()]) {
      const { severity, metricValue, workload } = await bench.one(windows)
      assert.deepEqual([severity, metricValue, workload], [null, 0, 1])
    }
  })

  test('the application’s word opens issues of the application only', () =>
    assert.deepEqual([reportedError.category, reportedError.source], ['APPLICATION', 'CLIENT_ERROR']))
})
