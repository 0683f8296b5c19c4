import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DetectorBench, isCalm } from '../../../test/support/mysql-bench.ts'
import { catalogFindings } from '../../../test/support/mysql-snapshots.ts'
import { idExhaustion } from './id-exhaustion.ts'

describe('mysql/id-exhaustion', () => {
  const used = (usedPercent: number) => ({
    catalog: catalogFindings({
      autoIncrement: [{ schema: 'shop', table: 'orders', column: 'id', columnType: 'int(11)', usedPercent }],
    }),
  })
  const CASES: readonly (readonly [string, number, string | undefined])[] = [
    ['seventy percent leave time', 70, undefined],
    ['more is a warning', 70.1, 'WARNING'],
    ['ninety percent stay a warning', 90, 'WARNING'],
    ['more is critical', 90.1, 'CRITICAL'],
  ]
  for (const [title, percent, expected] of CASES) {
    test(title, async () =>
      assert.equal(
        (await new DetectorBench(idExhaustion).severities(used(percent)))['shop.orders.id'],
        expected,
      ),
    )
  }
  test('a followed column of a wider type, or of a dropped table, is calm', async () => {
    const bench = new DetectorBench(idExhaustion)
    bench.tracked.add('shop.orders.id')
    assert.ok(isCalm(await bench.one(used(0.00001))))
    assert.ok(isCalm(await bench.one({ catalog: catalogFindings() })))
  })
})
