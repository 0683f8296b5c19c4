import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { onEachServer } from '../../../../test/support/each-server.ts'
import {
  ACCOUNTS,
  connectAs,
  contextOf,
  prepareTarget,
  sessionOf,
} from '../../../../test/support/mysql-target.ts'
import type { ConnectionParameter, Given, ParameterSchema } from '../../../core/parameters.ts'
import type { TargetSession } from '../connect.ts'
import { createAsk } from '../questions/ask.ts'
import { readIdentity } from '../questions/identity.ts'
import type { Reader } from '../questions/question.ts'
import { resolve } from './resolve.ts'

const INDEX = {
  table: { type: 'table' },
  index: { type: 'index', of: 'table' },
  columns: { type: 'columns', of: 'table', most: 5 },
} as const satisfies ParameterSchema

onEachServer('resolving against the live catalog', ({ server }) => {
  let monitor: TargetSession
  const sent: string[] = []
  const spy: Reader = {
    query: (sql, values) => {
      sent.push(sql)
      return monitor.query(sql, values)
    },
  }
  const ask = createAsk({
    ...contextOf({ monitor: spy as TargetSession }),
  })
  const giveTable = (schema: string, table: string) =>
    resolve({ table: { type: 'table' } } as const, { table: { schema, table } }, ask)
  const give = (index: string, column: string, prefix: number | null = null) =>
    resolve(
      INDEX,
      { table: { schema: 'shop', table: 'orders' }, index, columns: [{ column, prefix, direction: 'ASC' }] },
      ask,
    )

  before(async () => {
    monitor = sessionOf(server(), 'monitor')
    await prepareTarget(server())
    await using root = await connectAs(server(), undefined, 'shop')
    await root.query(
      'CREATE TABLE orders (id INT PRIMARY KEY, a INT, `lower(a)` INT, été VARCHAR(20), note TEXT, KEY ka (a)) ENGINE=InnoDB',
    )
    await root.query('CREATE TABLE `a``b` (id INT PRIMARY KEY) ENGINE=InnoDB')
    await root.query('CREATE VIEW orders_view AS SELECT id FROM orders')
  })
  after(() => monitor.close())

  test('what exists resolves to the catalog’s own strings with the digest of the definition', async () => {
    const found = await give('ka', 'été')
    assert.ok('resolved' in found)
    assert.equal(found.resolved.index.index, 'ka')
    assert.match(found.resolved.table.definitionDigest, /^[0-9a-f]{64}$/)
    assert.equal(found.resolved.index.definitionDigest, found.resolved.table.definitionDigest)
    assert.ok('resolved' in (await give('ka', 'lower(a)')), 'a column may be named like an expression')
    assert.ok('resolved' in (await give('ka', 'note', 20)))
    assert.ok('resolved' in (await giveTable('shop', 'a`b')))
  })

  const STRANGE = [
    'users; DROP TABLE x',
    'a`; DROP TABLE x-- ',
    'a`` b ',
    'a"."b',
    'mysql.user',
    '../x',
    'a\0b',
    'a/*!50000 */',
    'a-- ',
    'a#',
    'o\u0072ders\u202E',
    'оrders',
    'ORDERS',
    'Orders',
    'orders ',
    'x'.repeat(65),
    'orders,orders',
    'pg_temp.x',
    'orders_view',
    'file:x?mode=memory',
    ';ATTACH',
    '__proto__',
    'constructor',
    '$where',
    '*',
    "orders' OR '1'='1",
    '%',
    'order_',
  ]

  test('hostile table names are refused, and only bound catalog lookups were sent for them', async () => {
    sent.length = 0
    for (const name of STRANGE) {
      for (const refused of [await giveTable('shop', name), await giveTable(name, 'orders')]) {
        assert.ok('refused' in refused, name)
        assert.match(refused.code, /^DBM_(?:PARAM_INVALID|OBJECT_UNKNOWN)$/)
      }
    }
    for (const sql of sent) {
      assert.match(sql, /^SELECT /)
      for (const name of STRANGE.filter((item) => item.length > 6)) assert.ok(!sql.includes(name), name)
    }
  })

  test('hostile index and column names are refused', async () => {
    for (const name of [
      ...STRANGE,
      'KA',
      'id; DROP',
      'a,b',
      'a DESC, b',
      'a(10),(SELECT 1)',
      '(lower(a))',
      'A',
      'e\u0301t\u00e9',
      'ete',
    ]) {
      assert.ok('refused' in (await give(name, 'a')), `index ${name}`)
      assert.ok('refused' in (await give('ka', name)), `column ${name}`)
    }
  })

  test('columns that cannot be indexed so are refused', async () => {
    assert.ok('refused' in (await give('ka', 'note')))
    assert.ok('refused' in (await give('ka', 'a', 3)))
    assert.ok('refused' in (await give('ka', 'été', 20)))
  })

  test('a connection resolves while everything bound holds, and never for ours or one of an earlier life', async () => {
    await using app = await connectAs(server(), undefined, 'shop')
    const [mine] = (await app.query('SELECT CONNECTION_ID() AS id, USER() AS who'))[0] as {
      id: string
      who: string
    }[]
    const rows = await monitor.query('SELECT HOST AS host FROM information_schema.PROCESSLIST WHERE ID = ?', [
      String(mine?.id),
    ])
    const identity = await readIdentity(monitor)
    const bound: Given<{ c: ConnectionParameter }>['c'] = {
      instanceUid: identity.instanceUid,
      epoch: identity.epoch,
      connectionId: String(mine?.id),
      user: 'root',
      host: String(rows[0]?.host),
      database: 'shop',
      transactionId: null,
      transactionStartedAt: null,
      queryId: null,
      statementFingerprintId: null,
    }
    const bind = (change: Partial<typeof bound>) =>
      resolve({ c: { type: 'connection' } } as const, { c: { ...bound, ...change } }, ask)
    assert.ok('resolved' in (await bind({})))
    const own = (await monitor.open()).connectionId
    for (const change of [
      { connectionId: own, user: ACCOUNTS.monitor },
      { connectionId: '999999' },
      { epoch: '2020-01-01T00:00:00Z' },
      { instanceUid: 'another' },
      { user: 'app' },
      { host: 'elsewhere:1' },
      { database: null },
      { transactionId: '1' },
      { statementFingerprintId: 'a'.repeat(32) },
    ]) {
      const refused = await bind(change)
      assert.ok('refused' in refused, JSON.stringify(change))
    }
  })

  test('an instant in the future by the target’s clock is refused', async () => {
    const schema = { before: { type: 'instant', minimumAgeSeconds: 3600 } } as const
    assert.ok('resolved' in (await resolve(schema, { before: '2020-01-01T00:00:00Z' }, ask)))
    const recent = new Date(Date.now() - 60_000).toISOString()
    const refused = await resolve(schema, { before: recent }, ask)
    assert.ok('refused' in refused && refused.code === 'DBM_OUT_OF_BOUNDS')
  })

  test('an object that cannot be looked up is refused, not assumed', async () => {
    const silent = createAsk(
      contextOf({ monitor }, { reader: { query: () => Promise.reject(new Error('gone')) } }),
    )
    const refused = await resolve(
      { table: { type: 'table' } } as const,
      { table: { schema: 'shop', table: 'orders' } },
      silent,
    )
    assert.ok('refused' in refused && refused.code === 'DBM_OBJECT_UNKNOWN')
  })
})
