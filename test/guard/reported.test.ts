/** From a failing statement of an application to the record of it: guard, HTTP, store; and no value on the way. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { createConnection, createPool } from 'mysql2/promise'
import { closeGuard, guard, guardStatistics } from '../../guard/src/index.ts'
import { type PrivateServer, startMariadb } from '../../src/lab/servers/index.ts'
import { classify, errorEngineOf } from '../../src/recovery/index.ts'
import { TABLES } from '../../src/store/schema/tables.ts'
import { type ApiWorld, makeApiWorld } from '../server/support/api-world.ts'

let server: PrivateServer
let api: ApiWorld
let address = ''
let uri = ''

before(async () => {
  server = await startMariadb({ instruments: 'server-default' })
  const root = await createConnection({ uri: server.rootUri, multipleStatements: true })
  await root.query(
    'CREATE DATABASE shop; CREATE TABLE shop.users (id INT PRIMARY KEY, email VARCHAR(100), UNIQUE KEY uq_email (email))',
  )
  await root.end()
  uri = `${server.rootUri}shop`
  api = await makeApiWorld()
  address = await api.app.listen({ host: '127.0.0.1', port: 0 })
})
after(async () => {
  await api.stop()
  await server.stop()
})

/** Every row of the store and every byte of its files. */
async function everythingStored(): Promise<string> {
  const owner = await api.server.connect('owner')
  const rows = []
  for (const { name } of TABLES) rows.push(await owner.rows(`SELECT * FROM ${name}`))
  await owner.close()
  const folder = dirname(api.server.address.path ?? '')
  const files = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'latin1'))
  const text = JSON.stringify(rows, (_key, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  )
  return `${text}${files.join('')}`
}

test('two failures with different values are one pattern, counted twice, with its table and place, and without the values', async () => {
  const token = await api.tokenOf('operator', ['report'])
  const pool = createPool(uri)
  const guarded = guard(pool, {
    application: 'shop',
    reporting: { url: `${address}/api/errors?target=shop`, token },
  })
  const values = ['zqfirst.zqmiddle@zqexample.com', "zqsecond'zqlastly"]
  let missing = ''
  for (const value of values) {
    await assert.rejects(
      guarded.query(`SELECT * FROM payroll WHERE name = ${pool.escape(value)}`),
      (error: Error) => {
        missing = error.message
        return missing.includes('payroll')
      },
    )
    await guarded.query('INSERT INTO users VALUES (?, ?)', [values.indexOf(value), value])
    await assert.rejects(guarded.query('INSERT INTO users VALUES (?, ?)', [9, value]), /Duplicate entry/)
  }
  await closeGuard(guarded)
  await pool.end()
  assert.deepEqual([guardStatistics(guarded).reported, guardStatistics(guarded).dropped], [4, 0])

  const { headers } = await api.signIn('viewer')
  const { items } = (
    await api.app.inject({ url: `/api/errors/patterns?target=${api.world.targetId}`, headers })
  ).json()
  assert.deepEqual(
    items.map((each: { object: string; occurrences: number }) => [each.object, each.occurrences]).toSorted(),
    [
      ['shop.payroll', 2],
      ['users.uq_email', 2],
    ],
  )
  const engine = errorEngineOf('mariadb')
  assert.ok(engine)
  const { signature } = classify({ engine: 'mariadb', errno: 1146, message: missing }, engine)
  const detail = (await api.app.inject({ url: `/api/errors/patterns/${signature}`, headers })).json()
  assert.equal(detail.pattern.masked, "Table shop.payroll doesn't exist")
  assert.equal(detail.pattern.failureType, 'TABLE_NOT_FOUND')
  assert.equal(detail.explanation.knowledge.id, 'mysql/no-such-table')
  const [site] = detail.sites
  assert.equal(site.occurrences, 2)
  assert.equal(site.application, 'shop')
  assert.equal(site.place.file, 'test/guard/reported.test.ts')
  assert.equal(site.statement.text, 'select * from payroll where name = ?')
  assert.ok(site.targetId === api.world.targetId && site.longestMs > 0)

  const stored = await everythingStored()
  assert.match(stored, /select \* from payroll/)
  // No shorter: digests are hex and base64, in which four characters come up by chance.
  for (const part of ['zqfirst', 'zqmiddle', 'zqexample', 'zqsecond', 'zqlastly'])
    assert.ok(!stored.includes(part), part)
})
