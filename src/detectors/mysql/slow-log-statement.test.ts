import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DetectorBench, isCalm } from '../../../test/support/mysql-bench.ts'
import {
  slowLogClass,
  slowLogWindow,
  statementWindow,
  windowNumber,
} from '../../../test/support/mysql-snapshots.ts'
import { slowLogStatement } from './slow-log-statement.ts'

describe('mysql/slow-log-statement', () => {
  const at = (n: number, classes: Parameters<typeof slowLogWindow>[0]) => ({
    slowLog: slowLogWindow(classes, windowNumber(n)),
  })
  const KEY = 'shop|a1b2c3d4e5f60718'

  test('nothing is said while digests can be read: they tell more', async () => {
    const slow = slowLogClass({ count: 100, totalMs: 500_000 })
    const windows = { ...at(0, [slow]), statements: statementWindow([]) }
    assert.deepEqual(await new DetectorBench(slowLogStatement).see(windows), [])
  })

  test('entries that come far apart add up', async () => {
    const bench = new DetectorBench(slowLogStatement)
    const entry = slowLogClass({ totalMs: 15_000 })
    assert.deepEqual(await bench.see(at(0, [entry])), [])
    assert.deepEqual(await bench.see(at(1, [])), [])
    assert.deepEqual(await bench.see(at(2, [entry])), [])
    assert.equal((await bench.severities(at(4, [entry])))[KEY], 'WARNING')
  })

  test('a wait that a statement asks for is none of the server’s', async () => {
    const wait = { count: 3, totalMs: 36_000, fingerprint: 'select get_lock (...)', rowsExamined: 0 }
    assert.deepEqual(await new DetectorBench(slowLogStatement).see(at(0, [slowLogClass(wait)])), [])
    const work = slowLogClass({ ...wait, rowsExamined: 10 })
    assert.equal((await new DetectorBench(slowLogStatement).severities(at(0, [work])))[KEY], 'WARNING')
  })

  test('the same window read twice counts once', async () => {
    const bench = new DetectorBench(slowLogStatement)
    const entry = slowLogClass({ count: 2, totalMs: 20_000 })
    await bench.see(at(0, [entry]))
    assert.deepEqual(await bench.see(at(0, [entry])), [])
  })

  test('entries older than five minutes are forgotten', async () => {
    const bench = new DetectorBench(slowLogStatement)
    await bench.see(at(0, [slowLogClass({ count: 2, totalMs: 20_000 })]))
    assert.deepEqual(await bench.see(at(30, [slowLogClass({ totalMs: 20_000 })])), [])
  })

  test('a few reports that take a twentieth of one session are no trouble', async () => {
    const three = slowLogClass({ count: 3, totalMs: 14_999 })
    assert.deepEqual(await new DetectorBench(slowLogStatement).see(at(0, [three])), [])
  })

  test('long runs that keep one session busy all the time are critical', async () => {
    const busy = slowLogClass({ count: 25, totalMs: 300_000 })
    assert.equal((await new DetectorBench(slowLogStatement).severities(at(0, [busy])))[KEY], 'CRITICAL')
    const less = slowLogClass({ count: 25, totalMs: 299_999 })
    assert.equal((await new DetectorBench(slowLogStatement).severities(at(0, [less])))[KEY], 'WARNING')
  })

  test('a mean below a second is no trouble even if long_query_time lets it in', async () => {
    const short = slowLogClass({ count: 1_000, totalMs: 999_000 })
    assert.deepEqual(await new DetectorBench(slowLogStatement).see(at(0, [short])), [])
  })

  test('a followed class that stays out of the log for five minutes is calm', async () => {
    const bench = new DetectorBench(slowLogStatement)
    bench.tracked.add(KEY)
    await bench.see(at(0, [slowLogClass({ count: 25, totalMs: 300_000 })]))
    assert.equal((await bench.one(at(29, []))).severity, 'CRITICAL')
    assert.ok(isCalm(await bench.one(at(31, []))))
  })

  test('a followed class with a rare entry is calm', async () => {
    const bench = new DetectorBench(slowLogStatement)
    bench.tracked.add(KEY)
    assert.ok(isCalm(await bench.one(at(0, [slowLogClass()]))))
  })
})
