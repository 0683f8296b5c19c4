import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DetectorBench, isCalm } from '../../../test/support/mysql-bench.ts'
import { tableSize, tableSizes } from '../../../test/support/mysql-snapshots.ts'
import { staleStatistics } from './stale-statistics.ts'

describe('mysql/stale-statistics', () => {
  const DAY = '2026-01-05T'
  const sizes = (part: Parameters<typeof tableSize>[0]) => ({
    tableSizes: tableSizes([
      tableSize({
        autoRecalc: false,
        statisticsAt: `${DAY}10:00:00.000000Z`,
        changedAt: `${DAY}11:00:01.000000Z`,
        ...part,
      }),
    ]),
  })
  const CASES: readonly (readonly [string, ReturnType<typeof sizes>, string | undefined])[] = [
    ['an hour and a second behind is a warning', sizes({}), 'WARNING'],
    ['an hour is not', sizes({ changedAt: `${DAY}11:00:00.000000Z` }), undefined],
    ['automatic recalculation takes care of itself', sizes({ autoRecalc: true }), undefined],
    ['plans of small tables do not depend on it', sizes({ rows: 9_999 }), undefined],
    ['without the time of the last change nothing is known', sizes({ changedAt: null }), undefined],
    ['without the time of the statistics nothing is known', sizes({ statisticsAt: null }), undefined],
  ]
  for (const [title, windows, expected] of CASES) {
    test(title, async () =>
      assert.equal((await new DetectorBench(staleStatistics).severities(windows))['shop.orders'], expected),
    )
  }

  test('a followed table is calm once analysed, dropped or recalculated automatically', async () => {
    const bench = new DetectorBench(staleStatistics)
    bench.tracked.add('shop.orders')
    assert.ok(isCalm(await bench.one(sizes({ statisticsAt: `${DAY}12:00:00.000000Z` }))))
    assert.ok(isCalm(await bench.one({ tableSizes: tableSizes([]) })))
    assert.ok(isCalm(await bench.one(sizes({ autoRecalc: true }))))
  })
  test('a followed table whose times were lost in a restart is not taken for well', async () => {
    const bench = new DetectorBench(staleStatistics)
    bench.tracked.add('shop.orders')
    assert.deepEqual(await bench.see(sizes({ changedAt: null })), [])
  })
})
