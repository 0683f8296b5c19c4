import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DetectorBench } from '../../../test/support/mysql-bench.ts'
import { serverErrors } from '../../../test/support/mysql-snapshots.ts'
import { missingTable } from './missing-table.ts'

describe('mysql/missing-table', () => {
  const raised = (errorNumber: number, count: number) => ({
    serverErrors: serverErrors([{ errorNumber, name: 'ER', raised: count }]),
  })
  test('it is a fact and opens nothing: which table is not known', async () => {
    const finding = await new DetectorBench(missingTable).one(raised(1146, 3))
    assert.deepEqual([finding.severity, finding.metricValue], ['INFO', 3])
  })
  test('other errors are not its business', async () =>
    assert.deepEqual(await new DetectorBench(missingTable).see(raised(1062, 3)), []))
  test('none raised, nothing said', async () =>
    assert.deepEqual(await new DetectorBench(missingTable).see(raised(1146, 0)), []))
})
