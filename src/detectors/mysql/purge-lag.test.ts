import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DetectorBench, isCalm } from '../../../test/support/mysql-bench.ts'
import { activity, session, statusWindow, transaction } from '../../../test/support/mysql-snapshots.ts'
import { purgeLag } from './purge-lag.ts'

describe('mysql/purge-lag', () => {
  const history = (length: number) => ({
    status: statusWindow({ values: { innodb_history_list_length: length } }),
  })

  const CASES: readonly (readonly [string, readonly number[], string | undefined])[] = [
    ['a hundred thousand are usual', [100_000], undefined],
    ['more and rising is a warning', [100_000, 100_001], 'WARNING'],
    ['more and falling is purge at work', [200_000, 150_000], undefined],
    ['a million stay a warning', [1_000_000], 'WARNING'],
    ['more is critical, rising or not', [2_000_000, 1_000_001], 'CRITICAL'],
  ]
  for (const [title, lengths, expected] of CASES) {
    test(title, async () => {
      const bench = new DetectorBench(purgeLag)
      let found: { readonly [key: string]: string | null } = {}
      for (const length of lengths) found = await bench.severities(history(length))
      assert.equal(found['purge-lag'], expected)
    })
  }

  test('the oldest transaction is named', async () => {
    const windows = {
      ...history(2_000_000),
      activity: activity({
        sessions: [session({ connectionId: '11', user: 'report' })],
        transactions: [
          transaction({ connectionId: '10', ageSeconds: 5 }),
          transaction({ connectionId: '11', ageSeconds: 7_200, idleSeconds: 7_000 }),
        ],
      }),
    }
    const finding = await new DetectorBench(purgeLag).one(windows)
    assert.deepEqual(finding.context['oldest'], {
      connectionId: '11',
      user: 'report',
      kind: 'client',
      ageSeconds: 7_200,
      idleSeconds: 7_000,
      rowsModified: 0,
    })
  })

  test('sessions are not asked for while all is well', async () => {
    const bench = new DetectorBench(purgeLag)
    await bench.see(history(5))
    assert.deepEqual([...bench.asked], ['status'])
  })

  test('a server that does not say is not judged', async () =>
    assert.deepEqual(await new DetectorBench(purgeLag).see({ status: statusWindow() }), []))

  test('once followed it is calm below seventy thousand', async () => {
    const bench = new DetectorBench(purgeLag)
    bench.tracked.add('purge-lag')
    assert.ok(isCalm(await bench.one(history(69_999))))
  })
})
