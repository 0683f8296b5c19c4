/** Repetitions and transactions of postgres.js under the guard on a real PostgreSQL. `DBMEDIC_TRANSFERS=10000` plays the storms in full. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import type { Sql, TransactionSql } from 'postgres'
import {
  closeGuard,
  type FailureReport,
  guard,
  guardedTransaction,
  guardStatistics,
} from '../../guard/src/index.ts'
import { skipPostgres } from '../support/private-postgres.ts'
import { failureOf, type PostgresShop, startPostgresShop } from './postgres-js-shop.ts'
import { takeWrites } from './postgres-writes.ts'
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

let shop: PostgresShop

if (skipPostgres === false) {
  before(async () => {
    shop = await startPostgresShop()
  })
  after(() => shop.server.stop())
}

/** Moves 1 from one account to another, and writes down that it did; every other one serializable. */
const transfer = (sql: Sql, id: number): Promise<void> =>
  guardedTransaction(sql, async (inside: TransactionSql) => {
    if (id % 2 === 0) await inside`SET TRANSACTION ISOLATION LEVEL SERIALIZABLE`
    const [from, to] = accountsOf(id)
    await inside`UPDATE accounts SET sum = sum - 1 WHERE id = ${from}`
    await inside.unsafe('UPDATE accounts SET sum = sum + 1 WHERE id = $1', [to])
    await inside.savepoint((point) => point`INSERT INTO transfers ${point({ id })}`)
  })

async function refill(sql: Sql): Promise<void> {
  await sql`TRUNCATE transfers, accounts`
  await sql`INSERT INTO accounts SELECT generate_series(1, ${ACCOUNTS}::int), ${START}::int`
}

async function kept(sql: Sql): Promise<{ sum: number; ids: Set<number> }> {
  const [total] = await sql<{ sum: string }[]>`SELECT sum(sum) AS sum FROM accounts`
  const rows = await sql<{ id: number }[]>`SELECT id FROM transfers`
  return { sum: Number(total?.sum), ids: new Set(Array.from(rows, ({ id }) => id)) }
}

const CUT = 'SELECT pg_terminate_backend(pg_backend_pid())'

describe('what is repeated of postgres.js', { skip: skipPostgres }, () => {
  test('a query and a transaction whose server is away are asked again, until it is there or with its error', async () => {
    const seen: FailureReport[] = []
    await using bare = shop.newSql({ max: 2 })
    const sql = guard(bare, { retry: PATIENT, onReport: (report) => seen.push(report) })
    await shop.server.kill9()
    let runs = 0
    const asked = Promise.all([
      sql`SELECT ${5}::int AS n`,
      sql.unsafe('SELECT 5 AS n'),
      sql`SELECT 5 AS n`.cursor((rows) => assert.equal(rows.length, 1)),
      sql.begin((inside) => {
        runs += 1
        return inside`SELECT 5 AS n`
      }),
      sql.notify('bell', 'rings'),
    ])
    while (guardStatistics(sql).retries < 5) await pause(10)
    await shop.server.speak('en')
    const [template, unsafe, , begun] = await asked
    for (const rows of [template, unsafe, begun]) assert.deepEqual(Array.from(rows), [{ n: 5 }])
    assert.equal(runs, 1)
    await closeGuard(sql)
    assert.ok(seen.every(({ outcome }) => outcome === 'retried'))
    const away = guard(shop.newSql({ host: '/no/such/folder' }), { retry: { baseMs: 1 } })
    assert.equal((await failureOf(away`SELECT 1`)).code, 'ENOENT')
    assert.equal(guardStatistics(away).retries, 3)
    await away.end()
  })

  test('a server with too few connections is waited for, and a query cancelled meanwhile is not sent', async () => {
    await using bare = shop.newSql({ max: 12 })
    const greedy = await Promise.all(Array.from({ length: 12 }, () => bare.reserve()))
    const seen: FailureReport[] = []
    await using hungry = shop.newSql({ max: 4 })
    const sql = guard(hungry, { retry: PATIENT, onReport: (report) => seen.push(report) })
    const crowd = Promise.all(Array.from({ length: 8 }, () => sql`SELECT pg_sleep(0.01)`))
    const cancelled = sql`INSERT INTO transfers VALUES (-1)`.execute()
    const reason = failureOf(cancelled)
    while (guardStatistics(sql).retries < 12) await pause(10)
    cancelled.cancel()
    assert.equal((await reason).code, '57014')
    for (const each of greedy) each.release()
    await bare.end()
    assert.equal((await crowd).length, 8)
    await closeGuard(sql)
    assert.ok(seen.some(({ code, outcome }) => code === '53300' && outcome === 'retried'))
    assert.ok(!(await kept(sql)).ids.has(-1))
  })

  test('a statement is not repeated for what comes from within it, nor when its connection was cut, nor after the end', async () => {
    const bare = shop.newSql({ max: 1 })
    const sql = guard(bare)
    const raised = `DO $$ BEGIN RAISE EXCEPTION 'no connection left' USING ERRCODE = '53300'; END $$`
    assert.equal((await failureOf(sql.unsafe(raised))).code, '53300')
    assert.equal((await failureOf(sql.unsafe(CUT))).code, 'CONNECTION_CLOSED')
    // By itself it would wait for the query that was cut.
    await sql.end({ timeout: 0.1 })
    assert.equal((await failureOf(sql`SELECT 1`)).code, 'CONNECTION_ENDED')
    assert.equal(guardStatistics(sql).retries, 0)
  })
})

describe('guarded transactions of postgres.js', { skip: skipPostgres }, () => {
  test(`${TRANSFERS} transfers into each other: deadlocks and conflicts are repeated whole, sums and effects are right`, async () => {
    const seen: FailureReport[] = []
    await using bare = shop.newSql({ max: 8 })
    const sql = guard(bare, { retry: { ...PATIENT, baseMs: 5 }, onReport: (report) => seen.push(report) })
    await refill(bare)
    const end = await storm((id) => transfer(sql, id))
    const after = await kept(bare)
    const { retries, recovered } = guardStatistics(sql)
    await closeGuard(sql)
    assertKept(end, after)
    assert.deepEqual(end.thrown, [])
    const repeated = new Set(seen.filter(({ outcome }) => outcome === 'retried').map(({ type }) => type))
    assert.deepEqual([...repeated].sort(), ['DEADLOCK', 'SERIALIZATION'])
    process.stdout.write(`# storm: ${JSON.stringify({ done: end.done.size, retries, recovered })}\n`)
  })

  test('a server killed and started in the middle loses and doubles nothing, and does not end the process', async () => {
    await using bare = shop.newSql({ max: 4 })
    const sql = guard(bare, { retry: PATIENT })
    await refill(bare)
    const restart = async () => {
      await shop.server.kill9()
      await shop.server.speak('en')
    }
    const end = await stormThroughRestart((id) => transfer(sql, id), restart)
    assertNothingLost(end, await kept(bare), guardStatistics(sql))
  })

  test('wherever a connection is cut, the transaction is repeated on another one and the pool goes on', async () => {
    const seen: FailureReport[] = []
    await using bare = shop.newSql({ max: 1 })
    const sql = guard(bare, { retry: PATIENT, onReport: (report) => seen.push(report) })
    await using other = shop.newSql({ max: 1 })
    const cuts: ((inside: TransactionSql) => Promise<unknown>)[] = [
      (inside) => inside.unsafe(CUT),
      (inside) => inside.unsafe(CUT).catch(() => undefined),
      (inside) => inside.savepoint((point) => point.unsafe(CUT)),
      (inside) => inside.savepoint((point) => point.unsafe(CUT)).catch(() => undefined),
      (inside) => Promise.all([inside.unsafe(CUT), inside`SELECT 1`, inside`SELECT 2`]),
      async (inside) => {
        const [own] = await inside`SELECT pg_backend_pid() AS pid`
        await other`SELECT pg_terminate_backend(${own?.pid}::int)`
        while ((await other`SELECT FROM pg_stat_activity WHERE pid = ${own?.pid}::int`).length > 0)
          await pause(5)
      },
    ]
    for (const cut of cuts) {
      let runs = 0
      const rows = await guardedTransaction(sql, async (inside) => {
        runs += 1
        if (runs === 1) await cut(inside)
        return await inside`SELECT 5 AS n`
      })
      assert.deepEqual([runs, Array.from(rows)], [2, [{ n: 5 }]], String(cut))
    }
    await closeGuard(sql)
    assert.deepEqual(new Set(seen.map(({ type }) => type)), new Set(['SERVER_GONE']))
    assert.ok(seen.some(({ statement, outcome }) => statement !== null && outcome === 'retried'))
    assert.equal((await sql`SELECT 1`).length, 1)
  })

  test('a connection lost at COMMIT is neither repeated nor told as failed: nobody knows', async () => {
    const seen: FailureReport[] = []
    await using bare = shop.newSql({ max: 1 })
    await bare.unsafe(`CREATE TABLE cut (id int);
      CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END';
      CREATE CONSTRAINT TRIGGER cut AFTER INSERT ON cut DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION cut()`)
    const sql = guard(bare, { retry: PATIENT, onReport: (report) => seen.push(report) })
    let runs = 0
    const lost = guardedTransaction(sql, async (inside) => {
      runs += 1
      await inside`INSERT INTO cut VALUES (1)`
    })
    assert.equal((await failureOf(lost)).code, 'CONNECTION_CLOSED')
    await closeGuard(sql)
    assert.deepEqual(
      [runs, guardStatistics(sql).unknownOutcomes, seen.map(({ outcome }) => outcome)],
      [1, 1, ['unknown']],
    )
  })

  test('a failure that the function swallowed is not told as done, and is repeated where it allows that', async () => {
    await using bare = shop.newSql({ max: 2 })
    const sql = guard(bare)
    await refill(bare)
    const swallowed = guardedTransaction(sql, async (inside) => {
      await inside`INSERT INTO transfers VALUES (1)`
      await inside`SELECT nix`.catch(() => undefined)
    })
    assert.equal((await failureOf(swallowed)).code, '42703')
    assert.deepEqual([guardStatistics(sql).retries, (await kept(bare)).ids.size], [0, 0])
    let runs = 0
    await guardedTransaction(sql, async (inside) => {
      runs += 1
      await inside`INSERT INTO transfers VALUES (1)`
      const conflict = `DO $$ BEGIN RAISE EXCEPTION 'changed' USING ERRCODE = '40001'; END $$`
      if (runs === 1) await inside.unsafe(conflict).catch(() => undefined)
      await inside`INSERT INTO transfers VALUES (2)`.catch(() => undefined)
    })
    assert.equal(runs, 2)
    assert.deepEqual((await kept(bare)).ids, new Set([1, 2]))
  })

  test('gives what the function gives and throws what it throws; what it left behind is not sent to whoever comes next', async () => {
    await using bare = shop.newSql({ max: 1 })
    const sql = guard(bare)
    await refill(bare)
    const given = await guardedTransaction(sql, (inside) => [inside`SELECT 1 AS n`, inside`SELECT 2 AS n`])
    assert.deepEqual(
      given.map((rows) => Array.from(rows as unknown as Iterable<object>)),
      [[{ n: 1 }], [{ n: 2 }]],
    )
    // As an application’s call of another service may fail: not the database.
    const own = Object.assign(new Error('the application’s'), { code: 'ECONNREFUSED', cause: 1 })
    let kept_: TransactionSql | null = null
    const throws = guardedTransaction(sql, async (inside) => {
      kept_ = inside
      await inside`INSERT INTO transfers VALUES (1)`
      throw own
    })
    await assert.rejects(throws, (thrown) => thrown === own)
    assert.ok(kept_)
    const late = kept_ as TransactionSql
    await assert.rejects(late`INSERT INTO transfers VALUES (2)`, /the transaction is over/)
    assert.equal((await kept(bare)).ids.size, 0)
    const reserved = await sql.reserve()
    await assert.rejects(
      guardedTransaction(reserved, () => 1),
      /gives connections/,
    )
    reserved.release()
    await sql.begin(async (inside) => {
      await assert.rejects(
        guardedTransaction(inside, () => 1),
        /gives connections/,
      )
    })
  })

  test('while a server takes no writes transfers fail with its word for it, whole, and none is asked of it again', async () => {
    const seen: FailureReport[] = []
    await using bare = shop.newSql({ max: 8 })
    await refill(bare)
    const owner = new pg.Client(shop.server.access)
    await owner.connect()
    const sql = guard(bare, { retry: PATIENT, onReport: (report) => seen.push(report) })
    const end = await stormWithoutWrites(
      (id) => transfer(sql, id),
      (isTaken) => takeWrites(owner, isTaken),
    )
    const after = await kept(bare)
    await closeGuard(sql)
    await owner.end()
    assertRefusedWhole(end, after, (error) => Reflect.get(error, 'code') === '25006')
    assert.ok(!seen.some(({ type, outcome }) => type === 'READ_ONLY' && outcome !== 'thrown'))
  })
})
