import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DetectorBench, isCalm } from '../../../test/support/mysql-bench.ts'
import { catalogFindings } from '../../../test/support/mysql-snapshots.ts'
import { duplicateIndex } from './duplicate-index.ts'

describe('mysql/duplicate-index', () => {
  const index = (name: string, part: object = {}) => ({
    schema: 'shop',
    table: 'orders',
    index: name,
    columns: ['customer_id'],
    dominantIndex: 'z_customer_date',
    dominantColumns: ['customer_id', 'created_at'],
    exact: false,
    unique: false,
    supportsForeignKey: false,
    ...part,
  })
  const catalog = (...redundant: readonly ReturnType<typeof index>[]) => ({
    catalog: catalogFindings({ redundant }),
  })
  const severities = (windows: ReturnType<typeof catalog>) =>
    new DetectorBench(duplicateIndex).severities(windows)

  test('a covered index is a warning that opens at once', async () => {
    const finding = await new DetectorBench(duplicateIndex).one(catalog(index('k1')))
    assert.deepEqual(
      [finding.severity, finding.opensAtOnce, finding.resourceKey],
      ['WARNING', true, 'shop.orders.k1'],
    )
  })
  test('a unique one stays', async () =>
    assert.deepEqual(await severities(catalog(index('k1', { unique: true }))), {}))
  test('one that serves a foreign key stays', async () =>
    assert.deepEqual(await severities(catalog(index('k1', { supportsForeignKey: true }))), {}))
  test('one a table at a time: hiding one changes what can be said of the others', async () => {
    const found = await severities(
      catalog(index('k2'), index('k1'), index('k1'), index('k9', { table: 'items' })),
    )
    assert.deepEqual(found, { 'shop.items.k9': 'WARNING', 'shop.orders.k1': 'WARNING' })
  })
  test('the one already followed goes first', async () => {
    const bench = new DetectorBench(duplicateIndex)
    bench.tracked.add('shop.orders.k2')
    assert.deepEqual(await bench.severities(catalog(index('k1'), index('k2'))), {
      'shop.orders.k2': 'WARNING',
    })
  })
  test('a followed index that is covered no more is calm', async () => {
    const bench = new DetectorBench(duplicateIndex)
    bench.tracked.add('shop.orders.k1')
    assert.ok(isCalm(await bench.one(catalog())))
  })
})
