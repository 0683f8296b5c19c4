import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DetectorBench, isCalm } from '../../../test/support/mysql-bench.ts'
import { statementWindow } from '../../../test/support/mysql-snapshots.ts'
import { digestOverflow } from './digest-overflow.ts'

describe('mysql/digest-overflow', () => {
  const blind = (blindPercent: number, totalCalls = 1_000) => ({
    statements: statementWindow([], { blindPercent, totalCalls, digestsLost: 7 }),
  })
  const CASES: readonly (readonly [string, ReturnType<typeof blind>, string | undefined])[] = [
    ['one in a hundred is bearable', blind(1), undefined],
    ['more is a warning', blind(1.1), 'WARNING'],
    ['one in ten stays a warning', blind(10), 'WARNING'],
    ['more is critical', blind(10.1), 'CRITICAL'],
    ['a share of a handful of calls says nothing', blind(50, 99), undefined],
  ]
  for (const [title, windows, expected] of CASES) {
    test(title, async () =>
      assert.equal(
        (await new DetectorBench(digestOverflow).severities(windows))['digest-overflow'],
        expected,
      ),
    )
  }
  test('once followed it is calm when calls have names again', async () => {
    const bench = new DetectorBench(digestOverflow)
    bench.tracked.add('digest-overflow')
    const finding = await bench.one(blind(0))
    assert.ok(isCalm(finding))
    assert.equal(finding.workload, 1_000)
  })
})
