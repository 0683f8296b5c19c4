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
  test('nor what reads the catalogs of the server: its temporary tables are on disk whatever their size', async () => {
    const reads = { tmpTables: 30, tmpDiskTables: 30 }
    const catalog = statement({ fingerprint: 'select a from information_schema.innodb_trx', ...reads })
    const own = statement({ fingerprintId: 'f2', fingerprint: 'select a from information', ...reads })
    const seen = (one: typeof own) =>
      new DetectorBench(temporarySpill).severities({ ...tables(30, 40), statements: statementWindow([one]) })
    assert.deepEqual(await seen(catalog), {})
    assert.equal((await seen(own))['temporary-spill'], 'WARNING')
    const sys = statement({ fingerprint: 'select * from sys.schema_table_statistics', ...reads })
    const alias = statement({ fingerprint: 'select sys.a from systems as sys where sys.b = ?', ...reads })
    assert.deepEqual(await seen(sys), {})
    assert.equal((await seen(alias))['temporary-spill'], 'WARNING')
  })
  test('nor where the counters decide: what known readers of catalogs made is taken off, by the length of the windows', async () => {
    const severities = (fingerprint: string, made: number, elapsedMs = 10_000) =>
      new DetectorBench(temporarySpill).severities({
        ...tables(30, 40),
        statements: statementWindow([statement({ fingerprint, tmpTables: made, tmpDiskTables: made })], {
          unseenCalls: 5,
          elapsedMs,
        }),
      })
    const monitor = 'select a from information_schema.innodb_trx'
    assert.deepEqual(await severities(monitor, 25), {})
    assert.deepEqual(await severities(monitor, 50, 20_000), {})
    assert.equal((await severities(monitor, 15))['temporary-spill'], 'WARNING')
    assert.equal((await severities('select a from t', 25))['temporary-spill'], 'WARNING')
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
