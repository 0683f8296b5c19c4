import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DetectorBench, isCalm } from '../../../test/support/mysql-bench.ts'
import { statement, statementWindow } from '../../../test/support/mysql-snapshots.ts'
import { sortSpill } from './sort-spill.ts'

describe('mysql/sort-spill', () => {
  /** A window of ten seconds: merges and time of a class that sorts, beside one that does not. */
  const sorts = (merges: number, ms: number, otherMs = 1_000) => ({
    statements: statementWindow(
      [
        statement({ fingerprintId: 'sorter', calls: 20, sortMergePasses: merges, totalMs: ms }),
        statement({ fingerprintId: 'other', totalMs: otherMs }),
      ],
      { totalMs: ms + otherMs },
    ),
  })
  const severity = async (windows: ReturnType<typeof sorts>) =>
    (await new DetectorBench(sortSpill).severities(windows))['sort-spill']

  test('more than one merge a second by what takes time is a warning', async () =>
    assert.equal(await severity(sorts(11, 500)), 'WARNING'))
  test('one a second is not', async () => assert.equal(await severity(sorts(10, 500)), undefined))
  test('many merges of statements that take next to no time are not', async () => {
    assert.equal(await severity(sorts(500, 500, 9_500)), undefined, 'a twentieth of the time')
    assert.equal(await severity(sorts(500, 100, 10)), undefined, 'a hundredth of one session')
  })
  test('no sort that is merged is well', async () => assert.equal(await severity(sorts(0, 500)), undefined))
  test('the class that merges most is named', async () => {
    const { context } = await new DetectorBench(sortSpill).one(sorts(40, 500))
    assert.deepEqual([context['worstFingerprintId'], context['worstPassesPerCall']], ['sorter', 2])
  })
  test('without classes nothing is said', async () =>
    assert.deepEqual(await new DetectorBench(sortSpill).see({}), []))
  test('once followed any figure far below its limit is calm', async () => {
    const bench = new DetectorBench(sortSpill)
    bench.tracked.add('sort-spill')
    assert.ok(isCalm(await bench.one(sorts(2, 500))), 'rare')
    assert.ok(isCalm(await bench.one(sorts(40, 100, 9_900))), 'a small part')
    assert.ok(!isCalm(await bench.one(sorts(9, 500))), 'neither')
  })
})
