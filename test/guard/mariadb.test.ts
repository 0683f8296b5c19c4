/** The guard around the driver mariadb on a real MariaDB: what it throws, gives and reports. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { after, before, describe, test } from 'node:test'
import {
  type Connection,
  createConnection,
  createPool,
  type Pool,
  type PoolConnection,
  SqlError,
} from 'mariadb'
import callbacks, { type Pool as CallbackPool } from 'mariadb/callback'
import {
  closeGuard,
  type FailureReport,
  guard,
  guardedTransaction,
  guardStatistics,
} from '../../guard/src/index.ts'
import { classify } from '../../src/recovery/classify.ts'
import { errorEngineOf } from '../../src/recovery/index.ts'
import { MARIADB_FAULTS } from '../recovery/grouping/mariadb-faults.ts'
import { onEachServer } from '../support/each-server.ts'
import { failureOf, type MariadbShop, startShop } from './mariadb-shop.ts'
import { reportServer } from './report-server.ts'
import { MARK, MarkedDraw } from './transfers.ts'

let shop: MariadbShop

before(async () => {
  shop = await startShop()
})
after(() => shop.server.stop())

describe('a guarded pool or connection of mariadb', () => {
  test('throws what the driver throws, arguments and all, and reports it without them', async () => {
    await using reports = await reportServer()
    await using pool = shop.newPool()
    const guarded: Pool = guard(pool, { reporting: { url: reports.url, token: 'secret' } })
    const sql = 'INSERT INTO payroll (name) VALUES (?)'
    const error = await failureOf(guarded.query(sql, [MARK]))
    assert.ok(error instanceof SqlError)
    assert.deepEqual([error.errno, error.code, error.sqlState], [1146, 'ER_NO_SUCH_TABLE', '42S02'])
    assert.match(error.message, new RegExp(`^\\(conn:\\d+, no: 1146, .*parameters:\\['${MARK}'\\]$`, 's'))
    await closeGuard(guarded)
    const [failure, ...others] = reports.failures()
    assert.ok(failure)
    assert.deepEqual(others, [])
    const engine = errorEngineOf('mariadb')
    assert.ok(engine)
    const message = error.sqlMessage ?? ''
    const told = classify({ engine: 'mariadb', errno: 1146, message, statement: sql }, engine)
    assert.equal(failure.signature, told.signature)
    assert.deepEqual([failure.object, failure.outcome], ['shop.payroll', 'thrown'])
    assert.deepEqual([failure.masked, failure.engine], ["Table shop.payroll doesn't exist", 'mariadb'])
    assert.equal(failure.statement?.text, 'insert into payroll (name) values (...)')
    assert.equal(failure.callSite?.file, 'test/guard/mariadb.test.ts')
    assert.ok(failure.durationMs > 0)
    assert.ok(!reports.sent.some(({ body }) => body.includes(MARK)))
  })

  test('sends no byte of a value, by whichever method it went, with traces or without places', async () => {
    await using reports = await reportServer()
    const reporting = { url: reports.url, token: 't', pendingMax: 5000 }
    // What looks like a line of a stack, in a message that is part of one.
    const place = `\n    at ${MARK} (/${MARK}/${MARK}.js:1:1)\n`
    let failed = 0
    const count = (): number => failed++
    for (const trace of [true, false]) {
      const callSites = !trace
      await using pool = shop.newPool({ trace, connectionLimit: 2 })
      const guarded = guard(pool, { callSites, reporting })
      const draw = new MarkedDraw(5, true)
      for (let i = 0; i < 100; i++) {
        const { statement } = draw.pick(MARIADB_FAULTS)(draw)
        await guarded.query(statement, [`${MARK}-argument`]).catch(count)
      }
      await using connection = await guarded.getConnection()
      for (const from of [guarded, connection]) {
        await from.query('SELECT nix FROM accounts WHERE id = ?', [place]).catch(count)
        await from.query({ sql: 'SELECT :a + :b', namedPlaceholders: true }, { a: place }).catch(count)
        await from.execute('INSERT INTO orders (id, email, must) VALUES (1, ?, 1)', [place]).catch(count)
        const rows = [
          [1, place],
          [1, place],
        ]
        await from.batch('INSERT INTO orders (id, email, must) VALUES (?, ?, 1)', rows).catch(count)
      }
      const prepared = await connection.prepare('INSERT INTO orders (id, email, must) VALUES (1, ?, 1)')
      await prepared.execute([place]).catch(count)
      await once(connection.queryStream(`SELECT nix, '${MARK}' FROM accounts WHERE id = ?`, [place]), 'error')
      await closeGuard(guarded)
      assert.equal(guardStatistics(guarded).failures, failed + 1)
      failed = 0
    }
    const bodies = reports.sent.map(({ body }) => body).join('\n')
    assert.ok(bodies.length > 10_000)
    assert.ok(!bodies.includes(MARK))
  })

  test('gives what the driver gives: rows with their columns, arrays, batches, streams, prepared statements', async () => {
    await using pool = shop.newPool({ connectionLimit: 2 })
    const guarded = guard(pool)
    for (const from of [pool, guarded]) {
      await using connection: PoolConnection = await from.getConnection()
      await connection.query(
        'CREATE OR REPLACE TEMPORARY TABLE drawn (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(20))',
      )
      const written: { affectedRows: number; insertId: bigint } = await connection.batch(
        'INSERT INTO drawn (name) VALUES (?)',
        [['a'], ['b'], ['c']],
      )
      assert.deepEqual([written.affectedRows, written.insertId], [3, 1n])
      const rows = await connection.query('SELECT * FROM drawn WHERE id < ?', [3])
      assert.deepEqual(Array.from(rows), [
        { id: 1, name: 'a' },
        { id: 2, name: 'b' },
      ])
      assert.equal(rows.meta.length, 2)
      const [first] = await connection.query({ sql: 'SELECT name, id FROM drawn', rowsAsArray: true })
      assert.deepEqual(first, ['a', 1])
      const streamed: unknown[] = []
      for await (const row of connection.queryStream('SELECT id FROM drawn')) streamed.push(row)
      assert.deepEqual(streamed, [{ id: 1 }, { id: 2 }, { id: 3 }])
      const prepared = await connection.prepare('SELECT name FROM drawn WHERE id = ?')
      assert.deepEqual(Array.from(await prepared.execute([2])), [{ name: 'b' }])
      const later: unknown[] = []
      for await (const row of prepared.executeStream([3])) later.push(row)
      assert.deepEqual(later, [{ name: 'c' }])
      prepared.close()
      assert.deepEqual([connection.isValid(), connection.threadId], [true, connection.info?.threadId])
      assert.equal(
        connection.on('end', () => undefined),
        connection,
      )
      assert.equal(connection.escape("o'k"), "'o\\'k'")
      assert.equal(from.activeConnections(), 1)
    }
    assert.equal(guarded.activeConnections(), 0)
    assert.equal(guardStatistics(guarded).failures, 0)
  })

  test('a stream that fails tells its own listeners, and is reported with the place that asked for it', async () => {
    const seen: FailureReport[] = []
    await using connection: Connection = await createConnection(shop.access)
    const guarded = guard(connection, { onReport: (report) => seen.push(report) })
    const [error] = await once(guarded.queryStream('SELECT nix FROM accounts'), 'error')
    assert.equal(error.errno, 1054)
    const prepared = await guarded.prepare('INSERT INTO accounts VALUES (?, 1)')
    const [second] = await once(prepared.executeStream([1]), 'error')
    assert.equal(second.errno, 1062)
    await closeGuard(guarded)
    assert.deepEqual(
      seen.map(({ object, callSite }) => [object, callSite?.file]),
      ['accounts.nix', 'accounts.PRIMARY'].map((object) => [object, 'test/guard/mariadb.test.ts']),
    )
  })

  test('hides no failure that the application never looked at: the process ends as without it', async () => {
    const script = `
      import { createConnection } from 'mariadb'
      import { guard } from ${JSON.stringify(import.meta.resolve('../../guard/src/index.ts'))}
      const connection = guard(await createConnection(JSON.parse(process.env.ACCESS)))
      connection.query('SELECT * FROM nix')`
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      env: { ...process.env, ACCESS: JSON.stringify(shop.access) },
      cwd: import.meta.dirname,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text) => {
      said += text
    })
    const [status] = (await once(child, 'close')) as [number | null]
    assert.equal(status, 1)
    assert.match(said, /ER_NO_SUCH_TABLE/)
  })

  test('reports from callbacks, and gives each its own arguments; a transaction of theirs is one', async () => {
    const seen: FailureReport[] = []
    const pool: CallbackPool = callbacks.createPool({ ...shop.access, connectionLimit: 2, minimumIdle: 1 })
    const guarded: CallbackPool = guard(pool, { onReport: (report) => seen.push(report) })
    await new Promise<void>((resolve, reject) => {
      guarded.getConnection((refused, connection) => {
        if (refused !== null || connection === undefined) return reject(refused)
        connection.query('SELECT nix FROM accounts WHERE id = ?', [1], (error) => {
          assert.equal(error?.errno, 1054)
          connection.release(() => undefined)
          guarded.query('SELECT nought FROM accounts', (other) => {
            assert.equal(other?.errno, 1054)
            guarded.query<{ seven: number }[]>('SELECT 7 AS seven', (none, rows, columns) => {
              assert.deepEqual([none, rows?.[0]?.seven, columns?.length], [null, 7, 1])
              resolve()
            })
          })
        })
      })
    })
    const asked = await guardedTransaction(
      guarded,
      (connection) =>
        new Promise<unknown>((resolve, reject) => {
          connection.query('SELECT 8 AS eight', (error, rows) => (error ? reject(error) : resolve(rows)))
        }),
    )
    assert.deepEqual(asked, [{ eight: 8 }])
    assert.equal(guarded.activeConnections(), 0)
    const alone = guard(callbacks.createConnection({ ...shop.access, password: 'wrong' }), {
      onReport: (report) => seen.push(report),
    })
    await new Promise<void>((resolve) => {
      Reflect.apply(Reflect.get(alone, 'connect'), alone, [
        (error: SqlError) => {
          assert.equal(error.errno, 1045)
          resolve()
        },
      ])
    })
    await closeGuard(alone)
    await closeGuard(guarded)
    assert.deepEqual(seen.map(({ object }) => object).sort(), ['accounts.nix', 'accounts.nought', 'root'])
    await new Promise<void>((resolve) => guarded.end(() => resolve()))
  })
})

onEachServer('a guarded pool of mariadb', ({ flavour, server: own }) => {
  test('says which engine it spoke to, from its first connection on', async () => {
    const seen: FailureReport[] = []
    const { host, port, rootPassword: password } = own()
    await using pool = createPool({
      ...{ host, port, password, user: 'root', database: 'information_schema' },
      ...{ allowPublicKeyRetrieval: true, connectionLimit: 1 },
    })
    const guarded = guard(pool, { onReport: (report) => seen.push(report) })
    await failureOf(guarded.query('SELECT * FROM nix'))
    await using connection = await guarded.getConnection()
    await failureOf(connection.query('SELECT * FROM nix'))
    await closeGuard(guarded)
    assert.deepEqual(
      seen.map(({ engine }) => engine),
      [flavour, flavour],
    )
    assert.equal(seen[0]?.signature, seen[1]?.signature)
  })
})
