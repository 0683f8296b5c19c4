/** The guard around postgres.js on a real PostgreSQL: what it throws, gives, begins and reports. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { after, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import postgres, { type Fragment, type ReservedSql, type Sql, type TransactionSql } from 'postgres'
import { closeGuard, type FailureReport, guard, guardStatistics } from '../../guard/src/index.ts'
import { classify } from '../../src/recovery/classify.ts'
import { errorEngineOf } from '../../src/recovery/index.ts'
import { POSTGRES_FAULTS } from '../recovery/grouping/postgres-faults.ts'
import { skipPostgres } from '../support/private-postgres.ts'
import { failureOf, type PostgresShop, startPostgresShop } from './postgres-js-shop.ts'
import { reportServer } from './report-server.ts'
import { MARK, MarkedDraw } from './transfers.ts'

let shop: PostgresShop

if (skipPostgres === false) {
  before(async () => {
    shop = await startPostgresShop()
  })
  after(() => shop.server.stop())
}

/** Runs a program that has `sql` and `guarded`; its status, and what it said of errors. */
async function run(program: string): Promise<{ status: number | null; said: string }> {
  const script = `
    import postgres from 'postgres'
    import { guard } from ${JSON.stringify(import.meta.resolve('../../guard/src/index.ts'))}
    const sql = postgres(JSON.parse(process.env.ACCESS))
    const guarded = guard(sql)
    ${program}`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    env: { ...process.env, ACCESS: JSON.stringify(shop.server.access) },
    cwd: import.meta.dirname,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const [said, [status]] = await Promise.all([text(child.stderr), once(child, 'close')])
  return { status: status as number | null, said }
}

describe('the guarded sql of postgres.js', { skip: skipPostgres }, () => {
  test('throws what the driver throws, with its stack, and reports it with signature, object, place and duration', async () => {
    await using reports = await reportServer()
    await using bare = shop.newSql()
    const guarded: Sql = guard(bare, { reporting: { url: reports.url, token: 'secret' } })
    const put = (sql: Sql) => sql`INSERT INTO orders (id, email) VALUES (${1}, ${`${MARK}@example.org`})`
    const other = (sql: Sql) => sql`INSERT INTO orders (id, email) VALUES (${1}, ${`${MARK}@example.org`})`
    const error = await failureOf(put(guarded))
    assert.ok(error instanceof guarded.PostgresError && error instanceof postgres.PostgresError)
    assert.equal(error.constraint_name, 'orders_pkey')
    const placesOf = ({ stack = '' }: Error) =>
      Array.from(stack.matchAll(/at (?:\S+ )?\(?.*?([\w.-]+\.[jt]s):\d+/g), ([, file]) => file)
    assert.deepEqual(placesOf(error), placesOf(await failureOf(other(bare))))
    assert.ok(placesOf(error).includes('postgres-js.test.ts'))
    await closeGuard(guarded)
    const [failure, ...others] = reports.failures()
    assert.ok(failure)
    assert.deepEqual(others, [])
    const engine = errorEngineOf('postgresql')
    assert.ok(engine)
    const { code, message, schema_name: schema, table_name: table, constraint_name: constraint } = error
    const statement = 'INSERT INTO orders (id, email) VALUES ($1, $2)'
    const report = { engine: 'postgresql', code, message, statement, schema, table, constraint }
    assert.equal(failure.signature, classify(report, engine).signature)
    assert.deepEqual(
      [failure.type, failure.object, failure.outcome],
      ['DUPLICATE_KEY', 'orders.orders_pkey', 'thrown'],
    )
    assert.equal(failure.statement?.text, 'insert into orders (id, email) values (...)')
    assert.equal(failure.callSite?.file, 'test/guard/postgres-js.test.ts')
    assert.ok(failure.durationMs > 0)
    assert.ok(!reports.sent.some(({ body }) => body.includes(MARK)))
  })

  test('sends no byte of a value, by whichever way it went, with places or without', async () => {
    await using reports = await reportServer()
    // What looks like a line of a stack, in a message that is part of one.
    const place = `\n    at ${MARK} (/${MARK}/${MARK}.js:1:1)`
    for (const callSites of [true, false]) {
      await using bare = shop.newSql({ max: 1, debug: callSites })
      const sql = guard(bare, { callSites, reporting: { url: reports.url, token: 't', pendingMax: 5000 } })
      const draw = new MarkedDraw(5, true)
      let failed = 0
      for (let i = 0; i < 100; i++) {
        const { statement } = draw.pick(POSTGRES_FAULTS)(draw)
        await sql.unsafe(statement).catch(() => failed++)
        await sql`SELECT ${`${MARK}-argument`}::text::int`.catch(() => failed++)
      }
      const raised = `DO $$ BEGIN RAISE EXCEPTION E'said ${place.replace('\n', '\\n')}'; END $$`
      await sql.unsafe(raised).catch(() => failed++)
      await sql`SELECT * FROM orders WHERE ${sql`email = ${place} AND`} nix = ${place}`.catch(() => failed++)
      await sql`INSERT INTO orders ${sql({ id: 1, email: place })}`.catch(() => failed++)
      await sql.begin((inside) => inside`SELECT ${place}::text::int`).catch(() => failed++)
      await sql.notify(place.repeat(20), place).catch(() => failed++)
      await closeGuard(sql)
      assert.equal(guardStatistics(sql).failures, failed)
      assert.ok(failed > 150)
    }
    const bodies = reports.sent.map(({ body }) => body).join('\n')
    assert.ok(bodies.length > 10_000)
    assert.ok(!bodies.includes(MARK))
  })

  test('gives what the driver gives: fragments, helpers, cursors, rows one by one, values, descriptions, copies, files', async () => {
    await using bare = shop.newSql({ max: 2 })
    const folder = mkdtempSync(join(tmpdir(), 'dbmedic-sql-'))
    const file = join(folder, 'three.sql')
    writeFileSync(file, 'SELECT $1::int + 1 AS n')
    const guarded = guard(bare)
    const given = async (sql: Sql): Promise<unknown> => {
      const many: Fragment = sql`generate_series(1, ${5}::int) AS n`
      const filter = (least: number): Fragment => sql`n >= ${least}`
      const rows = await sql`SELECT * FROM ${many} WHERE ${filter(2)} ORDER BY ${sql('n')} DESC`
      const chosen =
        await sql`SELECT ${sql(['id', 'email'])} FROM orders WHERE id IN ${sql([1, 2])} ORDER BY id`
      const parts: unknown[] = []
      for await (const part of sql`SELECT * FROM ${many}`.cursor(2)) parts.push(part.length)
      await sql`SELECT * FROM ${many}`.cursor((part) => parts.push(part.length))
      await sql`SELECT * FROM ${many}`.forEach((row) => void parts.push(row.n))
      const described = await sql`SELECT id FROM orders WHERE id = ${1}`.describe()
      const [first] = await sql`SELECT ${sql.json({ a: [1] })}::jsonb AS j, ${sql.array([1, 2])}::int[] AS a`
      await sql`CREATE TEMPORARY TABLE copied (n int); DROP TABLE copied`.simple()
      const typed = await sql`SELECT ${sql.typed(7, 23)} AS n`
      return [
        ...[rows, rows.count, rows.columns, chosen, parts, described.types, first, typed],
        ...[await sql`SELECT 1 AS a, 2 AS b`.values(), await sql`SELECT 1 AS a`.raw()],
        ...[await sql.unsafe('SELECT $1::int AS n', [3]), await sql.file(file, [2])],
        ...[sql.options === bare.options, sql.parameters === bare.parameters, sql.CLOSE === bare.CLOSE],
      ]
    }
    assert.deepEqual(await given(guarded), await given(bare))
    await using single = shop.newSql({ max: 1 })
    const one = guard(single)
    await one`CREATE TEMPORARY TABLE copied (n int)`
    const into: Writable = await one`COPY copied FROM STDIN`.writable()
    into.end('1\n2\n')
    await once(into, 'finish')
    const from: Readable = await one`COPY copied TO STDOUT`.readable()
    assert.equal(await text(from), '1\n2\n')
    assert.equal(guardStatistics(guarded).failures, 0)
    rmSync(folder, { recursive: true })
  })

  test('begins no query that nobody waits for, nor one that is a fragment, nor one a second time', async () => {
    await using bare = shop.newSql({ max: 1 })
    const sql = guard(bare)
    await sql`CREATE TABLE begun (n int)`
    const { calls } = guardStatistics(sql)
    const never = sql`INSERT INTO begun VALUES (1)`
    const fragment = sql`VALUES (2)`
    const made = sql`INSERT INTO begun ${fragment} RETURNING n`
    assert.ok(made instanceof Promise)
    const twice = await Promise.all([made, made])
    assert.equal(twice[0], twice[1])
    assert.deepEqual(Array.from(await bare`SELECT n FROM begun`), [{ n: 2 }])
    assert.equal(guardStatistics(sql).calls, calls + 1)
    assert.ok(never instanceof Promise)
    await sql`INSERT INTO begun VALUES (3)`.execute()
    assert.equal((await bare`SELECT n FROM begun`).length, 2)
  })

  test('hides no failure that the application never looked at, and makes none of one it did', async () => {
    for (const name of ['sql', 'guarded']) {
      const unseen = await run(`${name}\`SELECT * FROM nix\`.execute()`)
      assert.equal(unseen.status, 1)
      assert.match(unseen.said, /relation "nix" does not exist/)
      const begun = await run(`${name}.begin(async (inside) => { await inside\`SELECT * FROM nix\` })`)
      assert.match(begun.said, /relation "nix" does not exist/)
      const seen = await run(`
        await ${name}\`SELECT * FROM nix\`.catch(() => 1)
        const later = ${name}\`SELECT * FROM nix\`
        setTimeout(() => later.then(undefined, () => ${name}.end()), 20)`)
      assert.deepEqual(seen, { status: 0, said: '' })
    }
  })

  test('a transaction of the application’s passes as it is: its result, its own error, and each failure once with its place', async () => {
    const seen: FailureReport[] = []
    await using bare = shop.newSql({ max: 2 })
    const sql = guard(bare, { onReport: (report) => seen.push(report) })
    await sql`CREATE TABLE parents (id int PRIMARY KEY)`
    await sql`CREATE TABLE children (id int REFERENCES parents DEFERRABLE INITIALLY DEFERRED)`
    const [both, one] = await sql.begin((inside) => [inside`SELECT 1 AS n`, inside`SELECT 2 AS n`])
    assert.deepEqual([both[0]?.n, one[0]?.n], [1, 2])
    const own = Object.assign(new Error('the application’s'), { code: 'ECONNREFUSED', syscall: 'connect' })
    const throws = [
      () => {
        throw own
      },
      () => Promise.reject(own),
    ]
    for (const fn of throws) await assert.rejects(sql.begin(fn), (thrown) => thrown === own)
    const inside = await failureOf(
      sql.begin('isolation level serializable', async (transaction: TransactionSql) => {
        const kept = transaction.savepoint((point) => point`SELECT nix FROM parents`)
        await kept.catch(() => undefined)
        await transaction`INSERT INTO parents VALUES (1)`
        await transaction`SELECT nought FROM parents`
      }),
    )
    assert.equal(inside.code, '42703')
    const atCommit = await failureOf(sql.begin((transaction) => transaction`INSERT INTO children VALUES (5)`))
    assert.equal(atCommit.code, '23503')
    await closeGuard(sql)
    assert.deepEqual(
      seen.map(({ object, statement, outcome }) => [object, statement?.text, outcome]),
      [
        ['parents.nix', 'select nix from parents', 'thrown'],
        ['parents.nought', 'select nought from parents', 'thrown'],
        ['children.children_id_fkey', 'commit', 'thrown'],
      ],
    )
    assert.deepEqual(new Set(seen.map(({ callSite }) => callSite?.file)), new Set([seen[0]?.callSite?.file]))
    assert.equal(seen[0]?.callSite?.file, 'test/guard/postgres-js.test.ts')
    assert.deepEqual([(await sql`SELECT FROM parents`).length, guardStatistics(sql).retries], [0, 0])
  })

  test('reserved connections, notifications, cursors that fail midway and cancelled queries are as they were', async () => {
    const seen: FailureReport[] = []
    await using bare = shop.newSql({ max: 2 })
    const sql = guard(bare, { onReport: (report) => seen.push(report) })
    const reserved: ReservedSql = await sql.reserve()
    await reserved`BEGIN`
    const [mine] = await reserved`SELECT pg_backend_pid() AS pid`
    assert.deepEqual(mine, (await reserved`SELECT pg_backend_pid() AS pid`)[0])
    assert.equal((await failureOf(reserved`SELECT nix FROM accounts`)).code, '42703')
    await reserved`ROLLBACK`
    reserved.release()
    const heard = Promise.withResolvers<string>()
    const { unlisten } = await sql.listen('bell', heard.resolve)
    await sql.notify('bell', 'rings')
    assert.equal(await heard.promise, 'rings')
    await unlisten()
    const rows: unknown[] = []
    const midway = async () => {
      for await (const [row] of sql`SELECT 6 / (3 - generate_series(1, 5)) AS n`.cursor()) rows.push(row?.n)
    }
    assert.equal((await failureOf(midway())).code, '22012')
    assert.deepEqual(rows, [3, 6])
    const own = new Error('the application’s')
    await assert.rejects(
      sql`SELECT 1`.cursor(() => {
        throw own
      }),
      (thrown) => thrown === own,
    )
    const asleep = sql`SELECT pg_sleep(100)`.execute()
    while ((await bare`SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'`).length === 0)
      await pause(5)
    asleep.cancel()
    assert.equal((await failureOf(asleep)).code, '57014')
    await closeGuard(sql)
    assert.deepEqual(
      seen.map(({ code, object, statement }) => [code, object ?? statement?.text]),
      [
        ['42703', 'accounts.nix'],
        ['22012', 'select ? / (? - generate_series (...)) as n'],
        ['57014', 'select pg_sleep (...)'],
      ],
    )
  })
})
