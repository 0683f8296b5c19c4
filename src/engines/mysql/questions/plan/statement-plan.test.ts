import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { onEachServer } from '../../../../../test/support/each-server.ts'
import { connectAs, contextOf, prepareTarget, sessionOf } from '../../../../../test/support/mysql-target.ts'
import type { PlanStep } from '../../../../core/plan-step.ts'
import { fingerprintId, MYSQL } from '../../../../sql/index.ts'
import type { TargetSession } from '../../connect.ts'
import type { StatementPlan } from '../../shapes.ts'
import { SampleBook } from '../../statement-samples.ts'
import { createAsk } from '../ask.ts'
import type { QuestionContext } from '../question.ts'

onEachServer('the plan of a sampled statement', ({ server, flavour }) => {
  let monitor: TargetSession
  let planner: TargetSession
  const ask = async (sql: string, more: Partial<QuestionContext> = {}, database: string | null = 'shop') => {
    const samples = new SampleBook()
    const id = fingerprintId(sql, MYSQL)
    samples.put(id, { rawText: sql, database, at: '2026-01-01T00:00:00Z' })
    return createAsk(contextOf({ monitor, planner }, { samples, ...more }))('statement-plan', {
      fingerprintId: id,
    })
  }
  const plan = async (sql: string, more: Partial<QuestionContext> = {}): Promise<StatementPlan> => {
    const reading = await ask(sql, more)
    assert.ok(reading.known, JSON.stringify(reading))
    return reading.value
  }

  before(async () => {
    await prepareTarget(server())
    await using root = await connectAs(server(), undefined, 'shop')
    await root.query(
      'CREATE TABLE customers (id INT PRIMARY KEY, name VARCHAR(30), city VARCHAR(20)) ENGINE=InnoDB',
    )
    await root.query(
      'CREATE TABLE orders (id INT PRIMARY KEY AUTO_INCREMENT, customer_id INT, status VARCHAR(20), acct VARCHAR(20), note VARCHAR(30), total INT, KEY kc (customer_id), KEY ka (acct)) ENGINE=InnoDB',
    )
    await root.query(
      `INSERT INTO customers VALUES ${Array.from({ length: 200 }, (_, at) => `(${at + 1}, 'n${at}', 'c${at % 5}')`).join(', ')}`,
    )
    await root.query(
      `INSERT INTO orders (customer_id, status, acct, note, total) VALUES ${Array.from({ length: 3_000 }, (_, at) => `(${(at % 200) + 1}, 's${at % 7}', '${at}', 'n${at % 50}', ${at})`).join(', ')}`,
    )
    await root.query('ANALYZE TABLE orders, customers')
    await root.query(
      'CREATE VIEW priced AS SELECT r.id, r.customer_id AS buyer, r.total FROM orders r WHERE r.total > 0',
    )
    await root.query('CREATE VIEW dear AS SELECT p.id, p.buyer FROM priced p WHERE p.total > 100')
    monitor = sessionOf(server(), 'monitor')
    planner = sessionOf(server(), 'planner')
  })
  after(async () => {
    await monitor.close()
    await planner.close()
  })

  test('a statement whose database nobody named is not planned in whatever database we were last', async () => {
    await plan('SELECT id FROM orders WHERE customer_id = 5')
    const nameless = await ask('SELECT id FROM orders WHERE customer_id = 5', {}, null)
    assert.match(nameless.known ? '' : nameless.because, /in which database/)
    assert.ok((await ask('SELECT id FROM shop.orders WHERE customer_id = 5', {}, null)).known)
  })

  test('a join is its accesses in order, with tables behind aliases, sorting and the cost', async () => {
    const found = await plan(
      "SELECT o.id FROM customers c JOIN orders o ON o.customer_id = c.id WHERE c.city = 'c1' ORDER BY o.total",
    )
    assert.deepEqual(
      found.nodes.map(({ schema, table, alias, access, key }) => ({ schema, table, alias, access, key })),
      [
        { schema: 'shop', table: 'customers', alias: 'c', access: 'ALL', key: null },
        { schema: 'shop', table: 'orders', alias: 'o', access: 'ref', key: 'kc' },
      ],
    )
    assert.equal(found.nodes[0]?.estimatedRows, 200)
    assert.ok(found.nodes.some((node) => node.usesFilesort))
    assert.ok(found.nodes.every((node) => node.actualRows === null))
    assert.equal(found.origin, 'explain')
    assert.equal(found.statementKind, 'SELECT')
    if (flavour === 'mysql') assert.ok((found.estimatedCost ?? 0) > 0)
    const tables = (step: PlanStep): PlanStep[] => [
      ...(step.operation === 'table' ? [step] : []),
      ...step.inputs.flatMap(tables),
    ]
    assert.ok(found.tree !== undefined)
    const [customers, orders, ...others] = tables(found.tree)
    assert.deepEqual(others, [])
    assert.deepEqual(
      [customers?.table, customers?.estimatedRows, customers?.passes],
      ['shop.customers', 200, 1],
    )
    assert.deepEqual([orders?.table, orders?.name, orders?.key], ['shop.orders', 'o', 'kc'])
    assert.ok((orders?.passes ?? 0) > 1, JSON.stringify(found.tree))
    assert.match(JSON.stringify(found.tree), /"operation":"sort".*"operation":"join"/)
  })

  test('through views, and views of views, the tables behind them are named', async () => {
    for (const [sql, access] of [
      ['SELECT COUNT(*) FROM dear d WHERE d.buyer = 5', 'ref'],
      ['SELECT COUNT(*) FROM shop.priced WHERE total = 7', 'ALL'],
    ] as const) {
      const { nodes } = await plan(sql)
      assert.deepEqual(
        nodes.map((node) => [node.schema, node.table, node.alias, node.access]),
        [['shop', 'orders', 'r', access]],
      )
    }
  })

  test('without SHOW VIEW a plan through a view is not known, with the way out', async () => {
    await using root = await connectAs(server())
    await root.query("REVOKE SHOW VIEW ON `shop`.* FROM 'dbm_plan'@'%'")
    const blind = sessionOf(server(), 'planner')
    const reading = await ask('SELECT COUNT(*) FROM dear WHERE buyer = 5', { planner: blind })
    await blind.close()
    await root.query("GRANT SHOW VIEW ON `shop`.* TO 'dbm_plan'@'%'")
    assert.match(reading.known ? '' : `${reading.because} ${reading.toProceed}`, /1345.*dbmedic check/)
  })

  test('subqueries, unions, derived and recursive tables are read, each with its own sorting', async () => {
    const union = await plan(
      "SELECT id FROM orders WHERE id = 1 UNION SELECT id FROM customers WHERE city = 'x'",
    )
    assert.deepEqual(
      union.nodes.map((node) => node.table),
      ['orders', 'customers'].concat([]),
    )
    const derived = await plan(
      'SELECT x.n FROM (SELECT note, COUNT(*) AS n FROM orders GROUP BY note ORDER BY n LIMIT 5) x WHERE x.n > 3',
    )
    const inner = derived.nodes.find((node) => node.table === 'orders')
    assert.ok(inner?.usesTemporary && inner.usesFilesort, JSON.stringify(derived.nodes))
    assert.ok(derived.nodes.some((node) => node.table === null && !node.usesFilesort))
    const scalar = await plan(
      'SELECT (SELECT MAX(total) FROM orders o2 WHERE o2.customer_id = c.id) FROM customers c',
    )
    assert.deepEqual(
      scalar.nodes.map((node) => node.alias),
      ['c', 'o2'],
    )
    const recursive = await plan(
      'WITH RECURSIVE a AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM a WHERE n < 5) SELECT * FROM a JOIN orders ON orders.id = a.n',
    )
    assert.ok(recursive.nodes.some((node) => node.table === 'orders' && node.access === 'eq_ref'))
    const windows = await plan('SELECT ROW_NUMBER() OVER (PARTITION BY note ORDER BY id) FROM orders')
    assert.ok(windows.nodes[0]?.usesFilesort)
    assert.deepEqual((await plan('SELECT 1')).nodes, [])
  })

  test('a number compared with a string column is a note that names the index and no value', async () => {
    const found = await plan('SELECT id FROM orders WHERE acct = 987654')
    assert.ok(found.warnings.length > 0)
    for (const warning of found.warnings) {
      assert.equal(warning.code, flavour === 'mysql' ? 1739 : 1105)
      assert.match(warning.text, /ka/)
    }
    assert.ok(!JSON.stringify(found).includes('987654'))
  })

  test('a statement that writes is planned by an account that cannot write', async () => {
    const update = await plan("UPDATE orders SET total = total + 1 WHERE note = 'n3'")
    assert.deepEqual(
      update.nodes.map((node) => [node.table, node.access, node.estimatedRows > 1_000]),
      [['orders', 'ALL', true]],
    )
    assert.equal(update.statementKind, 'UPDATE')
    const remove = await plan('DELETE FROM orders WHERE customer_id = 7')
    assert.deepEqual(
      remove.nodes.map((node) => node.key),
      ['kc'],
    )
    const insert = await plan(
      "INSERT INTO customers (id, name) SELECT id, note FROM orders WHERE note = 'n3'",
    )
    assert.deepEqual(
      insert.nodes.map((node) => node.table),
      ['orders'],
    )
    const rows = await monitor.query('SELECT 1 AS one')
    assert.equal(rows.length, 1)
    await using root = await connectAs(server(), undefined, 'shop')
    const [counts] = await root.query('SELECT COUNT(*) AS n, SUM(total) AS total FROM orders')
    assert.deepEqual((counts as object[])[0], { n: '3000', total: '4498500' })
  })

  test('the same shape has the same hash; another index has another', async () => {
    const one = await plan('SELECT id FROM orders WHERE customer_id = 5')
    const two = await plan('SELECT id FROM orders WHERE customer_id = 77')
    const other = await plan("SELECT id FROM orders WHERE note = 'n5'")
    assert.equal(one.planHash, two.planHash)
    assert.notEqual(one.planHash, other.planHash)
    assert.match(one.planHash, /^[0-9a-f]{64}$/)
  })

  test('with consent a reading statement is run again and gives the rows it really read', async () => {
    const sql = "SELECT o.id FROM customers c JOIN orders o ON o.customer_id = c.id WHERE c.city = 'c1'"
    const found = await plan(sql, { mayAnalyse: true })
    assert.equal(found.origin, 'analysed')
    assert.deepEqual(
      found.nodes.map((node) => node.actualRows),
      [200, 15],
    )
    assert.deepEqual((await plan(sql)).planHash, found.planHash)
  })

  test('with consent nothing is run that writes, locks, waits, or calls what nobody knows', async () => {
    await using root = await connectAs(server(), undefined, 'shop')
    await root.query('CREATE TABLE IF NOT EXISTS ran (n INT) ENGINE=InnoDB')
    for (const sql of [
      'SELECT SLEEP(30), id FROM orders WHERE id = 1',
      'SELECT id FROM orders WHERE id = 1 FOR UPDATE',
      'SELECT id FROM orders WHERE id = 1 LOCK IN SHARE MODE',
      'SELECT @a := id FROM orders WHERE id = 1',
      "SELECT GET_LOCK('x', 1), id FROM orders WHERE id = 1",
      "SELECT id FROM orders WHERE id = 1 INTO OUTFILE '/tmp/never'",
      'SELECT RAND(), id FROM orders WHERE id = 1',
      'SELECT shop.f(id) FROM orders',
      'SELECT `sleep`(30) FROM orders',
      'DELETE FROM orders WHERE id = 1',
    ]) {
      const started = performance.now()
      const reading = await ask(sql, { mayAnalyse: true })
      assert.ok(!reading.known || reading.value.origin === 'explain', sql)
      assert.ok(performance.now() - started < 15_000, sql)
    }
  })

  test('a statement whose planning would take locks or sleep is not even planned', async () => {
    for (const call of [
      "SELECT * FROM orders JOIN (SELECT GET_LOCK('mine', 1) AS g) k",
      "SELECT * FROM orders WHERE id = get_lock /* x */ ('mine', 1)",
      "SELECT * FROM orders WHERE id = `GET_LOCK`('mine', 1)",
      'SELECT * FROM (SELECT SLEEP(30)) x',
      'SELECT * FROM orders WHERE id = NEXT VALUE FOR s',
    ]) {
      const started = performance.now()
      const reading = await ask(call)
      assert.ok(!reading.known && /acts|sequence/.test(reading.because), call)
      assert.ok(performance.now() - started < 15_000)
    }
    await using root = await connectAs(server())
    const [rows] = await root.query("SELECT IS_USED_LOCK('mine') AS holder")
    assert.deepEqual(rows, [{ holder: null }])
  })

  test('a plan MariaDB logged is preferred, with its actual rows', async () => {
    const row = {
      id: 1,
      selectType: 'SIMPLE',
      table: 'o',
      type: 'ref',
      possibleKeys: ['kc'],
      key: 'kc',
      keyLength: '5',
      ref: 'const',
      rows: 15,
      actualRows: 900,
      filteredPercent: 100,
      actualFilteredPercent: 50,
      extra: 'Using where; Using filesort',
    }
    const asked = async (isOfNow: boolean, key: string) =>
      plan('SELECT o.id FROM orders o WHERE o.customer_id = 5 ORDER BY o.note', {
        loggedPlans: { get: () => ({ rows: [{ ...row, key }], isOfNow }) },
      })
    assert.equal((await asked(true, 'by_else')).origin, 'logged', 'it is what the newest calls ran with')
    assert.equal((await asked(false, 'by_else')).origin, 'explain', 'it has another plan by now')
    const found = await asked(false, 'kc')
    assert.equal(found.origin, 'logged', 'it has the same plan, so the rows count')
    assert.deepEqual(found.nodes, [
      {
        schema: 'shop',
        table: 'orders',
        alias: 'o',
        access: 'ref',
        key: 'kc',
        possibleKeys: ['kc'],
        estimatedRows: 15,
        estimatedFilteredPercent: 100,
        actualRows: 900,
        usesFilesort: true,
        usesTemporary: false,
      },
    ])
  })

  test('what cannot be planned is not known, says why, and repeats nothing of the text', async () => {
    for (const sql of [
      "SELECT 'Secret'; DROP TABLE orders",
      "SELECT /*!50000 'Secret' */ 1",
      "SELECT /*M!100000 'Secret' */ 1",
      "SELECT 'Secret' FROM no_such_table",
      "SELECT no_such_column FROM orders WHERE note = 'Secret'",
      "SELECT 'Secret' FROM orders WHERE id = ?",
      "CREATE TABLE x AS SELECT 'Secret'",
      "SELECT 'Secret",
      "EXPLAIN SELECT 'Secret'",
      "SET GLOBAL x = 'Secret'",
    ]) {
      const reading = await ask(sql)
      assert.ok(!reading.known && reading.because !== '' && !JSON.stringify(reading).includes('Secret'), sql)
    }
    const elsewhere = await ask('SELECT 1', {}, 'mysql`; DROP DATABASE shop')
    assert.equal(elsewhere.known, false)
    const nowhere = await ask('SELECT id FROM orders', {}, 'no_such_schema')
    assert.equal(nowhere.known, false)
    const alone = await createAsk(contextOf({ monitor }))('statement-plan', { fingerprintId: 'f'.repeat(32) })
    assert.ok(!alone.known && /planner/.test(alone.because))
  })

  test('plans asked for at once do not mix up schemas or notes', async () => {
    const [first, second, third] = await Promise.all([
      plan('SELECT id FROM orders WHERE acct = 5'),
      plan('SELECT id FROM orders WHERE customer_id = 5'),
      plan('SELECT id FROM customers WHERE id = 3'),
    ])
    assert.ok((first?.warnings.length ?? 0) > 0)
    assert.deepEqual(second?.warnings, [])
    assert.equal(third?.nodes[0]?.table, 'customers')
  })
})
