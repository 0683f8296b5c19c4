import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DetectorBench, isCalm } from '../../../test/support/mysql-bench.ts'
import { connectionUse } from '../../../test/support/mysql-snapshots.ts'
import { connectionExhaustion } from './connection-exhaustion.ts'

describe('mysql/connection-exhaustion', () => {
  const used = (threadsConnected: number, part: Parameters<typeof connectionUse>[0] = {}) => ({
    connections: connectionUse({ threadsConnected, ...part }),
  })
  const CASES: readonly (readonly [string, ReturnType<typeof used>, string | undefined | null])[] = [
    ['four fifths are in order', used(80), undefined],
    ['more is a warning', used(81), 'WARNING'],
    ['95 percent stay a warning', used(95), 'WARNING'],
    ['more is critical', used(96), 'CRITICAL'],
    ['a refusal is critical even if the peak was missed', used(20, { refused: 1 }), 'CRITICAL'],
    ['a limit that is not known is not judged', used(20, { maxConnections: 0, refused: 1 }), undefined],
  ]
  for (const [title, windows, expected] of CASES) {
    test(title, async () =>
      assert.equal(
        (await new DetectorBench(connectionExhaustion).severities(windows))['connections'],
        expected,
      ),
    )
  }

  test('once followed it is calm below 56 percent', async () => {
    const bench = new DetectorBench(connectionExhaustion)
    bench.tracked.add('connections')
    assert.ok(!isCalm(await bench.one(used(56))))
    assert.ok(isCalm(await bench.one(used(55))))
  })

  test('who holds the connections is bounded', async () => {
    const counts = Array.from({ length: 200 }, (_, i) => ({
      user: `u${i}`,
      command: 'Sleep',
      count: 1,
      medianSeconds: 1,
    }))
    const finding = await new DetectorBench(connectionExhaustion).one(used(96, { counts }))
    assert.equal((finding.context['counts'] as readonly unknown[]).length, 20)
  })
})
