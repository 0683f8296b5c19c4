import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DetectorBench, isCalm } from '../../../test/support/mysql-bench.ts'
import { statement, statementWindow, statusWindow } from '../../../test/support/mysql-snapshots.ts'
import { temporarySpill } from './temporary-spill.ts'

describe('mysql/temporary-spill', () => {
  /** Temporary tables of one window of ten seconds. */
  const tables = (disk: number, all: number) => ({
    status: statusWindow({ deltas: { created_tmp_disk_tables: disk, created_tmp_tables: all } }),
  })
  const CASES: readonly (readonly [string, ReturnType<typeof tables>, string | undefined])[] = [
    ['more than a quarter and more than one a second is a warning', tables(11, 40), 'WARNING'],
    ['a quarter is not', tables(11, 44), undefined],
    ['one a second is not', tables(10, 20), undefined],
    ['a server without temporary tables is well', tables(0, 0), undefined],
  ]
  for (const [title, windows, expected] of CASES) {
    test(title, async () =>
      assert.equal(
        (await new DetectorBench(temporarySpill).severities(windows))['temporary-spill'],
        expected,
      ),
    )
  }

  test('the class that spills most is named, if classes are known', async () => {
    const spiller = statement({ fingerprintId: 'spiller', tmpTables: 40, tmpDiskTables: 11 })
    const known = { ...tables(11, 40), statements: statementWindow([statement(), spiller]) }
    assert.equal(
      (await new DetectorBench(temporarySpill).one(known)).context['worstFingerprintId'],
      'spiller',
    )
    assert.equal(
      (await new DetectorBench(temporarySpill).one(tables(11, 40))).context['worstFingerprintId'],
      null,
    )
  })
  test('what our own reading of the catalog makes is nobody’s spill', async () => {
    const bench = new DetectorBench(temporarySpill)
    const quiet = statementWindow([statement({ tmpTables: 2, tmpDiskTables: 1 })])
    assert.deepEqual(await bench.severities({ ...tables(30, 40), statements: quiet }), {})
  })
  test('nor is it where no class is known: our session counts its own', async () => {
    const severities = (own: number) =>
      new DetectorBench(temporarySpill).severities({
        status: statusWindow({
          deltas: {
            created_tmp_disk_tables: 30,
            created_tmp_tables: 40,
            own_created_tmp_disk_tables: own,
            own_created_tmp_tables: own,
          },
        }),
      })
    assert.deepEqual(await severities(25), {})
    assert.equal((await severities(15))['temporary-spill'], 'WARNING')
  })
  test('where calls have no class the counters of the server decide', async () => {
    for (const part of [{ blindPercent: 2 }, { unseenCalls: 5 }]) {
      const bench = new DetectorBench(temporarySpill)
      const seen = await bench.severities({
        ...tables(11, 40),
        statements: statementWindow([statement()], part),
      })
      assert.equal(seen['temporary-spill'], 'WARNING')
    }
  })
  test('a server that does not say is not judged', async () =>
    assert.deepEqual(await new DetectorBench(temporarySpill).see({ status: statusWindow() }), []))
  test('once followed either figure far below its limit is calm', async () => {
    const bench = new DetectorBench(temporarySpill)
    bench.tracked.add('temporary-spill')
    assert.ok(isCalm(await bench.one(tables(5, 6))), 'rare')
    assert.ok(isCalm(await bench.one(tables(100, 10_000))), 'a small part')
    assert.ok(!isCalm(await bench.one(tables(9, 20))), 'neither')
  })
})
