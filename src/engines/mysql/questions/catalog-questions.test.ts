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
import { untilSleeps } from '../../../../test/support/seen-waiting.ts'
import { inTime } from '../../../../test/support/until.ts'
import type { Reading } from '../../../core/observer.ts'
import type { TargetSession } from '../connect.ts'
import type { TableDefinition } from '../shapes.ts'
import { createAsk } from './ask.ts'

function answerOf<T>(reading: Reading<T>): T {
  if (!reading.known) assert.fail(`${reading.because} (${reading.toProceed})`)
  return reading.value
}

const DDL = [
  'CREATE TABLE customers (id INT PRIMARY KEY AUTO_INCREMENT, email VARCHAR(120) NOT NULL, UNIQUE KEY uq_email (email)) ENGINE=InnoDB',
  `CREATE TABLE orders (id BIGINT PRIMARY KEY AUTO_INCREMENT, customer_id INT NOT NULL, status VARCHAR(20),
    created DATETIME(3), total DECIMAL(10,2), note TEXT, twice INT AS (customer_id * 2) VIRTUAL,
    KEY k_status (status), KEY k_status_created (status, created), KEY k_note (note(10)), KEY k_customer (customer_id),
    FULLTEXT KEY ft_note (note), CONSTRAINT fk_customer FOREIGN KEY (customer_id) REFERENCES customers (id)
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`,
  'CREATE TABLE `my-table` (id INT PRIMARY KEY) ENGINE=InnoDB',
  'CREATE TABLE `my-täble` (id INT PRIMARY KEY) ENGINE=InnoDB',
  'CREATE TABLE `my-child` (id INT PRIMARY KEY, KEY kc (id), CONSTRAINT fkc2 FOREIGN KEY (id) REFERENCES `my-table` (id)) ENGINE=InnoDB',
  'CREATE TABLE child (id INT PRIMARY KEY, p INT, KEY kp (p), CONSTRAINT fkc FOREIGN KEY (p) REFERENCES `my-täble` (id)) ENGINE=InnoDB',
  'CREATE VIEW orders_view AS SELECT id FROM orders',
]

onEachServer('questions about the catalog', ({ server, flavour }) => {
  let monitor: TargetSession
  const ask: ReturnType<typeof createAsk> = (kind, params) => createAsk(contextOf({ monitor }))(kind, params)

  before(async () => {
    await prepareTarget(server())
    await using root = await connectAs(server(), undefined, 'shop')
    for (const sql of DDL) await root.query(sql)
    await root.query("INSERT INTO customers (email) VALUES ('a@b'), ('c@d')")
    monitor = sessionOf(server(), 'monitor')
  })
  after(() => monitor.close())

  const table = async (name: string): Promise<TableDefinition> => {
    const found = answerOf(await ask('table', { schema: 'shop', table: name }))
    assert.ok(found)
    return found
  }

  test('a table is described with columns, indexes and foreign keys by an account that can read no rows', async () => {
    const found = await table('orders')
    assert.equal(found.tableEngine, 'InnoDB')
    assert.deepEqual(
      found.columns.map((column) => [column.column, column.maxBytes]),
      [
        ['id', 8],
        ['customer_id', 4],
        ['status', 80],
        ['created', 7],
        ['total', 5],
        ['note', 65535],
        ['twice', 4],
      ],
    )
    assert.deepEqual(
      found.columns.filter((column) => column.generated).map((column) => column.column),
      ['twice'],
    )
    assert.ok(found.columns[0]?.autoIncrement)
    const byName = new Map(found.indexes.map((index) => [index.index, index]))
    assert.ok(byName.get('PRIMARY')?.primary)
    assert.equal(byName.get('ft_note')?.kind, 'FULLTEXT')
    assert.equal(byName.get('k_note')?.columns[0]?.prefix, 10)
    assert.ok(byName.get('k_customer')?.supportsForeignKey)
    assert.equal(byName.get('k_status')?.supportsForeignKey, false)
    assert.deepEqual(found.foreignKeys, [
      {
        name: 'fk_customer',
        columns: ['customer_id'],
        referencedSchema: 'shop',
        referencedTable: 'customers',
      },
    ])
    assert.match(found.statisticsAt ?? '', /^\d{4}-.*Z$/)
  })

  test('a referenced table knows it, whatever characters its name holds', async () => {
    assert.equal((await table('customers')).referencedBy, 1)
    assert.ok((await table('customers')).indexes.find((index) => index.primary)?.supportsForeignKey)
    assert.equal((await table('my-table')).referencedBy, 1)
    assert.equal((await table('my-täble')).referencedBy, 1)
    assert.equal((await table('orders')).referencedBy, 0)
  })

  test('names match exactly: other case, trailing space, a view and a missing table are no table', async () => {
    for (const name of ['ORDERS', 'orders_view', 'missing', 'orderś']) {
      assert.equal(answerOf(await ask('table', { schema: 'shop', table: name })), null, name)
    }
    const spaced = await ask('table', { schema: 'shop', table: 'orders ' })
    assert.equal(spaced.known, false)
  })

  test('the digest moves with the definition, not with rows, and is the same for the executor', async () => {
    await using root = await connectAs(server(), undefined, 'shop')
    await root.query('CREATE TABLE digested (id INT PRIMARY KEY, a INT, KEY ka (a)) ENGINE=InnoDB')
    const first = (await table('digested')).definitionDigest
    await root.query('INSERT INTO digested VALUES (1, 1), (2, 2), (3, 3)')
    await root.query('ANALYZE TABLE digested')
    assert.equal((await table('digested')).definitionDigest, first)
    await using executor = await connectAs(server(), ACCOUNTS.executor)
    const reader = {
      query: async (sql: string, values: readonly (string | number | null)[] = []) => {
        const [rows] = await executor.execute(sql, [...values])
        return rows as never
      },
    }
    const seen = await createAsk(contextOf({ monitor }, { reader }))('table', {
      schema: 'shop',
      table: 'digested',
    })
    assert.equal(answerOf(seen)?.definitionDigest, first)
    const digests = new Set([first])
    for (const change of [
      'ADD COLUMN b INT',
      `ALTER INDEX ka ${flavour === 'mysql' ? 'INVISIBLE' : 'IGNORED'}`,
      'DROP INDEX ka',
    ]) {
      await root.query(`ALTER TABLE digested ${change}`)
      digests.add((await table('digested')).definitionDigest)
    }
    assert.equal(digests.size, 4)
  })

  test('an index is redundant when another leads with its columns, and says which', async () => {
    await using root = await connectAs(server(), undefined, 'shop')
    await root.query(
      'CREATE TABLE dup (id INT PRIMARY KEY, a INT, b INT, KEY k1 (a), KEY k2 (a), KEY k3 (a, b), UNIQUE KEY u (b)) ENGINE=InnoDB',
    )
    const found = answerOf(await ask('redundant-indexes', { schema: 'shop', table: 'dup' }))
    assert.deepEqual(
      found.map((row) => [row.index, row.dominantIndex, row.exact]),
      [
        ['k1', 'k3', false],
        ['k2', 'k1', true],
      ],
    )
  })

  test('an index that was read has reads, another has none', async () => {
    await using root = await connectAs(server(), undefined, 'shop')
    await root.query("SELECT * FROM customers FORCE INDEX (uq_email) WHERE email = 'a@b'")
    const used = answerOf(await ask('index-reads', { schema: 'shop', table: 'customers', index: 'uq_email' }))
    assert.ok(used.reads > 0)
    assert.ok(used.sinceSeconds >= 0)
    const unused = answerOf(await ask('index-reads', { schema: 'shop', table: 'orders', index: 'k_note' }))
    assert.equal(unused.reads, 0)
  })

  test('variables and status answer by lower-case name and leave unknown names out', async () => {
    const variables = answerOf(await ask('variables', { names: ['Max_connections', 'no_such_variable'] }))
    assert.deepEqual(Object.keys(variables), ['max_connections'])
    const status = answerOf(await ask('status', { names: ['Uptime', 'Ssl_cipher', 'nothing'] }))
    assert.deepEqual(Object.keys(status), ['uptime'])
  })

  test('topology, health, logs and channels are known on a lone primary', async () => {
    const topology = answerOf(await ask('topology', {}))
    assert.deepEqual(topology, { writable: true, isReplica: false, replicas: 0, lagSeconds: null })
    const health = answerOf(await ask('health', {}))
    assert.ok(health.threadsConnected >= 1 && health.maxConnections > 10 && health.historyListLength !== null)
    assert.deepEqual(answerOf(await ask('replication-channels', {})), [])
    const logs = answerOf(await ask('binary-logs', {}))
    assert.equal(logs.length > 0, flavour === 'mysql')
  })

  test('an account is known only with the columns that hold no secret, and the answer says how to grant them', async () => {
    const denied = await ask('account', { user: ACCOUNTS.planner, host: '%' })
    assert.ok(!denied.known && /GRANT SELECT \(/.test(denied.toProceed))
    await using root = await connectAs(server())
    await root.query(`${denied.toProceed.replace('<the account>', `'${ACCOUNTS.monitor}'@'%'`)}`)
    await root.query(`ALTER USER '${ACCOUNTS.planner}'@'%' WITH MAX_USER_CONNECTIONS 7`)
    const found = answerOf(await ask('account', { user: ACCOUNTS.planner, host: '%' }))
    assert.equal(found?.maxUserConnections, 7)
    assert.equal(answerOf(await ask('account', { user: ACCOUNTS.planner.toUpperCase(), host: '%' })), null)
  })

  test('an instrument is on, off or not there', async () => {
    assert.deepEqual(answerOf(await ask('instrument', { name: 'wait/lock/metadata/sql/mdl' })), {
      enabled: true,
      timed: true,
    })
    assert.equal(answerOf(await ask('instrument', { name: 'wait/lock/nothing' })), null)
  })

  test('questions asked wrongly send nothing and say what is wrong', async () => {
    let sent = 0
    const reader = {
      query: async () => {
        sent += 1
        return []
      },
    }
    const careful = createAsk(contextOf({ monitor }, { reader })) as (
      kind: string,
      params: unknown,
    ) => Promise<Reading<unknown>>
    const wrong: readonly (readonly [string, unknown])[] = [
      ['table', { schema: 'shop', table: 'orders', extra: 1 }],
      ['table', { schema: 'shop' }],
      ['table', null],
      ['table', []],
      ['table', JSON.parse('{"schema":"shop","table":"orders","__proto__":{"x":1}}')],
      ['table', Object.create({ schema: 'shop', table: 'orders' })],
      [
        'table',
        {
          schema: 'shop',
          get table() {
            return 'orders'
          },
        },
      ],
      ['table', { schema: 'shop', table: { toString: () => 'orders' } }],
      ['table', { schema: 'shop', table: 'a\0b' }],
      ['variables', { names: [] }],
      ['variables', { names: ['a%'] }],
      ['variables', { names: ["x' OR '1'='1"] }],
      ['instrument', { name: "x/y' OR 1=1" }],
      ['connection', { connectionId: 5 }],
      ['__proto__', {}],
      ['constructor', {}],
      ['no-such-question', {}],
      ['statement-history', { fingerprintId: 'aaaaaaaaaaaaaaaa' }],
    ]
    for (const [kind, params] of wrong) {
      const reading = await careful(kind, params)
      assert.ok(!reading.known && reading.because !== '' && reading.toProceed !== '', kind)
    }
    assert.equal(sent, 0)
  })

  test('a table held by an exclusive lock makes the answer unknown within the limits, not absent', async () => {
    await using root = await connectAs(server(), undefined, 'shop')
    await using other = await connectAs(server(), undefined, 'shop')
    const slow = other
      .query('CREATE TABLE held ENGINE=InnoDB AS SELECT SLEEP(300) AS x')
      .catch(() => undefined)
    await untilSleeps(root, other.threadId)
    const reading = await inTime(ask('table', { schema: 'shop', table: 'held' }), 'the answer')
    // MySQL's dictionary does not have the table before it is complete; MariaDB has to wait for its lock.
    if (flavour === 'mysql') assert.equal(answerOf(reading), null)
    else assert.ok(!reading.known && /time limit|lock/.test(reading.because))
    await root.query(`KILL ${other.threadId}`)
    await slow
  })

  test('a later look at the connections is of its own moment, and leaves our own sessions out', async () => {
    await using app = await connectAs(server(), 'app')
    await app.query('DO 0')
    const use = answerOf(await ask('later-connections', { afterSeconds: 1 }))
    const sleeping = use.counts.filter((one) => one.command === 'Sleep')
    assert.deepEqual(
      sleeping.map(({ user, count, medianSeconds }) => [user, count, medianSeconds >= 1]),
      [['app', 1, true]],
    )
    assert.equal((await ask('later-connections', { afterSeconds: 6 })).known, false)
  })
})
