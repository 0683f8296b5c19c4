import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DetectorBench, isCalm } from '../../../test/support/mysql-bench.ts'
import { catalogFindings } from '../../../test/support/mysql-snapshots.ts'
import { unusedIndex } from './unused-index.ts'

describe('mysql/unused-index', () => {
  const index = (name: string, part: object = {}) => ({
    schema: 'shop',
    table: 'orders',
    index: name,
    uptimeSeconds: 36 * 86_400,
    unique: false,
    supportsForeignKey: false,
    ...part,
  })
  const catalog = (
    unused: readonly ReturnType<typeof index>[],
    more: Parameters<typeof catalogFindings>[0] = {},
  ) => ({
    catalog: catalogFindings({ unused, ...more }),
  })
  const severities = (windows: ReturnType<typeof catalog>) =>
    new DetectorBench(unusedIndex).severities(windows)
  const COVERED = {
    schema: 'shop',
    table: 'orders',
    index: 'k1',
    columns: ['a'],
    dominantIndex: 'k2',
    dominantColumns: ['a', 'b'],
    exact: false,
    unique: false,
    supportsForeignKey: false,
  }

  test('unread for 36 days is a warning', async () =>
    assert.deepEqual(await severities(catalog([index('k1')])), { 'shop.orders.k1': 'WARNING' }))
  test('unread for 35 days may wait for its month end', async () =>
    assert.deepEqual(await severities(catalog([index('k1', { uptimeSeconds: 35 * 86_400 })])), {}))
  test('a unique one is needed though never read', async () =>
    assert.deepEqual(await severities(catalog([index('k1', { unique: true })])), {}))
  test('one that serves a foreign key is needed though never read', async () =>
    assert.deepEqual(await severities(catalog([index('k1', { supportsForeignKey: true })])), {}))
  test('one a table at a time', async () =>
    assert.deepEqual(await severities(catalog([index('k2'), index('k1')])), { 'shop.orders.k1': 'WARNING' }))
  test('a duplicate is left to mysql/duplicate-index', async () =>
    assert.deepEqual(await severities(catalog([index('k1')], { redundant: [COVERED] })), {}))
  test('where the server could not count all reads nothing is said, not even of followed ones', async () => {
    const bench = new DetectorBench(unusedIndex)
    bench.tracked.add('shop.orders.k1')
    assert.deepEqual(await bench.see(catalog([index('k1')], { unusedUnknown: 'no room for counters' })), [])
  })
  test('a followed index that was read or dropped is calm; a restart proves neither', async () => {
    const bench = new DetectorBench(unusedIndex)
    bench.tracked.add('shop.orders.k1')
    assert.ok(isCalm(await bench.one(catalog([]))))
    assert.deepEqual(await bench.see(catalog([index('k1', { uptimeSeconds: 60 })])), [])
  })
})
