import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DetectorBench, isCalm } from '../../../test/support/mysql-bench.ts'
import { ALL_READ, slowLogWindow } from '../../../test/support/mysql-snapshots.ts'
import type { SlowLogUnread } from '../../engines/mysql/shapes.ts'
import { slowLogGap } from './slow-log-gap.ts'

describe('mysql/slow-log-gap', () => {
  const unread = (part: Partial<SlowLogUnread>) => ({
    slowLog: slowLogWindow([], { unread: { ...ALL_READ, ...part } }),
  })
  const CASES: readonly (readonly [string, Partial<SlowLogUnread>, string | undefined])[] = [
    ['a log read to its end says nothing', {}, undefined],
    ['bytes left out are a warning', { skippedBytes: 2 }, 'WARNING'],
    ['a window’s reading behind is bearable', { behindBytes: 10_000_000 }, undefined],
    ['more is a warning', { behindBytes: 10_000_001 }, 'WARNING'],
    ['so it is with rows of the table', { behindRows: 1_001 }, 'WARNING'],
  ]
  for (const [title, part, expected] of CASES) {
    test(title, async () =>
      assert.equal((await new DetectorBench(slowLogGap).severities(unread(part)))['slow-log-gap'], expected),
    )
  }
  test('a lost end is on record and opens nothing', async () => {
    const found = await new DetectorBench(slowLogGap).severities(unread({ endLost: true }))
    assert.deepEqual(found, { 'slow-log-end-lost': 'INFO' })
  })
  test('what is unread is named in its own unit, the worst first', async () => {
    const finding = await new DetectorBench(slowLogGap).one(unread({ skippedBytes: 5, behindBytes: 7 }))
    assert.deepEqual(
      [finding.metricName, finding.metricUnit, finding.metricValue],
      ['skipped_bytes', 'bytes', 5],
    )
    assert.deepEqual(finding.context, { ...ALL_READ, skippedBytes: 5, behindBytes: 7, eventsRead: 0 })
  })
  test('once followed it is calm when the log is read to its end', async () => {
    const bench = new DetectorBench(slowLogGap)
    bench.tracked.add('slow-log-gap')
    assert.ok(isCalm(await bench.one(unread({}))))
  })
})
