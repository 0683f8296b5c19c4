import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DetectorBench, isCalm } from '../../../test/support/mysql-bench.ts'
import { statement, statementWindow, windowNumber } from '../../../test/support/mysql-snapshots.ts'
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
    [
      'a SELECT that examines next to no row and takes 30 ms a call reads what is not counted',
      scan({ rowsExamined: 50 }),
      'WARNING',
    ],
    ['less than 5 ms is no sign of that', scan({ calls: 301, totalMs: 1_500, rowsExamined: 301 }), null],
    ['nor is time in which locks were waited for', scan({ rowsExamined: 50, lockMs: 200 }), null],
    ['nor a spill', scan({ rowsExamined: 50, tmpDiskTables: 1 }), null],
    ...[
      'update t set a = ?',
      'select a from t for update',
      'select a from t where match (a) against (?)',
    ].map((fingerprint) => [`nor is ${fingerprint}`, scan({ rowsExamined: 50, fingerprint }), null] as const),
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

  /** 50 calls that read 4,000 rows each for one, at this mean. */
  const few = (meanMs: number, n: number, rows = 4_000) => ({
    statements: statementWindow(
      [statement({ calls: 50, totalMs: 50 * meanMs, rowsExamined: 50 * rows, rowsSent: 50 })],
      windowNumber(n),
    ),
  })

  test('a few thousand rows that were quick before are read by a machine that is slow now', async () => {
    const bench = new DetectorBench(fullScan)
    assert.deepEqual(await bench.see(few(4, 0)), [])
    for (let n = 1; n < 100; n += 1) assert.deepEqual(await bench.see(few(12 + n, n)), [])
  })

  test('as many that were never quick are too many, and so are they once the plan reads others', async () => {
    const bench = new DetectorBench(fullScan)
    assert.equal((await bench.severities(few(25, 0)))[KEY], 'WARNING')
    const changed = new DetectorBench(fullScan)
    assert.deepEqual(await changed.see(few(4, 0, 1_200)), [])
    assert.equal((await changed.severities(few(25, 1, 3_300)))[KEY], 'WARNING')
  })

  test('what stays dear is believed after hours', async () => {
    const bench = new DetectorBench(fullScan)
    assert.deepEqual(await bench.see(few(6, 0)), [])
    let n = 1
    while ((await bench.see(few(30, n))).length === 0 && n < 2_000) n += 1
    assert.ok(n > 500 && n < 1_500, `${n} windows`)
  })

  test('a followed class is not well because it was quick in one window', async () => {
    const bench = new DetectorBench(fullScan)
    bench.tracked.add(KEY)
    await bench.see(few(25, 0))
    await bench.see(few(8, 1))
    assert.equal((await bench.one(few(25, 2))).severity, 'WARNING')
  })

  describe('a SELECT that examines next to no row and takes its time is one that reads what is not counted', () => {
    const hidden = (totalMs = 1_500) => statement({ calls: 50, totalMs, rowsExamined: 50, rowsSent: 50 })
    const other = (meanMs: number, part: Parameters<typeof statement>[0] = {}) =>
      statement({
        fingerprintId: 'f0',
        calls: 40,
        totalMs: 40 * meanMs,
        rowsExamined: 40,
        rowsSent: 40,
        ...part,
      })
    const severities = async (...windows: Parameters<typeof statementWindow>[0][]) => {
      const bench = new DetectorBench(fullScan)
      let last: string | null = null
      for (const [at, statements] of windows.entries())
        last =
          (await bench.severities({ statements: statementWindow(statements, windowNumber(at)) }))[KEY] ?? null
      return last
    }

    test('where the others are ten times as quick', async () => {
      assert.equal(await severities([hidden(), other(3)]), 'WARNING')
      assert.equal(await severities([hidden(), other(3.1)]), null)
    })
    test('and it never was quick: what became slow is another condition', async () => {
      assert.equal(await severities([hidden(1_000)], [hidden(3_000)]), 'WARNING')
      assert.equal(await severities([hidden(1_000)], [hidden(3_100)]), null)
      assert.equal(await severities([hidden(200)], [hidden(600)]), null)
    })
    test('and not a second, which is slow whatever it reads', async () =>
      assert.equal(await severities([hidden(50_000)]), null))
    test('and calls no stored function that does its work', async () => {
      const within = { within: 'function shop.f', rowsExamined: 80_000, rowsSent: 0 }
      assert.equal(await severities([hidden(), other(10, within)]), 'WARNING')
      assert.equal(await severities([hidden(), other(20, within)]), null)
    })
  })

  /** 50 calls of 130 ms that join a table without an index; the server counts 9 rows examined a call. */
  const join = (part: Parameters<typeof statement>[0] = {}) =>
    scan({ totalMs: 6_500, rowsExamined: 450, rowsSent: 400, selectFullJoin: 50, ...part })

  const JOINS: readonly (readonly [string, ReturnType<typeof scan>, string | null])[] = [
    ['a join without an index counts by its time, whatever rows were counted', join(), 'CRITICAL'],
    ['it is a warning below half of one session’s time', join({ totalMs: 4_999 }), 'WARNING'],
    ['20 ms a call are enough', join({ totalMs: 1_000 }), 'WARNING'],
    ['a join of small tables takes less and is meant', join({ totalMs: 999 }), null],
    ['many quick joins of small tables are none', join({ calls: 5_000, selectFullJoin: 5_000 }), null],
    ['a few slow ones cost less than a tenth of one session', join({ calls: 7, totalMs: 999 }), null],
    [
      'time alone is no join',
      join({ selectFullJoin: 0, fingerprint: 'replace into t select a from u' }),
      null,
    ],
    ['a plan that joins in full in half of the calls is one', join({ selectFullJoin: 25 }), 'CRITICAL'],
    ['in fewer it is not', join({ selectFullJoin: 24 }), null],
    ['a result of 1,000 rows a call may take that', join({ rowsSent: 50 * 1_001 }), null],
    ['rows it changes count as its result', join({ rowsSent: 0, rowsAffected: 50 * 1_001 }), null],
    ['partial rows of a join open nothing', join({ partial: true }), null],
  ]
  for (const [title, windows, expected] of JOINS) {
    test(title, async () => assert.equal(await severity(windows), expected))
  }

  test('a join counts from a tenth of the server’s time on', async () => {
    const beside = (othersMs: number) => ({
      statements: statementWindow([
        statement({ calls: 50, totalMs: 1_000, rowsExamined: 450, rowsSent: 400, selectFullJoin: 50 }),
        statement({ fingerprintId: 'others', calls: 10, totalMs: othersMs }),
      ]),
    })
    assert.deepEqual([await severity(beside(9_000)), await severity(beside(9_001))], ['WARNING', null])
  })

  test('the evidence of a join says which counters noticed it, and measures its time', async () => {
    const found = await new DetectorBench(fullScan).one(join())
    assert.deepEqual([found.metricName, found.metricValue, found.limit], ['mean_ms', 130, 20])
    assert.equal(found.context['selectFullJoin'], 50)
    assert.equal(found.context['noticedBy'], 'SUM_SELECT_FULL_JOIN and SUM_TIMER_WAIT')
    const rows = await new DetectorBench(fullScan).one(scan())
    assert.equal(rows.context['noticedBy'], 'SUM_ROWS_EXAMINED')
  })

  test('a followed join is calm once an index serves it, and not while it stays slow', async () => {
    const bench = new DetectorBench(fullScan)
    bench.tracked.add(KEY)
    assert.ok(isCalm(await bench.one(join({ totalMs: 15, selectFullJoin: 0 }))))
    const stays = await new DetectorBench(fullScan).one(join({ totalMs: 6_000 }))
    assert.ok(!isCalm(stays))
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
