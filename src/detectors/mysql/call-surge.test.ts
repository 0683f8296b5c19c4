import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DetectorBench } from '../../../test/support/mysql-bench.ts'
import { statement, statementWindow, windowNumber } from '../../../test/support/mysql-snapshots.ts'
import { callSurge } from './call-surge.ts'

describe('mysql/call-surge', () => {
  const KEY = 'shop|a1b2c3d4e5f60718'
  const OTHERS = ['b', 'c', 'd', 'e', 'f']
  /** Ten seconds in which the class is called so often, its five neighbours `others` times as often as usual. */
  const at = (n: number, calls: number, { others = 1, msPerCall = 0.2 } = {}) => ({
    statements: statementWindow(
      [
        statement({ calls, totalMs: calls * msPerCall }),
        ...OTHERS.map((id) =>
          statement({ fingerprintId: id, fingerprint: id, calls: 200 * others, totalMs: 200 * others }),
        ),
      ],
      windowNumber(n),
    ),
  })

  async function learned(calls: number): Promise<DetectorBench> {
    const bench = new DetectorBench(callSurge)
    for (let n = 0; n < 30; n += 1) assert.deepEqual(await bench.see(at(n, calls)), [])
    return bench
  }

  const CASES: readonly (readonly [string, Parameters<typeof at>, string | undefined])[] = [
    ['more than five times as often, a hundred a second: a loop', [31, 2_600], 'WARNING'],
    ['five times as often is not yet one', [31, 2_500], undefined],
    ['all are called more often: more users', [31, 5_000, { others: 10 }], undefined],
    ['often, and no time goes there', [31, 2_600, { msPerCall: 0.01 }], undefined],
  ]
  for (const [title, window, severity] of CASES)
    test(title, async () => {
      const bench = await learned(500)
      assert.equal((await bench.severities(at(...window)))[KEY], severity)
    })

  test('a rare class that grows is a trifle below a hundred calls a second', async () => {
    const bench = await learned(10)
    assert.deepEqual(await bench.see(at(31, 900, { msPerCall: 1 })), [])
  })

  test('without a baseline nothing is said, however often it is called', async () =>
    assert.deepEqual(await new DetectorBench(callSurge).see(at(0, 50_000)), []))

  test('a loop does not become the norm while a person is on the way', async () => {
    const bench = await learned(500)
    for (let n = 31; n < 400; n += 1) await bench.see(at(n, 5_000))
    assert.equal((await bench.severities(at(400, 5_000)))[KEY], 'WARNING')
  })

  test('one that is followed and called as before is well, though it is called less', async () => {
    const bench = await learned(500)
    bench.tracked.add(KEY)
    const [finding] = await bench.see(at(31, 500))
    assert.deepEqual([finding?.severity, finding?.workload], [null, 1])
    assert.ok((finding?.metricValue ?? 9) < 0.7 * (finding?.limit ?? 0))
  })
})
