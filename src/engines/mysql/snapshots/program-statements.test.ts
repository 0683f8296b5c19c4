import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { RowDataPacket } from 'mysql2/promise'
import { onEachServer } from '../../../../test/support/each-server.ts'
import { ACCOUNTS, connectAs } from '../../../../test/support/mysql-target.ts'
import { eventually, must, nextWindow, observe, prepareShop } from '../../../../test/support/observe.ts'
import { fingerprintId, MYSQL } from '../../../sql/index.ts'
import type { MysqlObserver } from '../observer.ts'
import type { StatementDelta, StatementWindow } from '../shapes.ts'
import { addCounters, type DigestCounters, type DigestDelta, NO_COUNTERS } from './digest-rows.ts'
import { statementsOf } from './program-statements.ts'

const program = (delta: Partial<DigestCounters>): DigestDelta => ({
  row: {
    key: 'procedure shop.p',
    schema: 'shop',
    digest: 'program:procedure shop.p',
    digestText: 'procedure shop.p',
    firstSeen: null,
    within: 'procedure shop.p',
    counters: NO_COUNTERS,
  },
  delta: { ...NO_COUNTERS, ...delta },
  partial: false,
})

type Figures = readonly [calls: number, rowsExamined: number, totalMs: number]

const both = (counters: DigestCounters) => ({ counted: counters, own: counters })

const sampled = (statements: Readonly<Record<string, Figures>>) =>
  new Map(
    Object.entries(statements).map(([sql, [calls, rowsExamined, totalMs]]) => [
      sql,
      both({ ...NO_COUNTERS, calls, rowsExamined, totalMs }),
    ]),
  )

const told = (found: readonly DigestDelta[]) =>
  found.map(({ row, delta }) => [row.digestText, delta.calls, delta.rowsExamined, delta.totalMs])

describe('what a program did is given to its statements', () => {
  test('all of it to the only one', () =>
    assert.deepEqual(
      told(
        statementsOf(
          program({ calls: 100, rowsExamined: 60_000, totalMs: 500 }),
          sampled({ 'select 1': [4, 2_400, 20] }),
        ),
      ),
      [['select 1', 100, 60_000, 500]],
    ))

  test('by what each was sampled with', () =>
    assert.deepEqual(
      told(
        statementsOf(
          program({ calls: 200, rowsExamined: 100_100, totalMs: 1_010 }),
          sampled({ scan: [10, 10_000, 100], lookup: [10, 10, 1] }),
        ),
      ),
      [
        ['scan', 100, 100_000, 1_000],
        ['lookup', 100, 100, 10],
      ],
    ))

  test('by what each did itself, where rows are counted on from statement to statement', () =>
    assert.deepEqual(
      told(
        statementsOf(
          program({ calls: 200, rowsExamined: 120_100, totalMs: 200 }),
          new Map([
            ['scan', both({ ...NO_COUNTERS, calls: 10, rowsExamined: 6_000, totalMs: 10 })],
            [
              'lookup',
              {
                counted: { ...NO_COUNTERS, calls: 10, rowsExamined: 6_010, totalMs: 10 },
                own: { ...NO_COUNTERS, calls: 10, rowsExamined: 10, totalMs: 10 },
              },
            ],
          ]),
        ),
      ),
      [
        ['scan', 100, 60_000, 100],
        ['lookup', 100, 100, 100],
      ],
    ))

  test('a statement that was not sampled did the rest, and none that was is accused of it', () =>
    assert.deepEqual(
      told(
        statementsOf(
          program({ calls: 110, rowsExamined: 500_100, totalMs: 5_100 }),
          sampled({ lookup: [11, 10, 10] }),
        ),
      ),
      [
        ['lookup', 110, 100, 100],
        ['procedure shop.p', 1, 500_000, 5_000],
      ],
    ))

  test('none was sampled: the program itself is told of', () =>
    assert.deepEqual(told(statementsOf(program({ calls: 7, rowsExamined: 9, totalMs: 1 }), sampled({}))), [
      ['procedure shop.p', 7, 9, 1],
    ]))

  test('what has no text, and calls of other programs, are no classes of their own', () =>
    assert.deepEqual(
      told(
        statementsOf(
          program({ calls: 30, rowsExamined: 100, totalMs: 30 }),
          sampled({ '': [1, 0, 1], 'call q(a)': [1, 0, 1], lookup: [1, 10, 1] }),
        ),
      ),
      [['lookup', 10, 100, 10]],
    ))

  test('never more rows or time than the program took, and never none for what did something', () => {
    const figure = fc.nat({ max: 1_000_000 })
    const figures = fc.tuple(fc.integer({ min: 1, max: 1_000 }), figure, figure)
    fc.assert(
      fc.property(figures, fc.dictionary(fc.string(), figures), ([calls, rowsExamined, totalMs], each) => {
        const found = statementsOf(program({ calls, rowsExamined, totalMs }), sampled(each))
        const sum = found.map(({ delta }) => delta).reduce(addCounters, NO_COUNTERS)
        assert.ok(sum.totalMs <= totalMs * (1 + 1e-9) && sum.rowsExamined <= rowsExamined + found.length)
        assert.ok(found.every(({ delta }) => delta.calls >= 1 && delta.rowsExamined >= 0))
      }),
    )
  })
})

const SETUP = [
  `CREATE PROCEDURE by_b(IN who INT) BEGIN
    SELECT COUNT(*), MAX(SHA2(REPEAT(o.note, 50), 512)) FROM orders o WHERE o.b > who;
    SELECT name FROM customers WHERE id = 205;
  END`,
  "CREATE PROCEDURE mark(IN who INT) BEGIN UPDATE orders SET note = 'secret-literal' WHERE b = who; END",
  'CREATE TABLE bells (id INT AUTO_INCREMENT PRIMARY KEY, b INT)',
  `CREATE TRIGGER ring AFTER INSERT ON bells FOR EACH ROW
    UPDATE customers SET name = 'rung'
    WHERE 'a' < (SELECT MAX(SHA2(REPEAT(o.note, 50), 512)) FROM orders o WHERE o.b > NEW.b)`,
]
const SCAN = fingerprintId(
  'SELECT COUNT(*), MAX(SHA2(REPEAT(o.note, 50), 512)) FROM orders o WHERE o.b > who',
  MYSQL,
)
const LOOKUP = fingerprintId('SELECT name FROM customers WHERE id = 205', MYSQL)
const MARK = fingerprintId("UPDATE orders SET note = '' WHERE b = who", MYSQL)

onEachServer('statements inside of stored programs', ({ server, flavour }) => {
  const of = ({ statements }: StatementWindow, id: string): StatementDelta | undefined =>
    statements.find((one) => one.fingerprintId === id)

  /** Calls again and again, reading in between, until a window tells of the class. */
  async function told(observer: MysqlObserver, call: () => Promise<unknown>, id: string) {
    for (let round = 1; ; round += 1) {
      for (let i = 0; i < 15; i += 1) await call()
      const window = await nextWindow(observer, 'statements')
      if (of(window, id) !== undefined) return window
      assert.ok(round < 60, 'the class was never told of')
    }
  }

  test('are told with what they did, in no total, and planned as they were seen to run', async () => {
    await prepareShop(server())
    await using root = await connectAs(server(), undefined, 'shop')
    for (const sql of SETUP) await root.query(sql)
    const observer = observe(server())
    await using app = await connectAs(server(), 'app', 'shop')
    await observer.read('statements')

    const window = await told(observer, () => app.query('CALL by_b(-1)'), SCAN)
    const scan = must(of(window, SCAN))
    assert.deepEqual([scan.schema, scan.within], ['shop', 'procedure shop.by_b'])
    assert.ok(scan.rowsExamined >= 600 * scan.calls && scan.totalMs > 0, JSON.stringify(scan))
    const lookup = must(of(window, LOOKUP))
    assert.ok(lookup.rowsExamined < 100 * lookup.calls, JSON.stringify(lookup))
    const counted = window.statements.filter((one) => one.within === undefined)
    const ms = counted.reduce((sum, one) => sum + one.totalMs, 0)
    assert.ok(Math.abs(ms - window.totalMs) < 1e-6 * ms, 'time in programs was counted twice')

    const rung = await told(
      observer,
      () => app.query('INSERT INTO bells (b) VALUES (-1)'),
      fingerprintId(
        "UPDATE customers SET name = '' WHERE '' < (SELECT MAX(SHA2(REPEAT(o.note, 50), 512)) FROM orders o WHERE o.b > NEW.b)",
        MYSQL,
      ),
    )
    assert.ok(rung.statements.some((one) => one.within === 'trigger shop.ring'))

    await observer.close()
  })

  test('are planned with values of the types their variables have, or are taken to have where the program may not be read', async () => {
    await using root = await connectAs(server(), undefined, 'shop')
    const observer = observe(server())
    await using app = await connectAs(server(), 'app', 'shop')
    await observer.read('statements')
    await told(observer, () => app.query('CALL by_b(-1)'), SCAN)
    const plan = async (id: string) => {
      const reading = await observer.ask('statement-plan', { fingerprintId: id })
      assert.ok(reading.known, JSON.stringify(reading))
      const tables = reading.value.nodes.map(({ schema, table }) => `${schema}.${table}`)
      return { tables, assumed: reading.value.assumedValues, source: reading.source }
    }
    const unresolved = async () => {
      const reading = await observer.ask('statement-use', { fingerprintId: SCAN })
      assert.ok(reading.known, JSON.stringify(reading))
      assert.deepEqual(reading.value.tables[0]?.range, ['b'])
      return reading.value.unresolved
    }
    const planned = {
      tables: ['shop.orders'],
      assumed: true,
      source:
        'EXPLAIN FORMAT=JSON of the statement in procedure shop.by_b, with made-up values of its variables',
    }
    assert.deepEqual(await plan(SCAN), planned)
    const right = flavour === 'mysql' ? 'SHOW_ROUTINE ON *.*' : 'SELECT ON mysql.proc'
    assert.ok((await unresolved()).join().endsWith(`Grant the planner’s account ${right}.`))
    await root.query(`GRANT ${right} TO '${ACCOUNTS.planner}'@'%'`)
    const granted = observe(server())
    await granted.read('statements')
    await told(granted, () => app.query('CALL by_b(-1)'), SCAN)
    const use = await granted.ask('statement-use', { fingerprintId: SCAN })
    assert.deepEqual(use.known && use.value.unresolved, [])
    assert.ok((await granted.ask('statement-plan', { fingerprintId: SCAN })).known)
    await Promise.all([observer.close(), granted.close()])
  })

  test('that are seen running have the class of what is written, and are planned', async () => {
    const observer = observe(server())
    await using app = await connectAs(server(), 'app', 'shop')
    await using blocker = await connectAs(server(), 'app', 'shop')
    await observer.read('statements')
    await told(
      observer,
      async () => {
        await app.query('CALL by_b(-1)')
        await app.query('CALL mark(3)')
      },
      MARK,
    )
    await blocker.query('BEGIN')
    await blocker.query('SELECT * FROM orders FOR UPDATE')
    await app.query('SET innodb_lock_wait_timeout = 60')
    const marking = app.query('CALL mark(3)')
    await eventually(observer, 'activity', ({ sessions }) => sessions.some((s) => s.fingerprintId === MARK))
    await blocker.query('ROLLBACK')
    await marking
    const plan = await observer.ask('statement-plan', { fingerprintId: MARK })
    assert.ok(plan.known, JSON.stringify(plan))
    // MariaDB shows the values of variables with a running statement, MySQL their names.
    const { nodes, assumedValues } = plan.value
    assert.deepEqual(
      [nodes.map(({ table }) => table), assumedValues],
      [['orders'], flavour === 'mysql' ? true : undefined],
    )
    const use = await observer.ask('statement-use', { fingerprintId: MARK })
    assert.ok(use.known, JSON.stringify(use))
    assert.deepEqual([use.value.tables[0]?.table, use.value.tables[0]?.equal], ['orders', ['b']])
    assert.equal(use.value.statement.includes('secret-literal'), false)
    assert.equal(use.value.statement.includes(flavour === 'mysql' ? '?' : 'who'), true)
    await observer.close()
  })

  test('are told of the program where no statement of any session is kept', async () => {
    await using root = await connectAs(server(), undefined, 'shop')
    await root.query(
      "UPDATE performance_schema.setup_consumers SET ENABLED = 'NO' WHERE NAME = 'events_statements_history'",
    )
    const observer = observe(server())
    await using app = await connectAs(server(), 'app', 'shop')
    await observer.read('statements')
    const id = fingerprintId('procedure shop.by_b', MYSQL)
    const window = await told(observer, () => app.query('CALL by_b(-1)'), id)
    const found = must(of(window, id))
    assert.deepEqual([found.within, found.fingerprint], ['procedure shop.by_b', 'procedure shop.by_b'])
    assert.ok(found.rowsExamined >= 300 * found.calls, JSON.stringify(found))
    await observer.close()
  })

  test('cost one counter where programs do nothing worth it', async () => {
    await using root = await connectAs(server(), undefined, 'shop')
    const observer = observe(server())
    await observer.read('statements')
    const asked = async () => {
      const [rows] = await root.query<RowDataPacket[]>(
        "SELECT COALESCE(SUM(COUNT_STAR), 0) AS n FROM performance_schema.events_statements_summary_by_digest WHERE DIGEST_TEXT LIKE '%summary_by_program%' AND DIGEST_TEXT NOT LIKE '%COALESCE%'",
      )
      return Number(rows[0]?.['n'])
    }
    const before = await asked()
    for (let i = 0; i < 3; i += 1) await nextWindow(observer, 'statements')
    assert.equal(await asked(), before)
    await observer.close()
  })
})
