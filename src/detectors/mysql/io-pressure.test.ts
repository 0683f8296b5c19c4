import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DetectorBench, isCalm } from '../../../test/support/mysql-bench.ts'
import { statusWindow, windowNumber } from '../../../test/support/mysql-snapshots.ts'
import { ioPressure } from './io-pressure.ts'

describe('mysql/io-pressure', () => {
  /** Reads of one window of ten seconds. */
  const reads = (perSecond: number, requestsPerSecond = 10_000, waitFree = 0) => ({
    status: statusWindow({
      ...windowNumber(0),
      deltas: {
        innodb_buffer_pool_reads: perSecond * 10,
        innodb_buffer_pool_read_requests: requestsPerSecond * 10,
        innodb_buffer_pool_wait_free: waitFree,
      },
    }),
  })
  const KEY = 'io-pressure'
  async function learned(perSecond: number): Promise<DetectorBench> {
    const bench = new DetectorBench(ioPressure)
    for (let n = 0; n < 30; n += 1) await bench.see(reads(perSecond))
    return bench
  }
  const severity = async (bench: DetectorBench, windows: ReturnType<typeof reads>) =>
    (await bench.severities(windows))[KEY]

  test('three times the baseline is usual, more is a warning', async () => {
    assert.equal(await severity(await learned(100), reads(300)), undefined)
    assert.equal(await severity(await learned(100), reads(301)), 'WARNING')
  })
  test('two hundred reads a second trouble no disk', async () =>
    assert.equal(await severity(await learned(10), reads(200)), undefined))
  test('a pool that answers 99 of 100 is well however much it reads', async () =>
    assert.equal(await severity(await learned(100), reads(900, 90_000)), undefined))
  test('after a start the pool is cold and nothing is known', async () =>
    assert.equal(await severity(new DetectorBench(ioPressure), reads(5_000)), undefined))
  test('waits for a free page are critical when they last, not once', async () => {
    const bench = new DetectorBench(ioPressure)
    const stuck = reads(500, 10_000, 5)
    assert.equal(await severity(bench, stuck), undefined)
    assert.equal(await severity(bench, stuck), undefined)
    assert.equal(await severity(bench, stuck), 'CRITICAL')
    assert.equal(await severity(bench, reads(500)), undefined)
    assert.equal(await severity(bench, stuck), undefined)
  })
  test('a server that does not say is not judged', async () =>
    assert.deepEqual(await new DetectorBench(ioPressure).see({ status: statusWindow() }), []))
  test('once followed it is calm near its baseline', async () => {
    const bench = await learned(100)
    bench.tracked.add(KEY)
    assert.ok(isCalm(await bench.one(reads(110))))
  })
})
