/** Transactions of the driver mariadb under the guard on a real MariaDB. `DBMEDIC_TRANSFERS=10000` plays the storms in full. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { type Connection, createConnection, type Pool, type PoolConnection, type SqlError } from 'mariadb'
import {
  closeGuard,
  type FailureReport,
  guard,
  guardedTransaction,
  guardStatistics,
} from '../../guard/src/index.ts'
import { failureOf, type MariadbShop, startShop } from './mariadb-shop.ts'
import {
  ACCOUNTS,
  accountsOf,
  assertKept,
  assertNothingLost,
  assertRefusedWhole,
  PATIENT,
  START,
  storm,
  stormThroughRestart,
  stormWithoutWrites,
  TRANSFERS,
} from './transfers.ts'

let shop: MariadbShop

before(async () => {
  shop = await startShop()
})
after(() => shop.server.stop())

async function refill(pool: Pool): Promise<void> {
  await pool.query('DELETE FROM transfers')
  await pool.query(`REPLACE INTO accounts SELECT seq, ${START} FROM seq_1_to_${ACCOUNTS}`)
}

/** Moves 1 from one account to another, and writes down that it did. */
const transfer = (pool: Pool, id: number): Promise<void> =>
  guardedTransaction(pool, async (connection: PoolConnection) => {
    const [from, to] = accountsOf(id)
    await connection.query('UPDATE accounts SET sum = sum - 1 WHERE id = ?', [from])
    await connection.execute('UPDATE accounts SET sum = sum + 1 WHERE id = ?', [to])
    await connection.batch('INSERT INTO transfers VALUES (?)', [[id]])
  })

async function kept(pool: Pool): Promise<{ sum: number; ids: Set<number> }> {
  const [total] = await pool.query<{ sum: bigint }[]>('SELECT sum(sum) AS sum FROM accounts')
  const rows = await pool.query<{ id: number }[]>('SELECT id FROM transfers')
  return { sum: Number(total?.sum), ids: new Set(Array.from(rows, ({ id }) => id)) }
}

describe('guarded transactions of mariadb', () => {
  test(`${TRANSFERS} transfers into each other: deadlocks are repeated whole, sums and effects are right`, async () => {
    const seen: FailureReport[] = []
    await using pool = shop.newPool({ connectionLimit: 8 })
    const guarded = guard(pool, { retry: { ...PATIENT, baseMs: 5 }, onReport: (report) => seen.push(report) })
    await refill(pool)
    const end = await storm((id) => transfer(guarded, id))
    const after = await kept(pool)
    const { retries, recovered } = guardStatistics(guarded)
    await closeGuard(guarded)
    assertKept(end, after)
    assert.deepEqual(end.thrown, [])
    assert.ok(seen.some(({ type, outcome }) => type === 'DEADLOCK' && outcome === 'retried'))
    process.stdout.write(`# storm: ${JSON.stringify({ done: end.done.size, retries, recovered })}\n`)
  })

  test('a server killed and started in the middle loses and doubles nothing', async () => {
    await using pool = shop.newPool({ connectionLimit: 4 })
    const guarded = guard(pool, { retry: PATIENT })
    await refill(pool)
    const restart = async () => {
      await shop.server.kill9()
      await shop.server.restart()
    }
    const end = await stormThroughRestart((id) => transfer(guarded, id), restart)
    assertNothingLost(end, await kept(pool), guardStatistics(guarded))
  })

  test('while a server takes no writes transfers fail with its word for it, whole, and none is asked of it again', async () => {
    const seen: FailureReport[] = []
    await using root = await createConnection(shop.access)
    await using pool = shop.newPool({ connectionLimit: 8, user: 'clerk', password: 'c' })
    await refill(pool)
    const guarded = guard(pool, { retry: PATIENT, onReport: (report) => seen.push(report) })
    const end = await stormWithoutWrites(
      (id) => transfer(guarded, id),
      (isTaken) => root.query(`SET GLOBAL read_only = ${isTaken ? 0 : 1}`),
    )
    const after = await kept(pool)
    await closeGuard(guarded)
    assertRefusedWhole(end, after, (error) => Reflect.get(error, 'errno') === 1290)
    assert.ok(!seen.some(({ type, outcome }) => type === 'READ_ONLY' && outcome !== 'thrown'))
  })

  test('a pool with too few connections is waited for, one whose server refuses it is told why', async () => {
    const seen: FailureReport[] = []
    const onReport = (report: FailureReport): number => seen.push(report)
    await using pool = shop.newPool({ connectionLimit: 1, acquireTimeout: 100 })
    const guarded = guard(pool, { retry: PATIENT, onReport })
    const held = await guarded.getConnection()
    const asked = guarded.query('SELECT 5 AS n')
    while (guardStatistics(guarded).retries < 2) await pause(20)
    await held.release()
    assert.deepEqual(Array.from(await asked), [{ n: 5 }])
    await closeGuard(guarded)
    assert.deepEqual(
      new Set(seen.map(({ code, type, outcome }) => `${code} ${type} ${outcome}`)),
      new Set(['POOL_ENQUEUELIMIT TOO_MANY_CONNECTIONS retried']),
    )
    const away = shop.newPool({ port: 1, acquireTimeout: 100, initializationTimeout: 50 })
    const unserved = guard(away, { retry: { attempts: 1, baseMs: 1 }, onReport })
    assert.equal((await failureOf(unserved.query('SELECT 1'))).code, 'ER_GET_CONNECTION_TIMEOUT')
    const stranger = shop.newPool({ password: 'wrong', acquireTimeout: 500 })
    const denied = guard(stranger, { retry: PATIENT, onReport })
    assert.equal((await failureOf(denied.query('SELECT 1'))).code, 'ER_GET_CONNECTION_TIMEOUT')
    for (const each of [unserved, denied]) await closeGuard(each)
    assert.deepEqual(
      seen.slice(-3).map(({ type, outcome }) => [type, outcome]),
      [
        ['CONNECTION_ERROR', 'retried'],
        ['CONNECTION_ERROR', 'thrown'],
        ['ACCESS_DENIED', 'thrown'],
      ],
    )
    await Promise.all([away.end(), stranger.end()])
  })

  test('a server with too few connections is waited for', async () => {
    const others = await Promise.all(Array.from({ length: 20 }, connectAtLast))
    const seen: FailureReport[] = []
    await using pool = shop.newPool({
      ...{ user: 'clerk', password: 'c', connectionLimit: 4 },
      ...{ acquireTimeout: 300, initializationTimeout: 200 },
    })
    const guarded = guard(pool, { retry: PATIENT, onReport: (report) => seen.push(report) })
    const crowd = Promise.all(Array.from({ length: 8 }, () => guarded.query('SELECT sleep(0.05) AS n')))
    while (guardStatistics(guarded).retries < 8) await pause(20)
    await Promise.all(others.map((other) => other.end()))
    assert.equal((await crowd).length, 8)
    await closeGuard(guarded)
    assert.ok(
      seen.some(({ code }) => code === '1040'),
      seen.map(({ code }) => code).join(),
    )
    assert.ok(seen.every(({ outcome, type }) => outcome === 'retried' && type === 'TOO_MANY_CONNECTIONS'))
  })

  test('a statement is not repeated for what comes from within it, whatever its number says', async () => {
    await using pool = shop.newPool()
    await pool.query(`CREATE OR REPLACE PROCEDURE refuse(number INT) SIGNAL SQLSTATE '45000' SET
      MYSQL_ERRNO = number, MESSAGE_TEXT = 'pool timeout: failed to retrieve a connection from pool after 1ms'`)
    const guarded = guard(pool)
    for (const number of [1040, 45028, 45009, 45027])
      assert.equal((await failureOf(guarded.query(`CALL refuse(${number})`))).errno, number)
    let runs = 0
    const transaction = guardedTransaction(guarded, (connection) => {
      runs += 1
      return connection.query('CALL refuse(45009)')
    })
    assert.equal((await failureOf(transaction)).errno, 45009)
    assert.deepEqual([runs, guardStatistics(guarded).retries], [1, 0])
  })

  test('a connection cut while its statement ran is not asked again; a transaction it was in is', async () => {
    await using pool = shop.newPool({ connectionLimit: 2 })
    const guarded = guard(pool)
    let runs = 0
    const five = await guardedTransaction(guarded, async (connection) => {
      runs += 1
      if (runs === 1) await connection.query('KILL CONNECTION_ID()')
      const rows = await connection.query('SELECT 5 AS n')
      return Array.from(rows)
    })
    assert.deepEqual([runs, five], [2, [{ n: 5 }]])
    const { retries } = guardStatistics(guarded)
    const cut = await failureOf(guarded.query('KILL CONNECTION_ID()'))
    assert.ok(cut.fatal, cut.message)
    assert.equal(guardStatistics(guarded).retries, retries)
  })

  test('after a deadlock that the function swallowed nothing is sent, which would stand alone: the transaction is repeated whole', async () => {
    await using pool = shop.newPool({ connectionLimit: 2 })
    const guarded = guard(pool)
    await refill(pool)
    await using other = await createConnection(shop.access)
    let runs = 0
    await guardedTransaction(guarded, async (connection) => {
      runs += 1
      await connection.query('UPDATE accounts SET sum = sum - 1 WHERE id = 1')
      if (runs === 1) await meet(other, connection)
      await connection.query('INSERT INTO transfers VALUES (1)').catch((error: SqlError) => {
        assert.deepEqual([runs, error.errno], [1, 1213])
      })
    })
    assert.equal(runs, 2)
    const { sum, ids } = await kept(pool)
    assert.deepEqual([sum, [...ids]], [ACCOUNTS * START - 1, [1]])
  })

  test('what was sent at once with a statement that deadlocks does not stand alone either', async () => {
    await using pool = shop.newPool({ connectionLimit: 2 })
    const guarded = guard(pool)
    await refill(pool)
    await using other = await createConnection(shop.access)
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
  })

  test('nothing is repeated inside the application’s own transaction, nor begun in it; the function cannot give its connection away', async () => {
    await using connection = await createConnection(shop.access)
    await using other = await createConnection(shop.access)
    const guarded = guard(connection)
    await guarded.beginTransaction()
    await assert.rejects(
      guardedTransaction(guarded, () => 1),
      /a transaction is open on this connection already/,
    )
    await other.beginTransaction()
    await other.query('UPDATE accounts SET sum = sum WHERE id = 1')
    const locked = await failureOf(guarded.query('SELECT * FROM accounts WHERE id = 1 FOR UPDATE NOWAIT'))
    assert.equal(locked.errno, 1205)
    assert.equal(guardStatistics(guarded).retries, 0)
    await guarded.rollback()
    await other.rollback()
    assert.equal(await guardedTransaction(guarded, () => 1), 1)
    await using pool = shop.newPool({ connectionLimit: 1 })
    const gives = [
      async (inside: PoolConnection) => await inside.release(),
      async (inside: PoolConnection) => {
        await using _ = inside
      },
    ]
    for (const give of gives)
      await assert.rejects(guardedTransaction(guard(pool), give), /belongs after the transaction/)
    assert.equal(pool.activeConnections(), 0)
  })
})

/** A connection of its own, as soon as the server has one: those that ended a moment ago may still be counted. */
async function connectAtLast(): Promise<Connection> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await createConnection(shop.access)
    } catch (error) {
      if (tries === 200 || (error as SqlError).errno !== 1040) throw error
      await pause(20)
    }
  }
}

/** Makes the second connection, which holds account 1, the one that the server ends; the first has changed more. */
async function meet(first: Connection, second: { query(sql: string): Promise<unknown> }): Promise<void> {
  await first.beginTransaction()
  await first.query('UPDATE accounts SET sum = sum WHERE id > 1')
  await first.query('INSERT INTO transfers SELECT 1000 + seq FROM seq_1_to_50')
  const waits = first.query('UPDATE accounts SET sum = sum WHERE id = 1')
  await assert.rejects(second.query('UPDATE accounts SET sum = sum WHERE id = 2'), { errno: 1213 })
  await waits
  await first.rollback()
}
