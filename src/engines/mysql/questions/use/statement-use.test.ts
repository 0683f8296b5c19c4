import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { onEachServer } from '../../../../../test/support/each-server.ts'
import { connectAs, contextOf, prepareTarget, sessionOf } from '../../../../../test/support/mysql-target.ts'
import { fingerprintId, MYSQL } from '../../../../sql/index.ts'
import type { TargetSession } from '../../connect.ts'
import type { StatementUse, TableUse } from '../../shapes.ts'
import { SampleBook } from '../../statement-samples.ts'
import { createAsk } from '../ask.ts'

interface Expected {
  readonly sql: string
  /** Uses by alias or table; members left out are empty. */
  readonly uses: { readonly [table: string]: Partial<Omit<TableUse, 'schema' | 'table' | 'alias'>> }
  readonly unresolved?: readonly string[]
}

const CASES: readonly Expected[] = [
  {
    sql: 'SELECT id FROM orders WHERE customer_id = 5',
    uses: { orders: { equal: ['customer_id'], output: ['id'] } },
  },
  {
    sql: "SELECT o.id FROM orders o WHERE o.status = 'x' AND o.created >= '2026-01-01' ORDER BY o.created DESC LIMIT 10",
    uses: {
      o: {
        equal: ['status'],
        range: ['created'],
        sort: [{ column: 'created', direction: 'DESC' }],
        output: ['id'],
      },
    },
  },
  {
    sql: "SELECT c.email, SUM(o.total) FROM customers c JOIN shop.orders o ON o.customer_id = c.id WHERE c.city = 'B' GROUP BY c.email",
    uses: {
      c: { equal: ['city', 'id'], sort: [{ column: 'email', direction: 'ASC' }] },
      o: { equal: ['customer_id'], output: ['total'] },
    },
  },
  {
    sql: 'SELECT id FROM orders WHERE acct = 123',
    uses: {
      orders: {
        mismatched: [{ column: 'acct', columnType: 'varchar(20)', otherType: 'number' }],
        output: ['id', 'acct'],
      },
    },
  },
  {
    sql: "SELECT id FROM orders WHERE customer_id = '5'",
    uses: { orders: { equal: ['customer_id'], output: ['id'] } },
  },
  {
    sql: "SELECT id FROM orders WHERE DATE(created) = '2026-01-01' AND total + 1 = 5 AND note LIKE '%x' AND CAST(acct AS SIGNED) = 1",
    uses: {
      orders: {
        wrapped: [
          { column: 'created', how: 'DATE' },
          { column: 'total', how: 'arithmetic' },
          { column: 'note', how: 'leading wildcard' },
          { column: 'acct', how: 'CAST' },
        ],
        output: ['created', 'total', 'note', 'acct', 'id'],
      },
    },
  },
  {
    sql: "SELECT id FROM orders WHERE JSON_CONTAINS(note, '5')",
    uses: { orders: { wrapped: [{ column: 'note', how: 'JSON_CONTAINS' }], output: ['note', 'id'] } },
  },
  {
    sql: "SELECT id FROM orders WHERE note LIKE 'ab%' AND status IS NULL AND total IN (1, 2)",
    uses: { orders: { equal: ['status', 'total'], range: ['note'], output: ['id'] } },
  },
  {
    sql: `SELECT id FROM orders WHERE total IN (${Array.from({ length: 17 }, (_, at) => at).join(', ')})`,
    uses: { orders: { range: ['total'], output: ['id'] } },
  },
  {
    sql: "SELECT id FROM orders WHERE status = 'a' OR status = 'b'",
    uses: { orders: { equal: ['status'], output: ['id'] } },
  },
  {
    sql: "SELECT id FROM orders WHERE status = 'a' OR total = 3",
    uses: { orders: { output: ['status', 'total', 'id'] } },
  },
  {
    sql: "SELECT id FROM orders WHERE NOT status = 'a' AND total <> 3 AND customer_id NOT IN (1)",
    uses: { orders: { output: ['status', 'total', 'customer_id', 'id'] } },
  },
  {
    sql: "SELECT c.email FROM customers c LEFT JOIN orders o ON o.customer_id = c.id AND c.city = 'x' AND o.total = 4",
    uses: { c: { output: ['id', 'city', 'email'] }, o: { equal: ['customer_id', 'total'] } },
  },
  {
    sql: 'SELECT c.email FROM customers c WHERE EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id AND o.total > 5)',
    uses: { c: { output: ['email', 'id'] }, o: { equal: ['customer_id'], range: ['total'] } },
  },
  {
    sql: 'SELECT x.n FROM (SELECT customer_id, COUNT(*) AS n FROM orders WHERE total = 1 GROUP BY customer_id) x WHERE x.n > 3',
    uses: { orders: { equal: ['total'], sort: [{ column: 'customer_id', direction: 'ASC' }] } },
  },
  {
    sql: "WITH orders AS (SELECT id AS id FROM customers WHERE city = 'x') SELECT * FROM orders WHERE id = 1",
    uses: { customers: { equal: ['city'], output: ['id'] } },
  },
  {
    sql: 'SELECT email FROM customers JOIN orders USING (id) WHERE id = 4',
    uses: { customers: { equal: ['id'], output: ['email'] }, orders: { equal: ['id'] } },
  },
  {
    sql: "UPDATE orders SET total = total + 1 WHERE status = 'x' ORDER BY id LIMIT 5",
    uses: { orders: { equal: ['status'], sort: [{ column: 'id', direction: 'ASC' }], output: ['total'] } },
  },
  { sql: "DELETE FROM orders WHERE created < '2020-01-01'", uses: { orders: { range: ['created'] } } },
  {
    sql: "INSERT INTO orders (customer_id) SELECT id FROM customers WHERE city = 'x'",
    uses: { customers: { equal: ['city'], output: ['id'] } },
  },
  {
    sql: "SELECT id FROM orders WHERE total BETWEEN 1 AND 5 UNION SELECT id FROM customers WHERE city = 'q' ORDER BY id",
    uses: { orders: { range: ['total'], output: ['id'] }, customers: { equal: ['city'], output: ['id'] } },
  },
  {
    sql: "SELECT id FROM orders WHERE status = 'x' COLLATE utf8mb4_bin",
    uses: {
      orders: {
        mismatched: [{ column: 'status', columnType: 'varchar(20)', otherType: 'collation utf8mb4_bin' }],
        output: ['id', 'status'],
      },
    },
  },
  {
    sql: 'SELECT o.id FROM orders o JOIN latin l ON l.code = o.status',
    uses: {
      o: {
        mismatched: [
          { column: 'status', columnType: 'varchar(20)', otherType: 'varchar(20) latin1_swedish_ci' },
        ],
        output: ['id', 'status'],
      },
      l: {
        mismatched: [
          { column: 'code', columnType: 'varchar(20)', otherType: 'varchar(20) utf8mb4_general_ci' },
        ],
        output: ['code'],
      },
    },
  },
  {
    sql: "SELECT COUNT(*) FROM customers c JOIN orders o ON (o.customer_id = c.id) WHERE ((c.city = 'B' AND 'C' = c.email) AND (5 = o.total AND o.status IN ('x', 'y'))) AND o.id BETWEEN 3 AND 9 AND '2026-01-01' <= o.created AND o.note = 'n'",
    uses: {
      c: { equal: ['id', 'city', 'email'] },
      o: { equal: ['customer_id', 'total', 'status', 'note'], range: ['id', 'created'] },
    },
  },
  {
    sql: "SELECT `o`.`id` FROM `shop`.`orders` AS `o` WHERE `o`.`status` = 'x' AND `o`.`acct` <=> 'y' AND `o`.`total` = 1 + 2",
    uses: { o: { equal: ['status', 'acct', 'total'], output: ['id'] } },
  },
  {
    sql: "SELECT STRAIGHT_JOIN o.id FROM customers c, orders o WHERE o.customer_id = c.id AND c.city = 'B' AND o.status = 'x'",
    uses: { c: { equal: ['id', 'city'] }, o: { equal: ['customer_id', 'status'], output: ['id'] } },
  },
  {
    sql: "SELECT o.id FROM customers c STRAIGHT_JOIN orders o ON o.customer_id = c.id AND o.total = 3 WHERE c.city = 'B' AND c.email = 'e'",
    uses: { c: { equal: ['id', 'city', 'email'] }, o: { equal: ['customer_id', 'total'], output: ['id'] } },
  },
  {
    sql: 'SELECT nothing FROM orders WHERE customer_id = 5',
    uses: { orders: { equal: ['customer_id'] } },
    unresolved: ['column nothing'],
  },
  { sql: 'SELECT id FROM missing WHERE id = 5', uses: {}, unresolved: ['table missing', 'column id'] },
  { sql: 'SELECT id FROM Orders WHERE id = 5', uses: {}, unresolved: ['table Orders', 'column id'] },
  {
    sql: "SELECT ID FROM orders WHERE STATUS = 'x'",
    uses: { orders: { equal: ['status'], output: ['id'] } },
  },
  {
    sql: 'SELECT customers.id FROM customers, orders WHERE id = 5',
    uses: { customers: { output: ['id'] }, orders: {} },
    unresolved: ['column id'],
  },
  {
    sql: 'SELECT id FROM orders WHERE (status, total) IN ((1, 2))',
    uses: { orders: { output: ['status', 'total', 'id'] } },
    unresolved: ['a comparison of rows'],
  },
  {
    sql: "SELECT v.total FROM lively v WHERE v.buyer = 5 AND v.created > '2026-01-01' ORDER BY v.total DESC LIMIT 3",
    uses: {
      r: {
        equal: ['customer_id'],
        range: ['created', 'total'],
        output: ['id'],
        sort: [{ column: 'total', direction: 'DESC' }],
      },
    },
  },
  {
    sql: "SELECT x.total, c.city FROM shop.lively_paid x JOIN customers c ON c.id = x.buyer WHERE c.email = 'e' AND x.double_total = 4",
    uses: {
      r: { equal: ['customer_id', 'id'], range: ['total'], output: ['created'] },
      o: { equal: ['id', 'status'] },
      c: { equal: ['id', 'email'], output: ['city'] },
    },
  },
  {
    sql: 'SELECT c.id FROM customers c LEFT JOIN lively v ON v.buyer = c.id AND c.city = 3',
    uses: {
      c: { output: ['id', 'city'] },
      r: { equal: ['customer_id'], range: ['total'], output: ['id', 'created'] },
    },
  },
  {
    sql: 'SELECT p.n FROM per_customer p WHERE p.customer_id = 5',
    uses: { orders: { sort: [{ column: 'customer_id', direction: 'ASC' }] } },
  },
  {
    sql: 'UPDATE lively SET total = 1 WHERE buyer = 5',
    uses: { r: { equal: ['customer_id'], range: ['total'], output: ['id', 'created'] } },
  },
  {
    sql: 'SELECT d.total FROM (SELECT * FROM orders WHERE total > 3) d WHERE d.customer_id = 5',
    uses: {
      orders: {
        equal: ['customer_id'],
        range: ['total'],
        output: ['id', 'status', 'created', 'acct', 'note'],
      },
    },
  },
  {
    sql: 'SELECT d.a FROM (SELECT customer_id AS b, total AS a FROM orders LIMIT 10) d WHERE d.b = 5',
    uses: { orders: { output: ['customer_id', 'total'] } },
  },
  {
    sql: 'SELECT d.y FROM (SELECT customer_id, total FROM orders) AS d (x, y) WHERE d.x = 5',
    uses: { orders: { output: ['customer_id', 'total'] } },
  },
]

const EMPTY: Omit<TableUse, 'schema' | 'table' | 'alias'> = {
  equal: [],
  range: [],
  sort: [],
  output: [],
  wrapped: [],
  mismatched: [],
}

onEachServer('how a statement uses its tables', ({ server }) => {
  let monitor: TargetSession
  let planner: TargetSession
  const use = async (sql: string) => {
    const samples = new SampleBook()
    const id = fingerprintId(sql, MYSQL)
    samples.put(id, { rawText: sql, database: 'shop', at: '2026-01-01T00:00:00Z' })
    return createAsk(contextOf({ monitor, planner }, { samples }))('statement-use', { fingerprintId: id })
  }

  before(async () => {
    await prepareTarget(server())
    await using root = await connectAs(server(), undefined, 'shop')
    for (const sql of [
      'CREATE TABLE customers (id INT PRIMARY KEY, email VARCHAR(50), city VARCHAR(20)) ENGINE=InnoDB CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci',
      'CREATE TABLE orders (id INT PRIMARY KEY, customer_id INT, status VARCHAR(20), created DATETIME, total INT, acct VARCHAR(20), note VARCHAR(50)) ENGINE=InnoDB CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci',
      'CREATE TABLE latin (code VARCHAR(20)) ENGINE=InnoDB CHARSET=latin1 COLLATE=latin1_swedish_ci',
      'CREATE VIEW lively AS SELECT r.id, r.customer_id AS buyer, r.created, r.total, r.total * 2 AS double_total FROM orders r WHERE r.total >= 0',
      "CREATE VIEW lively_paid AS SELECT l.buyer, l.total, l.double_total, o.status FROM lively l JOIN orders o ON o.id = l.id WHERE o.status = 'paid'",
      'CREATE VIEW per_customer AS SELECT customer_id, COUNT(*) AS n FROM orders GROUP BY customer_id',
    ]) {
      await root.query(sql)
    }
    monitor = sessionOf(server(), 'monitor')
    planner = sessionOf(server(), 'planner')
  })
  after(async () => {
    await monitor.close()
    await planner.close()
  })

  for (const { sql, uses, unresolved = [] } of CASES) {
    test(sql.slice(0, 110), async () => {
      const reading = await use(sql)
      assert.ok(reading.known, JSON.stringify(reading))
      const found = Object.fromEntries(
        reading.value.tables.map(({ schema: _schema, table, alias, ...rest }) => [
          alias ?? table,
          sorted(rest),
        ]),
      )
      const expected = Object.entries(uses).map(([name, part]) => [name, sorted({ ...EMPTY, ...part })])
      assert.deepEqual(found, Object.fromEntries(expected))
      assert.deepEqual([...new Set(reading.value.unresolved)], unresolved)
    })
  }

  test('limit and offset are told, and the text is masked', async () => {
    const reading = await use("SELECT id FROM orders WHERE note = 'Secret of Ann' LIMIT 20 OFFSET 40")
    assert.ok(reading.known)
    const { hasLimit, offset, statement, statementKind } = reading.value satisfies StatementUse
    assert.deepEqual(
      { hasLimit, offset, statementKind },
      { hasLimit: true, offset: 40, statementKind: 'SELECT' },
    )
    assert.ok(!JSON.stringify(reading).includes('Secret'), statement)
  })

  test('what cannot be read for certain is not known, and says so without the text', async () => {
    for (const sql of [
      "SELECT 'Secret' FROM orders; DROP TABLE orders",
      "SELECT /*!50000 'Secret' */ 1",
      "SELECT 'Secret",
      "SELEC 'Secret' FRO orders",
      "SELECT id FROM orders WHERE note = 'Secret' AND id = ?",
      "CALL something('Secret')",
      `SELECT 'Secret${'x'.repeat(70_000)}'`,
    ]) {
      const reading = await use(sql)
      assert.ok(!reading.known && !JSON.stringify(reading).includes('Secret'), sql.slice(0, 60))
    }
    const unseen = await createAsk(contextOf({ monitor }))('statement-use', { fingerprintId: 'f'.repeat(32) })
    assert.ok(!unseen.known && unseen.toProceed !== '')
  })

  test('a plain table of a statement whose database nobody named is not looked up, a qualified one is', async () => {
    const nameless = async (sql: string) => {
      const samples = new SampleBook()
      const id = fingerprintId(sql, MYSQL)
      samples.put(id, { rawText: sql, database: null, at: '2026-01-01T00:00:00Z' })
      return createAsk(contextOf({ monitor }, { samples }))('statement-use', { fingerprintId: id })
    }
    const plain = await nameless('SELECT id FROM orders WHERE customer_id = 5')
    assert.match(plain.known ? '' : plain.because, /in which database/)
    const full = await nameless('SELECT id FROM shop.orders WHERE customer_id = 5')
    assert.deepEqual(full.known && full.value.tables.map((one) => one.equal), [['customer_id']])
    assert.ok((await nameless('WITH w AS (SELECT 1 AS n) SELECT n FROM w')).known, 'a name of its own')
  })

  test('statements made to overrun the parser are refused, and it reads the next one', async () => {
    const many = (count: number, text: string, between: string): string =>
      Array(count).fill(text).join(between)
    const hostile = [
      many(1_500, 'total = 1', ' OR '),
      many(3_000, '1', ' + '),
      `total${' IS NULL'.repeat(3_000)}`,
      `total${' LIKE note'.repeat(3_000)}`,
      `total${"->'$.x'".repeat(3_000)}`,
      `${'NOT '.repeat(3_000)}total`,
      `${'('.repeat(3_000)}1${')'.repeat(3_000)}`,
      `total${' BETWEEN 1 AND 2'.repeat(3_000)}`,
      many(290, 'total = 1', ' OR '),
    ]
    for (const condition of hostile) {
      const started = performance.now()
      await use(`SELECT id FROM orders WHERE ${condition}`)
      assert.ok(performance.now() - started < 20_000)
      const next = await use('SELECT id FROM orders WHERE customer_id = 5')
      assert.ok(next.known, condition.slice(0, 40))
    }
    const list = await use(`SELECT id FROM orders WHERE total IN (${many(5_000, '12', ', ')})`)
    assert.ok(list.known)
  })
})

/** Lists without meaning to their order, sorted; `sort` keeps its own. */
function sorted(use: Omit<TableUse, 'schema' | 'table' | 'alias'>) {
  const byText = <T>(list: readonly T[]): T[] =>
    list.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  return {
    ...use,
    equal: byText(use.equal),
    range: byText(use.range),
    output: byText(use.output),
    wrapped: byText(use.wrapped),
    mismatched: byText(use.mismatched),
  }
}
