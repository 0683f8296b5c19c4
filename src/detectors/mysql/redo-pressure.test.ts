import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DetectorBench, isCalm } from '../../../test/support/mysql-bench.ts'
import { statusWindow } from '../../../test/support/mysql-snapshots.ts'
import { redoPressure } from './redo-pressure.ts'

describe('mysql/redo-pressure', () => {
  const redo = (waits: number, agePercent: number | null = null) => ({
    status: statusWindow({
      deltas: { innodb_log_waits: waits },
      values:
        agePercent === null ? {} : { innodb_checkpoint_age: agePercent, innodb_checkpoint_max_age: 100 },
    }),
  })
  const KEY = 'redo-pressure'

  test('one wait is a warning', async () => {
    const bench = new DetectorBench(redoPressure)
    assert.equal((await bench.severities(redo(0)))[KEY], undefined)
    assert.equal((await bench.severities(redo(1)))[KEY], 'WARNING')
  })
  test('an age over 80 percent is a warning, and critical in its third window', async () => {
    const bench = new DetectorBench(redoPressure)
    assert.equal((await bench.severities(redo(0, 80)))[KEY], undefined)
    assert.equal((await bench.severities(redo(0, 81)))[KEY], 'WARNING')
    assert.equal((await bench.severities(redo(0, 81)))[KEY], 'WARNING')
    const finding = await bench.one(redo(0, 81))
    assert.deepEqual([finding.severity, finding.metricName], ['CRITICAL', 'checkpoint_age_percent'])
    assert.equal((await bench.severities(redo(0, 10)))[KEY], undefined)
  })
  test('a server that does not say is not judged', async () =>
    assert.deepEqual(await new DetectorBench(redoPressure).see({ status: statusWindow() }), []))
  test('once followed it is calm when neither figure is high', async () => {
    const bench = new DetectorBench(redoPressure)
    bench.tracked.add(KEY)
    assert.ok(isCalm(await bench.one(redo(0, 55))))
    assert.ok(!isCalm(await bench.one(redo(0, 57))))
  })
})
