import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DetectorBench, isCalm } from '../../../test/support/mysql-bench.ts'
import { replication } from '../../../test/support/mysql-snapshots.ts'
import { replicationLag } from './replication-lag.ts'

describe('mysql/replication-lag', () => {
  const channel = (lagSeconds: number | null, part: object = {}) => ({
    replication: replication([
      { channel: '', lagSeconds, receiverRunning: true, applierRunning: true, lastErrorNumber: 0, ...part },
    ]),
  })
  const CASES: readonly (readonly [string, ReturnType<typeof channel>, string | undefined])[] = [
    ['thirty seconds are in order', channel(30), undefined],
    ['more is a warning', channel(31), 'WARNING'],
    ['five minutes stay a warning', channel(300), 'WARNING'],
    ['more is critical', channel(301), 'CRITICAL'],
    ['a lag the server does not know is critical', channel(null), 'CRITICAL'],
    ['a stopped applier is critical', channel(null, { applierRunning: false }), 'CRITICAL'],
    [
      'a stopped receiver is critical whatever lag is printed',
      channel(0, { receiverRunning: false }),
      'CRITICAL',
    ],
  ]
  for (const [title, windows, expected] of CASES) {
    test(title, async () =>
      assert.equal((await new DetectorBench(replicationLag).severities(windows))['channel|'], expected),
    )
  }
  test('a server that is no replica says nothing', async () =>
    assert.deepEqual(await new DetectorBench(replicationLag).see({ replication: replication([]) }), []))
  test('a followed channel that caught up or was removed is calm', async () => {
    const bench = new DetectorBench(replicationLag)
    bench.tracked.add('channel|')
    assert.ok(isCalm(await bench.one(channel(0))))
    assert.ok(isCalm(await bench.one({ replication: replication([]) })))
  })
})
