/** Watches by themselves: what a failure proposes, and what an answer says; real servers are in test/recovery/watches.test.ts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LookedAt, WatchLook } from '../../core/failure-watches.ts'
import { mysqlWatches } from './watches.ts'

const plan = (failureType: string, object: string | null) =>
  mysqlWatches.plan({ failureType, object }).map(({ kind, subject, question }) => [kind, subject, question])
const known = (value: unknown) => ({ known: true, value, at: 'x', source: 'x' }) as const
const judged = (look: Partial<LookedAt> & Pick<LookedAt, 'kind'>, value: unknown) => {
  const whole = { subject: null, limit: null, last: null, sinceLastSeconds: null, ...look }
  return mysqlWatches.judge(whole, known(value))
}
const last = (value: number | null): WatchLook => ({ number: 1, result: 'HOLDS', value, says: 'x', at: 'x' })

test('an object proposes its own check only where its database is known', () => {
  const migrations = ['pending-migrations', null, { kind: 'migrations', params: {} }]
  const question = { kind: 'table', params: { schema: 'shop', table: 'orders' } }
  assert.deepEqual(plan('TABLE_NOT_FOUND', 'shop.orders'), [
    ['table-exists', 'shop.orders', question],
    migrations,
  ])
  for (const object of ['orders', null, 'a.b.c', '.orders', 'shop.'])
    assert.deepEqual(plan('TABLE_NOT_FOUND', object), [migrations], String(object))
  assert.deepEqual(plan('COLUMN_NOT_FOUND', 'shop.orders.coupon')[0], [
    'column-exists',
    'shop.orders.coupon',
    question,
  ])
  assert.deepEqual(plan('COLUMN_NOT_FOUND', 'orders.coupon'), [migrations])
  for (const none of ['SYNTAX_ERROR', 'constructor', 'NOT_OF_THIS_PROGRAM'])
    assert.deepEqual(plan(none, 'a.b'), [])
})

test('what is not known says nothing, of whichever kind', () => {
  const hidden = { known: false, because: 'it is hidden', toProceed: 'Grant it.' } as const
  for (const kind of [
    'table-exists',
    'column-exists',
    'pending-migrations',
    'connection-headroom',
    'deadlock-rate',
    'id-headroom',
    'disk',
  ] as const) {
    const look = { kind, subject: 'a.b.c', limit: 1, last: last(3), sinceLastSeconds: 600 }
    assert.deepEqual(mysqlWatches.judge(look, hidden), {
      ...{ result: 'UNKNOWN', value: null, says: 'Not known: it is hidden. Grant it.' },
    })
  }
})

test('connections fail from the limit on, not below it', () => {
  const used = (threadsConnected: number) =>
    judged({ kind: 'connection-headroom', limit: 80 }, { threadsConnected, maxConnections: 100 })
  assert.deepEqual([used(79).result, used(80).result, used(80).value], ['HOLDS', 'FAILS', 80])
})

test('migrations that wait, or a record that disagrees, fail', () => {
  const found = (disagreement: string | null, pendingTotal: number) =>
    judged({ kind: 'pending-migrations' }, { disagreement, pendingTotal }).result
  assert.deepEqual(
    [found(null, 0), found(null, 2), found('the record is of another folder', 0)],
    [...['HOLDS', 'FAILS', 'FAILS']],
  )
})

test('deadlocks are a rate between two looks of one life of the server', () => {
  const rate = (count: number, before: number | null, sinceLastSeconds: number | null = 600) =>
    judged(
      { kind: 'deadlock-rate', limit: 1, last: before === null ? null : last(before), sinceLastSeconds },
      { count },
    )
  assert.deepEqual([rate(15, 5).result, rate(16, 5).result, rate(16, 5).value], ['HOLDS', 'FAILS', 16])
  for (const unknown of [rate(5, null), rate(5, 6), rate(5, 5, null), rate(5, 5, 0)])
    assert.deepEqual([unknown.result, unknown.value], ['UNKNOWN', 5])
})

test('a column is compared without case, and a missing table has none', () => {
  const column = (value: unknown) =>
    judged({ kind: 'column-exists', subject: 'shop.orders.Coupon' }, value).result
  const table = (...names: string[]) => ({ columns: names.map((name) => ({ column: name })) })
  assert.deepEqual(
    [column(table('id', 'coupon')), column(table('id')), column(null)],
    ['HOLDS', 'FAILS', 'FAILS'],
  )
})

test('ids are proposed for a primary key that is met twice, and for an id that could not be given', () => {
  const question = { kind: 'id-headroom', params: { schema: 'shop', table: 'orders' } }
  assert.deepEqual(plan('DUPLICATE_KEY', 'shop.orders.PRIMARY'), [['id-headroom', 'shop.orders', question]])
  for (const object of ['shop.orders.users_email_key', 'orders.PRIMARY', 'PRIMARY', null])
    assert.deepEqual(plan('DUPLICATE_KEY', object), [], String(object))
  const whole = { kind: 'id-headroom', params: { schema: null, table: null } }
  assert.deepEqual(plan('LIMIT_EXCEEDED', null), [['id-headroom', null, whole]])
  const narrowed = mysqlWatches.of.filter((each) => each.code ?? each.objectEndsWith)
  assert.deepEqual(narrowed, [
    { failureType: 'DUPLICATE_KEY', objectEndsWith: '.PRIMARY' },
    { failureType: 'LIMIT_EXCEEDED', code: '1467' },
  ])
})

test('ids and the disk fail from their limit on, and say what they were read from', () => {
  const ids = (usedPercent: number, readAt: string | null = null) =>
    judged(
      { kind: 'id-headroom', limit: 70, subject: 'shop.orders' },
      { schema: 'shop', table: 'orders', column: 'id', columnType: 'tinyint', usedPercent, readAt },
    )
  assert.deepEqual([ids(69.9).result, ids(70).result, ids(70).value], ['HOLDS', 'FAILS', 70])
  assert.match(ids(1, '2026-11-22T00:00:00.000000Z').says, /as read 2026-11-22T00:00/)
  const none = judged({ kind: 'id-headroom', limit: 70, subject: 'shop.orders' }, null)
  assert.deepEqual([none.result, none.value], ['UNKNOWN', null])
  const disk = (availableBytes: number) =>
    judged({ kind: 'disk', limit: 90 }, { totalBytes: 100 * 2 ** 30, availableBytes })
  assert.deepEqual([disk(11 * 2 ** 30).result, disk(10 * 2 ** 30).result], ['HOLDS', 'FAILS'])
  assert.equal(
    disk(10 * 2 ** 30).says,
    '90 % of the disk with the data directory are in use; 10 GiB are free.',
  )
})
