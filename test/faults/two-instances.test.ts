/**
 * Two `dbmedic start` on one store, meant or by accident: both find a new store whole, each target is watched by
 * one of them, the other says so, and takes over when the first is gone. A store on a server may die under them.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import Database from 'better-sqlite3'
import mysql from 'mysql2/promise'
import { ROLES } from '../../src/core/vocabulary.ts'
import { type PrivateServer, startMariadb } from '../../src/lab/servers/index.ts'
import { ownerStatements, roleStatements } from '../../src/store/accounts/grants.ts'
import { ACCOUNT_ROLES } from '../../src/store/schema/access.ts'
import { PASSWORD, prepareTarget } from '../support/mysql-target.ts'
import { QUICK, SECRETS, type Started, targetOf, troubleFolder } from '../support/trouble.ts'
import { until } from '../support/until.ts'

let server: PrivateServer
before(async () => {
  server = await startMariadb()
  await prepareTarget(server)
})
after(() => server?.stop())

describe('two processes on one SQLite store', () => {
  const place = troubleFolder()
  after(() => place.remove())
  const rows = (sql: string): readonly unknown[] => {
    const store = new Database(place.path('dbmedic.sqlite'), { readonly: true })
    try {
      return store.prepare(sql).pluck().all()
    } finally {
      store.close()
    }
  }
  let both: readonly [Started, Started]

  test('started at the same moment on none yet, both find it whole and share the targets', async () => {
    // Long enough that a busy machine does not make the first lose its lease.
    const runtime = { ...QUICK.runtime, leaseSeconds: 8 }
    place.configure({ ...QUICK, runtime, targets: [targetOf('shop', server)] })
    both = [place.start({ env: SECRETS }), place.start({ env: SECRETS })]
    for (const each of both) await each.line((l) => l.message === 'started', 'it starts')
    await until(
      () => rows('SELECT sample_id FROM metric_samples').length > 0,
      'windows are kept',
      () => both.map((each) => each.said()).join('\n'),
    )
    assert.deepEqual(rows('SELECT target_name FROM targets'), ['shop'])
    assert.equal(both.filter((each) => each.lines.some((l) => l.message === 'watching')).length, 1)
  })

  test('the one that does not watch says who does, and what to do if that was not meant', async () => {
    const [idle, busy] = watchers()
    const line = await idle.trouble('DBM_TARGET_HELD', 'shop')
    assert.match(line.message, new RegExp(`:${busy.child.pid}:`))
    assert.match(line.next ?? '', /stop one of them/)
    assert.ok(!busy.lines.some((l) => l.code === 'DBM_TARGET_HELD'), busy.said())
  })

  test('when the one that watches is killed, the other takes over, and nothing kept is lost', async () => {
    const [idle, busy] = watchers()
    const before = rows('SELECT sample_id FROM metric_samples')
    busy.child.kill('SIGKILL')
    await busy.ended
    await idle.line((l) => l.message === 'watching', 'it takes over')
    await until(
      () => rows('SELECT sample_id FROM metric_samples').length > before.length,
      'new windows',
      () => idle.said(),
    )
    const now = new Set(rows('SELECT sample_id FROM metric_samples'))
    assert.ok(before.every((id) => now.has(id)))
    await idle.stop()
  })

  /** The one that does not watch, and the one that does. */
  const watchers = (): readonly [Started, Started] =>
    both[0].lines.some((l) => l.message === 'watching') ? [both[1], both[0]] : both
})

describe('a process that finds a store another is only just making', () => {
  const place = troubleFolder()
  after(() => place.remove())

  test('waits for it instead of calling it too old', async () => {
    place.configure({ ...QUICK, targets: [targetOf('shop', server)] })
    const maker = new Database(place.path('dbmedic.sqlite'))
    maker.pragma('journal_mode = WAL')
    maker.exec('BEGIN IMMEDIATE')
    const started = place.start({ env: SECRETS })
    await Promise.race([sleep(1_500), started.ended])
    maker.exec('COMMIT')
    maker.close()
    await started.line((l) => l.message === 'watching', 'it starts')
    await started.stop()
  })
})

describe('a store on a server', () => {
  const place = troubleFolder()
  let storeServer: PrivateServer
  before(async () => {
    storeServer = await startMariadb({ instruments: 'server-default' })
  })
  after(async () => {
    await place.remove()
    await storeServer?.stop()
  })

  test('that dies is said, the process stays, and it goes on with everything when the server is back', async () => {
    const env = { ...SECRETS, DBM_TEST_ROLE: PASSWORD, DBM_TEST_OWNER: storeServer.rootPassword }
    await prepareStore(env)
    const started = place.start({ env })
    const samples = async (): Promise<number> =>
      Number((await sqlOf('SELECT COUNT(*) AS n FROM dbm.metric_samples'))[0]?.['n'])
    await until(
      async () => (await samples()) > 0,
      'windows are kept',
      () => started.said(),
    )
    const before = await samples()
    await storeServer.kill9()
    const line = await started.trouble('DBM_STORE_UNREACHABLE')
    assert.ok(!JSON.stringify(started.lines).includes(PASSWORD))
    assert.match(line.message, new RegExp(`127\\.0\\.0\\.1:${storeServer.port}/dbm`))
    await storeServer.restart()
    await until(
      async () => (await samples()) > before,
      'it goes on',
      () => started.said(),
    )
    await started.stop()
  })

  test('that is not up yet when it starts is said once and waited for; a wrong password is not', async () => {
    const env = { ...SECRETS, DBM_TEST_ROLE: PASSWORD, DBM_TEST_OWNER: storeServer.rootPassword }
    await storeServer.kill9()
    const started = place.start({ env })
    await started.trouble('DBM_STORE_UNREACHABLE')
    await storeServer.restart()
    await started.line((l) => l.message === 'watching', 'it starts when the server is there')
    assert.equal(started.lines.filter((l) => l.code === 'DBM_STORE_UNREACHABLE').length, 1, started.said())
    await started.stop()
    const wrong = place.start({ env: { ...env, DBM_TEST_ROLE: 'not it' } })
    assert.equal(await wrong.ended, 1, wrong.said())
    assert.match(wrong.text, /refused the account of role observe: .* fit no account \(error 1045\)/)
    assert.match(wrong.text, /secret of this role under `storeAccounts:`/)
    assert.deepEqual(wrong.lines, [])
  })

  /** The accounts of the roles with exactly their rights, as `dbmedic store grants` prints them. */
  async function prepareStore(env: NodeJS.ProcessEnv): Promise<void> {
    const role = (name: string) => [name, { user: `dbmedic_${name}`, password: 'env:DBM_TEST_ROLE' }]
    place.configure({
      ...QUICK,
      store: `mysql://127.0.0.1:${storeServer.port}/dbm`,
      storeAccounts: {
        ...Object.fromEntries(ROLES.map(role)),
        owner: { user: 'root', password: 'env:DBM_TEST_OWNER' },
      },
      targets: [targetOf('shop', server)],
    })
    const passwords = Object.fromEntries(ACCOUNT_ROLES.map((name) => [name, PASSWORD]))
    const accounts = { database: 'dbm', host: '%', passwords, requireTls: false }
    await sqlOf('CREATE DATABASE dbm CHARACTER SET utf8mb4 COLLATE utf8mb4_bin')
    for (const { sql } of ownerStatements(accounts)) await sqlOf(sql)
    assert.equal((await place.run(['store', 'migrate'], { env })).code, 0)
    for (const { sql } of roleStatements(accounts)) await sqlOf(sql)
  }

  async function sqlOf(text: string): Promise<readonly Record<string, unknown>[]> {
    const connection = await mysql.createConnection(storeServer.rootUri)
    try {
      const [found] = await connection.query(text)
      return found as Record<string, unknown>[]
    } finally {
      await connection.end()
    }
  }
})
