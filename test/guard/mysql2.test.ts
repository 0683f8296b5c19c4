/** The guard around mysql2 on a real MariaDB. `DBMEDIC_TRANSFERS=10000` plays the storm in full. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import mysqlCallbacks from 'mysql2'
import { type Connection, createConnection, createPool, type Pool, type RowDataPacket } from 'mysql2/promise'
import {
  closeGuard,
  type FailureReport,
  guard,
  guardedTransaction,
  guardStatistics,
} from '../../guard/src/index.ts'
import { type PrivateServer, startMariadb } from '../../src/lab/servers/index.ts'
import { classify } from '../../src/recovery/classify.ts'
import { errorEngineOf } from '../../src/recovery/index.ts'
import { MARIADB_FAULTS, MARIADB_SCHEMA } from '../recovery/grouping/mariadb-faults.ts'
import { reportServer } from './report-server.ts'
import {
  ACCOUNTS,
  accountsOf,
  assertKept,
  assertNothingLost,
  assertRefusedWhole,
  MARK,
  MarkedDraw,
  PATIENT,
  START,
  storm,
  stormThroughRestart,
  stormWithoutWrites,
  TRANSFERS,
} from './transfers.ts'

let server: PrivateServer
let uri = ''

before(async () => {
  server = await startMariadb({
    instruments: 'server-default',
    settings: { max_connections: '12', innodb_lock_wait_timeout: '2' },
  })
  uri = `${server.rootUri}shop`
  const root = await createConnection(server.rootUri)
  for (const statement of MARIADB_SCHEMA) await root.query(statement)
  await root.query('CREATE TABLE accounts (id INT PRIMARY KEY, sum INT NOT NULL CHECK (sum >= 0))')
  await root.query('CREATE TABLE transfers (id INT PRIMARY KEY)')
  await root.query(`INSERT INTO accounts SELECT seq, ${START} FROM seq_1_to_${ACCOUNTS}`)
  await root.end()
})
after(() => server.stop())

async function refill(pool: Pool): Promise<void> {
  await pool.query('DELETE FROM transfers')
  await pool.query(`REPLACE INTO accounts SELECT seq, ${START} FROM seq_1_to_${ACCOUNTS}`)
}

/** Moves 1 from one account to another, and writes down that it did. */
const transfer = (pool: Pool, id: number): Promise<void> =>
  guardedTransaction(pool, async (connection) => {
    const [from, to] = accountsOf(id)
    await connection.query('UPDATE accounts SET sum = sum - 1 WHERE id = ?', [from])
    await connection.query('UPDATE accounts SET sum = sum + 1 WHERE id = ?', [to])
    await connection.execute('INSERT INTO transfers VALUES (?)', [id])
  })

async function kept(connection: Pool): Promise<{ sum: number; ids: Set<number> }> {
  const [[total]] = await connection.query<RowDataPacket[]>('SELECT sum(sum) AS sum FROM accounts')
  const [rows] = await connection.query<RowDataPacket[]>('SELECT id FROM transfers')
  return { sum: Number(total?.sum), ids: new Set(rows.map((row) => Number(row.id))) }
}

describe('a guarded pool', () => {
  test('throws what the driver throws, and reports it with signature, place and duration', async () => {
    await using reports = await reportServer()
    const pool = createPool(uri)
    const guarded: Pool = guard(pool, {
      application: 'shop',
      reporting: { url: reports.url, token: 'secret' },
    })
    const sql = "SELECT * FROM payroll WHERE name = 'zqx7'"
    const error = await guarded.query(sql).then(
      () => assert.fail('there is such a table'),
      (thrown: Error & { code?: string }) => thrown,
    )
    assert.equal(error.constructor, Error)
    assert.equal(error.code, 'ER_NO_SUCH_TABLE')
    await closeGuard(guarded)
    const [failure, ...others] = reports.failures()
    assert.ok(failure)
    assert.deepEqual(others, [])
    const engine = errorEngineOf('mariadb')
    assert.ok(engine)
    const told = classify({ engine: 'mariadb', errno: 1146, message: error.message, statement: sql }, engine)
    assert.equal(failure.signature, told.signature)
    assert.equal(failure.object, 'shop.payroll')
    assert.equal(failure.outcome, 'thrown')
    assert.equal(failure.callSite?.file, 'test/guard/mysql2.test.ts')
    assert.ok(failure.durationMs > 0)
    assert.equal(reports.sent[0]?.authorization, 'Bearer secret')
    await pool.end()
  })

  test('keeps the very error object, also of a function’s own', async () => {
    const pool = createPool(uri)
    const guarded = guard(pool)
    const own = new Error('the application’s')
    await assert.rejects(
      guardedTransaction(guarded, () => {
        throw own
      }),
      (thrown) => thrown === own,
    )
    const [rows] = await guarded.query<RowDataPacket[]>('SELECT 1 AS one')
    assert.equal(rows[0]?.one, 1)
    await pool.end()
  })

  test('hides no failure that the application never looked at: the process ends as without it', async () => {
    const script = `
      import { createConnection } from 'mysql2/promise'
      import { guard } from ${JSON.stringify(import.meta.resolve('../../guard/src/index.ts'))}
      const connection = guard(await createConnection(process.env.URI))
      connection.query('SELECT * FROM nix')`
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      env: { ...process.env, URI: uri },
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

  test('sends no byte of a value that stood in a statement, an argument or a message', async () => {
    await using reports = await reportServer()
    const pool = createPool(uri)
    const guarded = guard(pool, { reporting: { url: reports.url, token: 't', pendingMax: 5000 } })
    const draw = new MarkedDraw(5, true)
    let failed = 0
    for (let i = 0; i < 150; i++) {
      const { statement } = draw.pick(MARIADB_FAULTS)(draw)
      const values = [`${MARK}-argument`]
      await guarded.query(statement, values).catch(() => failed++)
    }
    await closeGuard(guarded)
    assert.ok(failed > 120)
    const bodies = reports.sent.map(({ body }) => body).join('\n')
    assert.ok(bodies.length > 10_000)
    assert.ok(!bodies.includes(MARK))
    await pool.end()
  })

  test('reports from callbacks and from calls without one, and stays what it is', async () => {
    const seen: FailureReport[] = []
    const pool = mysqlCallbacks.createPool(uri)
    const guarded = guard(pool, { onReport: (report) => seen.push(report) })
    await new Promise<void>((resolve, reject) => {
      guarded.getConnection((refused, connection) => {
        if (refused) return reject(refused)
        connection.query('SELECT nix FROM accounts', (error) => {
          assert.equal(error?.errno, 1054)
          connection.query('SELECT nought FROM accounts').once('error', (other) => {
            assert.equal((other as { errno?: number }).errno, 1054)
            connection.release()
            resolve()
          })
        })
      })
    })
    const promised = guarded.promise()
    await assert.rejects(promised.query('SELECT nothing FROM accounts'), { errno: 1054 })
    await closeGuard(guarded)
    assert.deepEqual(
      seen.map((report) => report.object),
      ['accounts.nix', 'accounts.nought', 'accounts.nothing'],
    )
    await new Promise<void>((resolve) => guarded.end(() => resolve()))
  })
})

describe('guarded transactions', () => {
  test(`${TRANSFERS} transfers into each other: deadlocks are repeated whole, sums and effects are right`, async () => {
    await using reports = await reportServer()
    const pool = createPool({ uri, connectionLimit: 8 })
    const retry = { attempts: 8, budget: 1 }
    const guarded = guard(pool, { retry, reporting: { url: reports.url, token: 't' } })
    await refill(pool)
    const end = await storm((id) => transfer(guarded, id))
    const after = await kept(pool)
    const counts = guardStatistics(guarded)
    await closeGuard(guarded)
    assertKept(end, after)
    assert.ok(counts.retries > 0, 'there were deadlocks')
    assert.ok(reports.failures().some((f) => f.type === 'DEADLOCK' && f.outcome === 'retried'))
    const told = {
      done: end.done.size,
      thrown: end.thrown.length,
      retries: counts.retries,
      recovered: counts.recovered,
    }
    process.stdout.write(`# deadlock storm: ${JSON.stringify(told)}\n`)
    await pool.end()
  })

  test('the budget holds: no more than a tenth of the calls, and ten, are repeated', async () => {
    const pool = createPool({ uri, connectionLimit: 8 })
    const guarded = guard(pool, { retry: { attempts: 8, breakerAfter: 1000 } })
    await refill(pool)
    const end = await storm((id) => transfer(guarded, id))
    const after = await kept(pool)
    const counts = guardStatistics(guarded)
    // Each transaction is a call, and each connection it takes from the pool is one.
    const units = TRANSFERS * 2 + counts.retries
    assert.ok(counts.retries <= 10 + units * 0.1 + 1, `${counts.retries} of ${units}`)
    assertKept(end, after)
    await pool.end()
  })

  test('a server killed and started in the middle loses and doubles nothing', async () => {
    const pool = createPool({ uri, connectionLimit: 4 })
    const guarded = guard(pool, {
      retry: PATIENT,
    })
    await refill(pool)
    const restart = async () => {
      await server.kill9()
      await server.restart()
    }
    const end = await stormThroughRestart((id) => transfer(guarded, id), restart)
    assertNothingLost(end, await kept(pool), guardStatistics(guarded))
    await pool.end()
  })

  test('while a server takes no writes transfers fail with its word for it, whole, and none is asked of it again', async () => {
    const root = await createConnection(uri)
    await root.query('GRANT SELECT, INSERT, UPDATE, DELETE ON shop.* TO clerk@localhost IDENTIFIED BY "c"')
    const pool = createPool({ uri, connectionLimit: 8, user: 'clerk', password: 'c' })
    await refill(pool)
    const seen: FailureReport[] = []
    const guarded = guard(pool, {
      retry: PATIENT,
      onReport: (report) => seen.push(report),
    })
    const end = await stormWithoutWrites(
      (id) => transfer(guarded, id),
      (isTaken) => root.query(`SET GLOBAL read_only = ${isTaken ? 0 : 1}`),
    )
    const after = await kept(pool)
    await closeGuard(guarded)
    assertRefusedWhole(end, after, (error) => Reflect.get(error, 'errno') === 1290)
    assert.ok(!seen.some(({ type, outcome }) => type === 'READ_ONLY' && outcome !== 'thrown'))
    await Promise.all([root.end(), pool.end()])
  })

  test('a connection reset while the server greets is asked for again; a statement that may have arrived is not', async () => {
    let resets = 2
    const open = new Set<Socket>()
    const door = createServer((socket) => {
      const inner = connect(server.port, '127.0.0.1')
      for (const each of [socket, inner]) open.add(each.on('error', () => undefined))
      if (resets-- > 0) socket.resetAndDestroy()
      else socket.pipe(inner).pipe(socket)
    })
    door.listen(0, '127.0.0.1')
    await once(door, 'listening')
    const { port } = door.address() as AddressInfo
    const pool = createPool({ uri, port, connectionLimit: 2 })
    const guarded = guard(pool)
    const connection = await guarded.getConnection()
    assert.equal(guardStatistics(guarded).retries, 2)
    connection.release()
    const asleep = guarded.query('SELECT sleep(5)')
    await pause(50)
    for (const socket of open) socket.destroy()
    await assert.rejects(asleep, (error: { code?: string }) => error.code !== undefined)
    assert.equal(guardStatistics(guarded).retries, 2)
    door.close()
    await pool.end()
  })

  test('a server with too few connections is waited for', async () => {
    const greedy = Array.from({ length: 11 }, () => createConnection(uri))
    const others = await Promise.all(greedy)
    const pool = createPool({ uri, connectionLimit: 4 })
    const guarded = guard(pool, {
      retry: PATIENT,
    })
    await assert.rejects(
      pool
        .query('SELECT 1')
        .then(() => Promise.all(Array.from({ length: 4 }, () => pool.query('SELECT sleep(0.2)')))),
    )
    const asked = Promise.all(Array.from({ length: 8 }, () => guarded.query('SELECT sleep(0.05)')))
    await pause(100)
    for (const other of others) other.destroy()
    assert.equal((await asked).length, 8)
    assert.ok(guardStatistics(guarded).retries > 0)
    await pool.end()
  })

  test('after a deadlock that the function swallowed nothing is sent, which would stand alone: the transaction is repeated whole', async () => {
    const pool = createPool(uri)
    const guarded = guard(pool)
    await refill(pool)
    const other = await createConnection(uri)
    let runs = 0
    await guardedTransaction(guarded, async (connection) => {
      runs += 1
      await connection.query('UPDATE accounts SET sum = sum - 1 WHERE id = 1')
      if (runs === 1) await meet(other, connection)
      await connection.query('INSERT INTO transfers VALUES (1)').catch((error: { errno?: number }) => {
        assert.deepEqual([runs, error.errno], [1, 1213])
      })
    })
    assert.equal(runs, 2)
    const { sum, ids } = await kept(pool)
    assert.deepEqual([sum, [...ids]], [ACCOUNTS * START - 1, [1]])
    await Promise.all([other.end(), pool.end()])
  })

  test('what was sent at once with a statement that deadlocks does not stand alone either', async () => {
    const pool = createPool(uri)
    const guarded = guard(pool)
    await refill(pool)
    const other = await createConnection(uri)
    let runs = 0
    await guardedTransaction(guarded, async (connection) => {
      runs += 1
      await connection.query('UPDATE accounts SET sum = sum - 1 WHERE id = 1')
      const insert = () => connection.query('INSERT INTO transfers VALUES (?)', [runs])
      if (runs === 2) return await insert()
      const behind: Promise<PromiseSettledResult<unknown>[]>[] = []
      const query = (sql: string) => {
        const waits = connection.query(sql)
        behind.push(Promise.allSettled([insert(), connection.execute('INSERT INTO transfers VALUES (7)')]))
        return waits
      }
      await meet(other, { query })
      const [ends = []] = await Promise.all(behind)
      assert.deepEqual(
        ends.map((end) => (end.status === 'rejected' ? end.reason.errno : end.status)),
        [1213, 1213],
      )
      return undefined
    })
    assert.equal(runs, 2)
    const { sum, ids } = await kept(pool)
    assert.deepEqual([sum, [...ids]], [ACCOUNTS * START - 1, [2]])
    await Promise.all([other.end(), pool.end()])
  })

  test('nothing is repeated inside the application’s own transaction, nor begun in it', async () => {
    const connection = await createConnection(uri)
    const guarded = guard(connection)
    await guarded.beginTransaction()
    await assert.rejects(
      guardedTransaction(guarded, () => 1),
      /a transaction is open on this connection already/,
    )
    const other = await createConnection(uri)
    await other.query('START TRANSACTION')
    await other.query('UPDATE accounts SET sum = sum WHERE id = 1')
    await assert.rejects(guarded.query('SELECT * FROM accounts WHERE id = 1 FOR UPDATE NOWAIT'), {
      errno: 1205,
    })
    assert.equal(guardStatistics(guarded).retries, 0)
    await guarded.rollback()
    await Promise.all([other.end(), connection.end()])
  })
})

/** Makes the second connection, which holds account 1, the one that the server ends; the first has changed more. */
async function meet(first: Connection, second: { query(sql: string): Promise<unknown> }): Promise<void> {
  await first.query('START TRANSACTION')
  await first.query('UPDATE accounts SET sum = sum WHERE id > 1')
  await first.query('INSERT INTO transfers SELECT 1000 + seq FROM seq_1_to_50')
  const waits = first.query('UPDATE accounts SET sum = sum WHERE id = 1')
  await assert.rejects(second.query('UPDATE accounts SET sum = sum WHERE id = 2'), { errno: 1213 })
  await waits
  await first.query('ROLLBACK')
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
