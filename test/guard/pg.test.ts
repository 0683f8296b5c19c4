/** The guard around pg on a real PostgreSQL. `DBMEDIC_TRANSFERS=10000` plays the storms in full. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import pg, { type Client, type Pool, type PoolClient, type PoolConfig } from 'pg'
import {
  closeGuard,
  type FailureReport,
  guard,
  guardedTransaction,
  guardStatistics,
} from '../../guard/src/index.ts'
import { classify } from '../../src/recovery/classify.ts'
import { errorEngineOf } from '../../src/recovery/index.ts'
import { POSTGRES_FAULTS, POSTGRES_SCHEMA } from '../recovery/grouping/postgres-faults.ts'
import {
  findPostgres,
  type PrivatePostgres,
  privatePostgres,
  skipPostgres,
} from '../support/private-postgres.ts'
import { takeWrites } from './postgres-writes.ts'
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

let server: PrivatePostgres

if (skipPostgres === false) {
  before(async () => {
    server = await privatePostgres(findPostgres() ?? '', {
      max_connections: '12',
      superuser_reserved_connections: '0',
      deadlock_timeout: '10ms',
      max_wal_senders: '0',
      wal_level: 'minimal',
    })
    await server.speak('en')
    const client = new pg.Client(server.access)
    await client.connect()
    await client.query(POSTGRES_SCHEMA)
    await client.query('CREATE TABLE accounts (id int PRIMARY KEY, sum int NOT NULL CHECK (sum >= 0))')
    await client.query('CREATE TABLE transfers (id int PRIMARY KEY)')
    await client.end()
  })
  after(() => server.stop())
}

/** A pool that nothing of this test forgets to end, whose idle connections may be cut. */
function newPool(config: PoolConfig = {}): Pool & AsyncDisposable {
  const pool = new pg.Pool({ ...server.access, ...config })
  pool.on('error', () => undefined)
  return Object.assign(pool, { [Symbol.asyncDispose]: () => pool.end() })
}

async function failureOf(promise: Promise<unknown>): Promise<pg.DatabaseError> {
  return await promise.then(
    () => assert.fail('it did not fail'),
    (error: pg.DatabaseError) => error,
  )
}

describe('a guarded pool or client of pg', { skip: skipPostgres }, () => {
  test('throws what the driver throws, and reports it with signature, object, place and duration', async () => {
    await using reports = await reportServer()
    await using pool = newPool()
    const guarded: Pool = guard(pool, { reporting: { url: reports.url, token: 'secret' } })
    const text = 'INSERT INTO orders (id, email) VALUES ($1, $2)'
    const error = await failureOf(guarded.query({ name: 'put', text, values: [1, `${MARK}@example.org`] }))
    assert.ok(error instanceof pg.DatabaseError)
    assert.equal(error.constraint, 'orders_pkey')
    await closeGuard(guarded)
    const [failure, ...others] = reports.failures()
    assert.ok(failure)
    assert.deepEqual(others, [])
    const engine = errorEngineOf('postgresql')
    assert.ok(engine)
    const { code, message, schema, table, constraint } = error
    const told = classify(
      { engine: 'postgresql', code: code ?? '', message, statement: text, schema, table, constraint },
      engine,
    )
    assert.equal(failure.signature, told.signature)
    assert.deepEqual(
      [failure.type, failure.object, failure.outcome],
      ['DUPLICATE_KEY', 'orders.orders_pkey', 'thrown'],
    )
    assert.equal(failure.callSite?.file, 'test/guard/pg.test.ts')
    assert.ok(failure.durationMs > 0)
    assert.ok(!reports.sent.some(({ body }) => body.includes(MARK)))
  })

  test('sends no byte of a value that stood in a statement, an argument or a message', async () => {
    await using reports = await reportServer()
    await using pool = newPool()
    const guarded = guard(pool, { reporting: { url: reports.url, token: 't', pendingMax: 5000 } })
    const draw = new MarkedDraw(5, true)
    // One connection: the pool would make a new one after each failure.
    const client = await guarded.connect()
    let failed = 0
    for (let i = 0; i < 150; i++) {
      const { statement } = draw.pick(POSTGRES_FAULTS)(draw)
      await client.query(statement).catch(() => failed++)
      await client.query('SELECT $1::int', [`${MARK}-argument`]).catch(() => failed++)
    }
    client.release()
    await closeGuard(guarded)
    assert.ok(failed > 250)
    const bodies = reports.sent.map(({ body }) => body).join('\n')
    assert.ok(bodies.length > 10_000)
    assert.ok(!bodies.includes(MARK))
  })

  test('reports from callbacks of every form, and gives each its own arguments', async () => {
    const seen: FailureReport[] = []
    await using pool = newPool()
    const guarded = guard(pool, { onReport: (report) => seen.push(report) })
    await new Promise<void>((resolve, reject) => {
      guarded.connect((refused, client, done) => {
        if (refused !== undefined || client === undefined) return reject(refused)
        client.query('SELECT nix FROM accounts WHERE id = $1', [1], (error) => {
          assert.equal((error as pg.DatabaseError).code, '42703')
          done()
          guarded.query({ text: 'SELECT nought FROM accounts' }, (other) => {
            assert.equal((other as pg.DatabaseError).code, '42703')
            guarded.query('SELECT 7 AS seven', (none, { rows }) => {
              assert.ok(!none)
              assert.deepEqual(rows, [{ seven: 7 }])
              resolve()
            })
          })
        })
      })
    })
    await closeGuard(guarded)
    assert.deepEqual(
      seen.map(({ object }) => object),
      ['accounts.nix', 'accounts.nought'],
    )
  })

  test('stays what it is: a client that connects is the same one, query objects and their events go through', async () => {
    const seen: FailureReport[] = []
    const guarded: Client = guard(new pg.Client(server.access), { onReport: (report) => seen.push(report) })
    assert.equal(await guarded.connect(), guarded)
    const good = guarded.query(new pg.Query<{ n: number }>('SELECT generate_series(1, 3) AS n'))
    const rows: number[] = []
    good.on('row', ({ n }) => rows.push(n))
    await once(good, 'end')
    assert.deepEqual(rows, [1, 2, 3])
    const bad = guarded.query(new pg.Query('SELECT nix FROM accounts'))
    const [error] = (await once(bad, 'error').catch((thrown: unknown) => [thrown])) as [pg.DatabaseError]
    assert.equal(error.code, '42703')
    await closeGuard(guarded)
    assert.deepEqual(
      seen.map(({ object }) => object),
      ['accounts.nix'],
    )
    await guarded.end()
  })
})

/** Moves 1 from one account to another, and writes down that it did; every other one serializable. */
const transfer = (pool: Pool, id: number): Promise<void> =>
  guardedTransaction(pool, async (client: PoolClient) => {
    if (id % 2 === 0) await client.query('SET TRANSACTION ISOLATION LEVEL SERIALIZABLE')
    const [from, to] = accountsOf(id)
    await client.query('UPDATE accounts SET sum = sum - 1 WHERE id = $1', [from])
    await client.query({
      name: 'give',
      text: 'UPDATE accounts SET sum = sum + 1 WHERE id = $1',
      values: [to],
    })
    await client.query('INSERT INTO transfers VALUES ($1)', [id])
  })

async function refill(pool: Pool): Promise<void> {
  await pool.query('TRUNCATE transfers, accounts')
  await pool.query(`INSERT INTO accounts SELECT generate_series(1, ${ACCOUNTS}), ${START}`)
}

async function kept(pool: Pool): Promise<{ sum: number; ids: Set<number> }> {
  const { rows: sums } = await pool.query<{ sum: string }>('SELECT sum(sum) AS sum FROM accounts')
  const { rows } = await pool.query<{ id: number }>('SELECT id FROM transfers')
  return { sum: Number(sums[0]?.sum), ids: new Set(rows.map(({ id }) => id)) }
}

describe('guarded transactions of pg', { skip: skipPostgres }, () => {
  test(`${TRANSFERS} transfers into each other: deadlocks and conflicts are repeated whole, sums and effects are right`, async () => {
    const seen: FailureReport[] = []
    await using pool = newPool({ max: 8 })
    const guarded = guard(pool, { retry: { ...PATIENT, baseMs: 5 }, onReport: (report) => seen.push(report) })
    await refill(pool)
    const end = await storm((id) => transfer(guarded, id))
    const after = await kept(pool)
    const { retries, recovered } = guardStatistics(guarded)
    await closeGuard(guarded)
    assertKept(end, after)
    assert.deepEqual(end.thrown, [])
    const repeated = new Set(seen.filter(({ outcome }) => outcome === 'retried').map(({ type }) => type))
    assert.deepEqual([...repeated].sort(), ['DEADLOCK', 'SERIALIZATION'])
    process.stdout.write(`# storm: ${JSON.stringify({ done: end.done.size, retries, recovered })}\n`)
  })

  test('a server killed and started in the middle loses and doubles nothing', async () => {
    await using pool = newPool({ max: 4 })
    const guarded = guard(pool, { retry: PATIENT })
    await refill(pool)
    const restart = async () => {
      await server.kill9()
      await server.speak('en')
    }
    const end = await stormThroughRestart((id) => transfer(guarded, id), restart)
    assertNothingLost(end, await kept(pool), guardStatistics(guarded))
  })

  /** A connection of its own, as soon as the server has one: those that ended a moment ago may still be counted. */
  const connectAtLast = async (): Promise<pg.Client> => {
    for (let tries = 1; ; tries += 1) {
      const client = new pg.Client(server.access)
      try {
        await client.connect()
        return client
      } catch (error) {
        if (tries === 200 || (error as pg.DatabaseError).code !== '53300') throw error
        await pause(20)
      }
    }
  }

  test('a server with too few connections is waited for', async () => {
    const others = await Promise.all(Array.from({ length: 11 }, connectAtLast))
    await using pool = newPool({ max: 4 })
    const crowd = (from: Pool) =>
      Promise.all(Array.from({ length: 8 }, () => from.query('SELECT pg_sleep(0.05)')))
    assert.equal((await failureOf(crowd(pool))).code, '53300')
    const seen: FailureReport[] = []
    const guarded = guard(pool, { retry: PATIENT, onReport: (report) => seen.push(report) })
    const asked = crowd(guarded)
    await pause(150)
    await Promise.all(others.map((client) => client.end()))
    assert.equal((await asked).length, 8)
    await closeGuard(guarded)
    const told = new Set(seen.map(({ code, outcome }) => `${code} ${outcome}`))
    assert.deepEqual([...told], ['53300 retried'])
  })

  test('a pool with too few connections is waited for', async () => {
    const seen: FailureReport[] = []
    await using pool = newPool({ max: 1, connectionTimeoutMillis: 200 })
    const guarded = guard(pool, { retry: PATIENT, onReport: (report) => seen.push(report) })
    const held = await guarded.connect()
    const asked = guarded.query('SELECT 5 AS n')
    await pause(500)
    held.release()
    assert.deepEqual((await asked).rows, [{ n: 5 }])
    await closeGuard(guarded)
    assert.ok(seen.some(({ code }) => code === 'POOL_ENQUEUELIMIT'))
    assert.ok(seen.every(({ outcome }) => outcome === 'retried'))
  })

  test('a statement is not repeated for what comes from within it, whatever its code says', async () => {
    await using pool = newPool()
    const guarded = guard(pool)
    const raised = `DO $$ BEGIN RAISE EXCEPTION 'no connection left' USING ERRCODE = '53300'; END $$`
    assert.equal((await failureOf(guarded.query(raised))).code, '53300')
    assert.equal(guardStatistics(guarded).retries, 0)
  })

  test('a connection cut while its statement ran is not repeated, and does not end the process', async () => {
    await using pool = newPool()
    const guarded = guard(pool)
    let runs = 0
    const cut = guardedTransaction(guarded, async (client) => {
      runs += 1
      if (runs === 1) await client.query('SELECT pg_terminate_backend(pg_backend_pid())')
      const { rows } = await client.query<{ n: number }>('SELECT 5 AS n')
      return rows[0]?.n
    })
    assert.equal(await cut, 5)
    assert.equal(runs, 2)
    const error = await failureOf(guarded.query('SELECT pg_terminate_backend(pg_backend_pid())'))
    assert.equal(error.code, '57P01')
    assert.equal(guardStatistics(guarded).retries, 1)
  })

  test('nothing is repeated inside the application’s own transaction, nor begun in it', async () => {
    const open = [new pg.Client(server.access), new pg.Client(server.access)] as const
    for (const client of open) await client.connect()
    const [client, other] = open
    const guarded = guard(client)
    await guarded.query('BEGIN')
    await assert.rejects(
      guardedTransaction(guarded, () => 1),
      /a transaction is open on this connection already/,
    )
    await other.query('BEGIN; LOCK TABLE accounts')
    const locked = await failureOf(guarded.query('LOCK TABLE accounts NOWAIT'))
    assert.equal(locked.code, '55P03')
    await assert.rejects(
      guardedTransaction(guarded, () => 1),
      /is open/,
      'a failed transaction is one too',
    )
    assert.equal(guardStatistics(guarded).retries, 0)
    await guarded.query('ROLLBACK')
    await other.query('ROLLBACK')
    assert.equal(await guardedTransaction(guarded, () => 1), 1)
    for (const each of open) await each.end()
  })

  test('a failure that the function swallowed is not told as done: the server keeps nothing of such a transaction', async () => {
    await using pool = newPool()
    const guarded = guard(pool)
    await refill(pool)
    const swallowed = guardedTransaction(guarded, async (client) => {
      await client.query('INSERT INTO transfers VALUES (1)')
      await client.query('SELECT nix').catch(() => undefined)
    })
    const error = await failureOf(swallowed)
    assert.match(error.message, /rolled the transaction back/)
    assert.equal((error.cause as pg.DatabaseError).code, '42703')
    assert.deepEqual([guardStatistics(guarded).retries, (await kept(pool)).ids.size], [0, 0])
    let runs = 0
    await guardedTransaction(guarded, async (client) => {
      runs += 1
      await client.query('INSERT INTO transfers VALUES (1)')
      const conflict = `DO $$ BEGIN RAISE EXCEPTION 'changed' USING ERRCODE = '40001'; END $$`
      if (runs === 1) await client.query(conflict).catch(() => undefined)
      await client.query('INSERT INTO transfers VALUES (2)')
    })
    assert.equal(runs, 2)
    assert.deepEqual((await kept(pool)).ids, new Set([1, 2]))
  })

  test('the function cannot give its connection away, nor does a statement nobody waits for hold the transaction up', async () => {
    await using pool = newPool({ max: 1 })
    const guarded = guard(pool)
    await refill(pool)
    await assert.rejects(
      guardedTransaction(guarded, async (client) => {
        await client.query('INSERT INTO transfers VALUES (1)')
        client.release()
      }),
      /release\(\) belongs after the transaction/,
    )
    const slow = { text: 'SELECT pg_sleep(20)', query_timeout: 50 }
    const error = await failureOf(guardedTransaction(guarded, (client) => client.query(slow)))
    assert.match(error.message, /timeout/)
    assert.deepEqual([guardStatistics(guarded).retries, (await kept(pool)).ids.size], [0, 0])
  })

  test('a COMMIT that the driver did not wait for is neither repeated nor told as failed: it may still take effect', async () => {
    const seen: FailureReport[] = []
    await using pool = newPool()
    await pool.query(`CREATE TABLE slow (id int);
      CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(1); RETURN NULL; END';
      CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON slow DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait()`)
    await using hasty = newPool({ query_timeout: 600 })
    const guarded = guard(hasty, { retry: PATIENT, onReport: (report) => seen.push(report) })
    let runs = 0
    const error = await failureOf(
      guardedTransaction(guarded, async (client) => {
        runs += 1
        await client.query('INSERT INTO slow VALUES (7)')
      }),
    )
    assert.match(error.message, /timeout/)
    await closeGuard(guarded)
    assert.deepEqual(
      [runs, guardStatistics(guarded).unknownOutcomes, seen.at(-1)?.outcome],
      [1, 1, 'unknown'],
    )
    for (let tries = 0; tries < 100; tries++) {
      const { rowCount } = await pool.query('SELECT FROM slow')
      if (rowCount === 1) return
      await pause(20)
    }
    assert.fail('the server did not go on with it')
  })

  test('while a server takes no writes transfers fail with its word for it, whole, and none is asked of it again', async () => {
    const seen: FailureReport[] = []
    await using pool = newPool({ max: 8 })
    await refill(pool)
    const owner = new pg.Client(server.access)
    await owner.connect()
    const guarded = guard(pool, { retry: PATIENT, onReport: (report) => seen.push(report) })
    const end = await stormWithoutWrites(
      (id) => transfer(guarded, id),
      (isTaken) => takeWrites(owner, isTaken),
    )
    const after = await kept(pool)
    await closeGuard(guarded)
    await owner.end()
    assertRefusedWhole(end, after, (error) => Reflect.get(error, 'code') === '25006')
    assert.ok(!seen.some(({ type, outcome }) => type === 'READ_ONLY' && outcome !== 'thrown'))
  })
})
