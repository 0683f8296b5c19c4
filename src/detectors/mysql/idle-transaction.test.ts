import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DetectorBench, isCalm, type Windows } from '../../../test/support/mysql-bench.ts'
import { activity, session, transaction } from '../../../test/support/mysql-snapshots.ts'
import { idleTransaction } from './idle-transaction.ts'

describe('mysql/idle-transaction', () => {
  const open = (
    part: Parameters<typeof transaction>[0],
    of: Parameters<typeof session>[0] = {},
    more: Parameters<typeof activity>[0] = {},
  ): Windows => ({
    activity: activity({ sessions: [session(of)], transactions: [transaction(part)], ...more }),
  })
  const KEY = 'transaction|app'
  const severity = async (windows: Windows) =>
    (await new DetectorBench(idleTransaction).severities(windows))[KEY] ?? null
  const BLOCKED = {
    lockWaits: [
      {
        waiter: '20',
        blocker: '10',
        waitSeconds: 1,
        schema: 'shop',
        table: 'orders',
        index: null,
        lockMode: 'X',
      },
    ],
  }
  const HELD_UP = {
    metadataWaits: [{ waiter: '20', waitSeconds: 1, schema: 'shop', table: 'orders', blockers: ['10'] }],
  }

  const CASES: readonly (readonly [string, Windows, string | null])[] = [
    ['thirty idle seconds are thought', open({ ageSeconds: 30, idleSeconds: 30 }), null],
    ['thirty-one are not', open({ ageSeconds: 31, idleSeconds: 31 }), 'WARNING'],
    ['five minutes of work are work', open({ ageSeconds: 300 }), null],
    ['longer keeps undo history', open({ ageSeconds: 301 }), 'WARNING'],
    ['an hour is critical', open({ ageSeconds: 3_601 }), 'CRITICAL'],
    ['idle and in the way of a row lock is critical', open({ idleSeconds: 31 }, {}, BLOCKED), 'CRITICAL'],
    [
      'idle and in the way of a metadata lock is critical',
      open({ idleSeconds: 31 }, {}, HELD_UP),
      'CRITICAL',
    ],
    ['young and in the way is left to mysql/lock-wait', open({ idleSeconds: 5 }, {}, BLOCKED), null],
  ]
  for (const [title, windows, expected] of CASES) {
    test(title, async () => assert.equal(await severity(windows), expected))
  }

  for (const kind of ['own', 'system', 'replication', 'backup'] as const) {
    test(`a ${kind} session is nobody’s fault`, async () =>
      assert.equal(await severity(open({ ageSeconds: 9_999, idleSeconds: 9_999 }, { kind })), null))
  }

  test('a transaction whose session is not listed is not judged', async () => {
    const windows = { activity: activity({ transactions: [transaction({ idleSeconds: 99 })] }) }
    assert.deepEqual(await new DetectorBench(idleTransaction).see(windows), [])
  })

  test('fifty forgotten transactions of one account are one finding, of the worst', async () => {
    const ids = Array.from({ length: 50 }, (_, i) => String(100 + i))
    const finding = await new DetectorBench(idleTransaction).one({
      activity: activity({
        sessions: ids.map((connectionId) => session({ connectionId })),
        transactions: ids.map((connectionId, i) => transaction({ connectionId, idleSeconds: 40 + i })),
      }),
    })
    assert.equal(finding.metricValue, 89)
    assert.equal(finding.context['connectionId'], '149')
    assert.equal(finding.context['transactionsOver'], 50)
  })

  test('the figure is the limit that is most exceeded', async () => {
    const bench = new DetectorBench(idleTransaction)
    assert.equal((await bench.one(open({ ageSeconds: 400, idleSeconds: 35 }))).metricName, 'age_seconds')
    assert.equal((await bench.one(open({ ageSeconds: 310, idleSeconds: 300 }))).metricName, 'idle_seconds')
  })

  test('a followed account whose transactions end is calm, and so is one with short ones', async () => {
    const bench = new DetectorBench(idleTransaction)
    bench.tracked.add(KEY)
    assert.ok(isCalm(await bench.one({ activity: activity() })))
    assert.ok(isCalm(await bench.one(open({ ageSeconds: 2, idleSeconds: 1 }))))
  })
})
