import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Answer, conclude, supported } from '../../../test/support/diagnosis-case.ts'
import { ordersTable } from '../../../test/support/mysql-answers.ts'
import { fragmented, SMALL_TABLE_BYTES } from './fragmented.ts'

describe('mysql/fragmented', () => {
  const given = (bytesPerRow: number, table: Parameters<typeof ordersTable>[0] = {}) => ({
    rule: 'mysql/fragmentation',
    category: 'FRAGMENTATION' as const,
    on: { type: 'table', name: 'shop.orders' },
    facts: {
      schema: 'shop',
      table: 'orders',
      bytesPerRow,
      bestBytesPerRow: 200,
      reclaimableBytes: 600_000_000,
    },
    answers: [{ kind: 'table', value: ordersTable(table) }] satisfies Answer[],
  })
  test('up to one GiB the rebuild is the smaller risk, beyond it the larger', () => {
    const action = (dataBytes: number) =>
      supported(fragmented, given(900, { dataBytes, indexBytes: 0 })).candidates[0]?.actionId
    assert.equal(action(SMALL_TABLE_BYTES), 'mysql/rebuild-small-table')
    assert.equal(action(SMALL_TABLE_BYTES + 1), 'mysql/rebuild-large-table')
  })
  test('four times its best weighs', () => {
    const sum = (bytes: number) =>
      supported(fragmented, given(bytes)).weights.reduce((n, w) => n + w.logOdds, 0)
    assert.deepEqual([sum(400), sum(799), sum(800)], [-1, -1, 0])
  })
  test('less than twice its best is no fragmentation', () =>
    assert.equal(conclude(fragmented, given(399)).outcome, 'refuted'))
  test('a table rebuilt since the issue was opened is well', () =>
    assert.equal(
      conclude(fragmented, given(900, { createdAt: '2026-01-05T10:00:01.000000Z' })).outcome,
      'refuted',
    ))
  test('that longer rows look the same is weighed', () =>
    assert.ok(supported(fragmented, given(900)).weights.some((w) => w.logOdds < 0)))
  test('without the table nothing is known', () =>
    assert.equal(conclude(fragmented, { ...given(900), answers: [] }).outcome, 'unknown'))
})
