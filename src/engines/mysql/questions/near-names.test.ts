import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { onEachServer } from '../../../../test/support/each-server.ts'
import { connectAs, contextOf, prepareTarget, sessionOf } from '../../../../test/support/mysql-target.ts'
import type { TargetSession } from '../connect.ts'
import type { NearNames } from '../shapes.ts'
import { createAsk } from './ask.ts'

const DDL = [
  'CREATE TABLE orders (id INT PRIMARY KEY)',
  'CREATE TABLE order_items (id INT PRIMARY KEY)',
  'CREATE TABLE `or``der s` (id INT PRIMARY KEY)',
  'CREATE VIEW recent_orders AS SELECT id FROM orders',
  'CREATE DATABASE shop_old',
  'CREATE TABLE shop_old.coupons (id INT PRIMARY KEY)',
  'CREATE DATABASE hidden',
  'CREATE TABLE hidden.coupons (id INT PRIMARY KEY)',
]

onEachServer('names near one that is not there', ({ server }) => {
  let monitor: TargetSession
  before(async () => {
    await prepareTarget(server())
    await using root = await connectAs(server(), undefined, 'shop')
    for (const sql of DDL) await root.query(sql)
    monitor = sessionOf(server(), 'monitor')
  })
  after(() => monitor.close())

  async function near(table: string, schema = 'shop'): Promise<NearNames> {
    const reading = await createAsk(contextOf({ monitor }))('near-names', { schema, table })
    if (!reading.known) assert.fail(`${reading.because} (${reading.toProceed})`)
    return reading.value
  }

  test('are told with how many were compared, the nearest first; a view is a name, too', async () => {
    const mistyped = await near('ordres')
    assert.deepEqual(mistyped.near.slice(0, 1), ['orders'])
    assert.ok(mistyped.compared >= 4 && !mistyped.more && !mistyped.otherKind)
    assert.deepEqual((await near('recent_order')).near, ['recent_orders'])
    assert.deepEqual((await near('payroll')).near, [])
  })

  test('a view of that very name is there, and is no base table', async () =>
    assert.equal((await near('recent_orders')).otherKind, true))

  test('schemas that have that very name are told as far as the account may see them, never the server’s own', async () => {
    await using root = await connectAs(server(), undefined, 'shop')
    const before = (await near('coupons')).elsewhere
    await root.query("GRANT REFERENCES ON shop_old.* TO 'dbm_mon'@'%'")
    const elsewhere = (await near('coupons')).elsewhere
    assert.ok(elsewhere.includes('shop_old'), elsewhere.join())
    assert.equal(elsewhere.includes('hidden'), before.includes('hidden'), 'what may not be seen is not told')
    assert.deepEqual((await near('user')).elsewhere, [])
    assert.deepEqual((await near('coupons', 'shop_old')).elsewhere.includes('shop_old'), false)
  })

  test('names are values here: whatever they hold, nothing else is asked', async () => {
    for (const name of ["x' OR '1'='1", '`', '%', '_rders', 'a'.repeat(64)])
      assert.deepEqual((await near(name)).elsewhere, [], name)
  })
})
