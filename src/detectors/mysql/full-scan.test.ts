import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DetectorBench, isCalm } from '../../../test/support/mysql-bench.ts'
import { statement, statementWindow } from '../../../test/support/mysql-snapshots.ts'
import { fullScan } from './full-scan.ts'

describe('mysql/full-scan', () => {
  /** 50 calls of 30 ms that read a table of 300,000 rows for one row each. */
  const scan = (part: Parameters<typeof statement>[0] = {}) => ({
    statements: statementWindow([
      statement({ calls: 50, totalMs: 1_500, rowsExamined: 50 * 300_000, rowsSent: 50, ...part }),
    ]),
  })
  const KEY = 'shop|a1b2c3d4e5f60718'
  const severity = async (windows: ReturnType<typeof scan>) =>
    (await new DetectorBench(fullScan).severities(windows))[KEY] ?? null

  const CASES: readonly (readonly [string, ReturnType<typeof scan>, string | null])[] = [
    ['a scan of 300,000 rows for one is a warning', scan(), 'WARNING'],
    ['10,000 rows a call are not yet a scan', scan({ rowsExamined: 50 * 10_000, totalMs: 999 }), null],
    ['10,001 rows a call are', scan({ rowsExamined: 50 * 10_001, totalMs: 999 }), 'WARNING'],
    ['a hundred rows read for each one used is no waste', scan({ rowsSent: 50 * 3_000 }), null],
    ['rows it changes count as used', scan({ rowsSent: 0, rowsAffected: 50 * 3_000 }), null],
    ['a large result is no scan', scan({ rowsSent: 50 * 300_000 }), null],
    ['less than a hundredth of one session’s time is no trouble', scan({ totalMs: 99 }), null],
    ['a hundredth is', scan({ totalMs: 100 }), 'WARNING'],
    ['a fifth of a busy server is critical', scan({ totalMs: 5_000 }), 'CRITICAL'],
    ['all of an idle server is not', scan({ totalMs: 4_999 }), 'WARNING'],
    [
      'one call alone is never critical',
      scan({ calls: 1, totalMs: 9_000, rowsExamined: 300_000, rowsSent: 1 }),
      'WARNING',
    ],
    ['two calls may be', scan({ calls: 2, totalMs: 9_000, rowsExamined: 600_000, rowsSent: 2 }), 'CRITICAL'],
    [
      '1,000 rows a call are none even of a class that takes a tenth of a session',
      scan({ rowsExamined: 50 * 1_000 }),
      null,
    ],
    ['1,001 rows a call are, where they take that', scan({ rowsExamined: 50 * 1_001 }), 'WARNING'],
    ['and not where they take less', scan({ rowsExamined: 50 * 1_001, totalMs: 999 }), null],
    ['a tenth of a session is enough', scan({ rowsExamined: 50 * 1_001, totalMs: 1_000 }), 'WARNING'],
    [
      'a thousand rows for each one used are an ordinary list',
      scan({ rowsExamined: 50 * 5_000, rowsSent: 50 * 5 }),
      null,
    ],
    ['more than a thousand are none', scan({ rowsExamined: 50 * 5_001, rowsSent: 50 * 5 }), 'WARNING'],
    [
      'less than 10 ms a call is what the rows cost',
      scan({ calls: 151, rowsExamined: 151 * 5_000, rowsSent: 151 }),
      null,
    ],
    ['partial rows open nothing', scan({ partial: true }), null],
    ['a class without calls opens nothing', scan({ calls: 0 }), null],
  ]
  for (const [title, windows, expected] of CASES) {
    test(title, async () => assert.equal(await severity(windows), expected))
  }

  test('a large share of a server that others keep busy is not critical', async () => {
    const busy = statementWindow([
      statement({ calls: 50, totalMs: 6_000, rowsExamined: 50 * 300_000, rowsSent: 50 }),
      statement({ fingerprintId: 'others', calls: 10, totalMs: 24_001 }),
    ])
    assert.equal((await new DetectorBench(fullScan).severities({ statements: busy }))[KEY], 'WARNING')
  })

  test('exactly a fifth of it is', async () => {
    const busy = statementWindow([
      statement({ calls: 50, totalMs: 6_000, rowsExamined: 50 * 300_000, rowsSent: 50 }),
      statement({ fingerprintId: 'others', calls: 10, totalMs: 24_000 }),
    ])
    assert.equal((await new DetectorBench(fullScan).severities({ statements: busy }))[KEY], 'CRITICAL')
  })

  test('a tenth of the rows counts only for a class that takes a fifth of the server', async () => {
    const beside = (othersMs: number) => ({
      statements: statementWindow([
        statement({ calls: 50, totalMs: 2_000, rowsExamined: 50 * 3_300, rowsSent: 50 }),
        statement({ fingerprintId: 'others', calls: 10, totalMs: othersMs }),
      ]),
    })
    assert.deepEqual([await severity(beside(8_000)), await severity(beside(8_001))], ['WARNING', null])
  })

  test('a followed class that an index serves now is calm', async () => {
    const bench = new DetectorBench(fullScan)
    bench.tracked.add(KEY)
    assert.ok(isCalm(await bench.one(scan({ totalMs: 10, rowsExamined: 750 }))))
  })

  test('a followed class that uses what it reads now is calm though it reads as much', async () => {
    const bench = new DetectorBench(fullScan)
    bench.tracked.add(KEY)
    const finding = await bench.one(scan({ rowsSent: 50 * 100_000 }))
    assert.equal(finding.metricName, 'rows_examined_per_row_used')
    assert.ok(isCalm(finding))
  })

  test('the worst come first, for whoever keeps a bounded number', async () => {
    const many = [1, 2, 3].map((n) =>
      statement({
        fingerprintId: `class-${n}`,
        calls: 50,
        totalMs: 500,
        rowsExamined: 50 * 100_000 * n,
        rowsSent: 50,
      }),
    )
    const found = await new DetectorBench(fullScan).see({ statements: statementWindow(many) })
    assert.deepEqual(
      found.map((f) => f.resourceKey),
      ['shop|class-3', 'shop|class-2', 'shop|class-1'],
    )
  })
})
