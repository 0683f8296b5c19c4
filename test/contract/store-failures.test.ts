/** Stores that cannot be used, stores that stop being usable, and two processes on one file. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { copyFileSync, existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import mysql from 'mysql2/promise'
import { ROLES } from '../../src/core/vocabulary.ts'
import { startMariadb } from '../../src/lab/servers/index.ts'
import { openSqlite, openStore, sqliteSession, storeOverSqlite, up } from '../../src/store/index.ts'
import { mysqlSession } from '../../src/store/session.ts'
import { startStore } from '../store/support/stores.ts'
import {
  decide,
  full,
  makeIssue,
  makeWorld,
  newEvent,
  newVote,
  type World,
} from '../support/pipeline-rows.ts'
import type { Share } from '../support/store-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'dbmedic-store-failures-'))
after(() => rmSync(folder, { recursive: true, force: true }))

async function newStore(name: string): Promise<string> {
  const path = join(folder, name)
  const database = openSqlite({ path })
  await up(sqliteSession(database))
  database.close()
  return path
}

async function openWorld(path: string): Promise<World> {
  return makeWorld(full(await openStore({ path, roles: ROLES })))
}

describe('opening a store', () => {
  test('that is not there, of another schema version, or of none, is refused and changes nothing', async () => {
    const missing = join(folder, 'missing.db')
    await assert.rejects(
      openStore({ path: missing, roles: ROLES }),
      (error: Error & { code?: string; hint?: string }) => {
        assert.equal(error.code, 'DBM_STORE_MISSING')
        assert.equal(error.message, `no store at ${missing}`)
        assert.match(error.hint ?? '', /store migrate/)
        return true
      },
    )
    assert.equal(existsSync(missing), false, 'it was made')
    const empty = join(folder, 'empty.db')
    new Database(empty).close()
    await assert.rejects(openStore({ path: empty, roles: ROLES }), { code: 'DBM_STORE_VERSION' })
    const newer = await newStore('newer.db')
    const owner = openSqlite({ path: newer })
    owner.exec(
      "INSERT INTO schema_versions (version, name, checksum, state, runner, server) VALUES (99, 'later', 'x', 'APPLIED', 'r', 's')",
    )
    owner.close()
    await assert.rejects(openStore({ path: newer, roles: ROLES }), { code: 'DBM_STORE_NEWER' })
  })

  test('whose file is deleted or replaced meanwhile does nothing more, until the file is back', async () => {
    const path = await newStore('replaced.db')
    const world = await openWorld(path)
    const read = () => world.store.read.targets()
    const add = (user: string) =>
      world.store.serve.addTarget({ targetName: user, engine: 'mysql', connection: {} })
    const away = join(folder, 'away.db')
    renameSync(path, away)
    for (const work of [read, () => add('lost'), () => world.store.act.read.targets()])
      await assert.rejects(work(), { code: 'DBM_STORE_REPLACED', message: /deleted or moved away/ })
    copyFileSync(away, path)
    await assert.rejects(read(), { code: 'DBM_STORE_REPLACED', message: /replaced by another/ })
    await assert.rejects(add('lost'), { code: 'DBM_STORE_REPLACED' })
    renameSync(away, path)
    await add('kept')
    const names = (await read()).map((each) => each.targetName)
    assert.ok(names.includes('kept') && !names.includes('lost'), String(names))
    await world.store.close()
  })

  test('that is no database, or whose address is none, says so', async () => {
    const text = join(folder, 'text.db')
    writeFileSync(text, 'this is a text and not a database, whatever its name says. '.repeat(50))
    await assert.rejects(openStore({ path: text, roles: ROLES }), { code: 'DBM_STORE_DAMAGED' })
    await assert.rejects(openStore({ path: folder, roles: ROLES }), { code: 'DBM_STORE_UNREACHABLE' })
    const accounts = { observe: { user: 'x', password: 'y' } }
    for (const address of [
      { roles: [] },
      { path: 'a', url: 'mysql://b/c', roles: [] },
      { url: 'not a url', roles: [] },
      { url: 'postgres://host/db', roles: [] },
      { url: 'mysql://host', roles: [], credentialsByRole: accounts },
      { url: 'mysql://host/db', roles: ['act'] as const, credentialsByRole: accounts },
    ]) {
      await assert.rejects(openStore(address), { code: 'DBM_STORE_ADDRESS' }, JSON.stringify(address))
    }
  })

  test('on a server that is not there says where, and never the password', async () => {
    const password = 'swordfish-1234'
    const credentialsByRole = { observe: { user: 'dbmedic_observe', password } }
    const address = { url: 'mysql://127.0.0.1:1/store', roles: ['observe'] as const, credentialsByRole }
    await assert.rejects(openStore(address), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'DBM_STORE_UNREACHABLE')
      assert.match(error.message, /127\.0\.0\.1:1/)
      assert.ok(!error.message.includes(password))
      return true
    })
  })

  test('with some roles has their ports only', async () => {
    const store = await openStore({ path: await newStore('roles.db'), roles: ['learn'] })
    assert.deepEqual([store.observe, store.reason, store.serve, store.act], [null, null, null, null])
    assert.notEqual(store.learn, null)
    assert.equal(store.dialect, 'sqlite')
    await store.close()
  })
})

describe('a store that stops being usable', () => {
  test('because its disk is full stores nothing of the write and goes on when there is space', async () => {
    const path = await newStore('full.db')
    const database = openSqlite({ path })
    const world = await makeWorld(full(await storeOverSqlite(database, { address: path, roles: ROLES })))
    const events = await Promise.all(
      Array.from({ length: 40 }, (_, at) =>
        newEvent(world, `full-${at}`, { rawContext: JSON.stringify('x'.repeat(20_000)) }),
      ),
    )
    database.pragma(`max_page_count = ${Number(database.pragma('page_count', { simple: true })) + 20}`)
    await assert.rejects(world.store.observe.appendEvents(events), { code: 'DBM_STORE_FULL' })
    assert.deepEqual(await world.store.read.events({ limit: 5 }), [])
    database.pragma('max_page_count = 1000000')
    assert.equal(await world.store.observe.appendEvents(events), 40)
    await world.store.close()
  })

  test('because it is read-only says so', async () => {
    const path = await newStore('read-only.db')
    await (await openWorld(path)).store.close()
    const database = openSqlite({ path, readonly: true })
    const store = full(await storeOverSqlite(database, { address: path, roles: ROLES }))
    assert.equal((await store.read.targets()).length, 1)
    await assert.rejects(store.serve.addTarget({ targetName: 'a', engine: 'mysql', connection: {} }), {
      code: 'DBM_STORE_READ_ONLY',
    })
    await store.close()
  })

  test('because another process holds it gives up after a bounded time, and waits out a short lock', async () => {
    const path = await newStore('locked.db')
    const world = await openWorld(path)
    const holder = new Database(path)
    const add = (targetName: string): Promise<number> =>
      world.store.serve.addTarget({ targetName, engine: 'mysql', connection: {} })
    holder.exec('BEGIN IMMEDIATE')
    const release = setTimeout(() => holder.exec('ROLLBACK'), 300)
    assert.ok((await add('patient')) > 0)
    clearTimeout(release)
    holder.exec('BEGIN IMMEDIATE')
    const started = performance.now()
    await assert.rejects(add('impatient'), { code: 'DBM_STORE_BUSY' })
    assert.ok(performance.now() - started < 15_000)
    holder.exec('ROLLBACK')
    holder.close()
    assert.ok((await add('later')) > 0)
    assert.equal((await world.store.read.targets()).length, 3)
    await world.store.close()
  })
})

test('a server that dies is said to be unreachable, and is used again when it is back', async () => {
  await using server = await startMariadb({ instruments: 'server-default' })
  const root = await mysql.createConnection(server.rootUri)
  await root.query('CREATE DATABASE store CHARACTER SET utf8mb4 COLLATE utf8mb4_bin')
  await root.query('USE store')
  await up(mysqlSession(root))
  await root.end()
  const world = await makeWorld(full(await openStore({ url: `${server.rootUri}store`, roles: ROLES })))
  const event = await newEvent(world, 'orders')
  await server.kill9()
  await assert.rejects(world.store.read.targets(), { code: 'DBM_STORE_UNREACHABLE' })
  await assert.rejects(world.store.observe.appendEvents([event]), { code: 'DBM_STORE_UNREACHABLE' })
  await server.restart()
  assert.equal(await world.store.observe.appendEvents([event]), 1)
  await world.store.close()
})

test('a role with the wrong password, or another role’s account, is denied', async () => {
  const server = await startStore('mariadb')
  try {
    const { url, credentialsByRole: accounts } = server.address
    assert.ok(url !== undefined && accounts?.learn !== undefined && accounts.serve !== undefined)
    const wrong = { ...accounts.serve, password: 'not-the-password' }
    await assert.rejects(
      openStore({ url, roles: ['serve'], credentialsByRole: { serve: wrong } }),
      (error: Error & { code?: string }) => {
        assert.ok(['DBM_STORE_LOGIN', 'DBM_STORE_UNREACHABLE'].includes(error.code ?? ''))
        assert.ok(!error.message.includes('not-the-password'))
        return true
      },
    )
    const learner = await openStore({ url, roles: ['serve'], credentialsByRole: { serve: accounts.learn } })
    await assert.rejects(
      learner.serve?.addTarget({ targetName: 'a', engine: 'mysql', connection: {} }) ?? assert.fail(),
      {
        code: 'DBM_STORE_DENIED',
      },
    )
    await learner.close()
  } finally {
    await server.stop()
  }
})

describe('two processes on one SQLite store', () => {
  let path: string
  let world: World
  const ISSUES = 12
  before(async () => {
    path = await newStore('shared.db')
    world = await openWorld(path)
    for (let i = 0; i < ISSUES; i++) {
      await makeIssue(world, `claim-${i}`)
      const decision = await decide(world, await makeIssue(world, `run-${i}`))
      await world.store.serve.insertApproval(await newVote(world, decision, world.anna))
    }
  })
  after(() => world.store.close())

  test('share issues, runs and events without taking one twice or losing one', async () => {
    const rounds = 100
    // Each begins at another end of the same events, so that neither only follows the other.
    const given = [path, 'one', String(world.targetId), String(rounds)]
    const children = [startProcess(given), startProcess([...given.with(1, 'two'), 'backwards'])]
    await Promise.all(children.map((child) => child.ready))
    const [mine, other] = await Promise.all(children.map((child) => child.go()))
    assert.ok(mine !== undefined && other !== undefined)
    assert.ok(mine.events > 0 && other.events > 0, 'they did not run at the same time')
    const both = <K extends 'issues' | 'executions'>(what: K): readonly number[] => [
      ...mine[what],
      ...other[what],
    ]
    for (const what of ['issues', 'executions'] as const) {
      assert.equal(new Set(both(what)).size, both(what).length, `one of the ${what} was taken twice`)
      assert.equal(both(what).length, ISSUES, `one of the ${what} was lost`)
    }
    assert.equal(mine.events + other.events, rounds)
  })

  test('leave a store from which a third continues where a killed one stopped', async () => {
    const decision = await decide(world, await makeIssue(world, 'killed'))
    await world.store.serve.insertApproval(await newVote(world, decision, world.anna))
    const child = spawn(process.execPath, [SCRIPT, path, 'doomed', String(world.targetId), '100000'], {
      stdio: 'ignore',
    })
    const runOf = async () =>
      (await world.store.read.executions({ decisionId: decision.decisionId, limit: 5 }))[0]
    for (let i = 0; i < 1_500 && (await runOf())?.executionStatus !== 'IN_PROGRESS'; i++) {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    child.kill('SIGKILL')
    await new Promise((resolve) => child.once('exit', resolve))
    const run = await runOf()
    assert.deepEqual([run?.executionStatus, run?.leaseOwner], ['IN_PROGRESS', 'doomed'])
    assert.deepEqual(
      (await world.store.act.runnable(10)).filter((r) => r.decision.decisionId === decision.decisionId),
      [],
    )
    const third = full(await openStore({ path, roles: ROLES }))
    assert.equal(
      await third.act.adoptExecution(run?.executionId ?? 0, { owner: 'third', seconds: 60 }),
      false,
    )
    const check = openSqlite({ path })
    assert.equal(check.pragma('integrity_check', { simple: true }), 'ok')
    check
      .prepare(
        "UPDATE action_executions SET lease_expires_at = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now') WHERE execution_id = ?",
      )
      .run(run?.executionId ?? 0)
    check.close()
    assert.equal(await third.act.adoptExecution(run?.executionId ?? 0, { owner: 'third', seconds: 60 }), true)
    await third.act.finishExecution(run?.executionId ?? 0, 'third', {
      status: 'FAILED',
      outcome: 'UNKNOWN',
      steps: run?.steps ?? [],
      durationMs: null,
      affectedRows: null,
      errors: 'its executor was killed',
    })
    assert.equal((await third.read.issue(decision.issueId))?.issueStatus, 'UNDER_ANALYSIS')
    await third.close()
  })
})

const SCRIPT = fileURLToPath(new URL('../support/store-process.ts', import.meta.url))

interface StoreProcess {
  readonly ready: Promise<void>
  readonly go: () => Promise<Share>
}

function startProcess(given: readonly string[]): StoreProcess {
  const child = spawn(process.execPath, [SCRIPT, ...given], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const line = async (): Promise<string> => {
    const next = await lines.next()
    return next.done === true ? assert.fail('the process ended too soon') : next.value
  }
  return {
    ready: line().then((text) => assert.equal(text, 'ready')),
    go: async () => {
      child.stdin.end('go')
      return JSON.parse(await line()) as Share
    },
  }
}
