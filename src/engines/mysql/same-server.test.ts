import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from 'mysql2/promise'
import { onEachServer } from '../../../test/support/each-server.ts'
import { ACCOUNTS, addressOf, connectAs, PASSWORD, sessionOf } from '../../../test/support/mysql-target.ts'
import {
  eventually,
  interval,
  nextWindow,
  observe,
  PACE,
  prepareShop,
} from '../../../test/support/observe.ts'
import { until } from '../../../test/support/until.ts'
import type { PrivateServer } from '../../lab/servers/index.ts'
import { createMysqlObserver, type MysqlObserver } from './observer.ts'
import { sameServer } from './same-server.ts'
import type { StatementWindow } from './shapes.ts'
import { AT_ONCE } from './statement-turns.ts'

/** The monitor's account of the other target. */
const OTHER = 'dbm_mon_other'

/** An account with the grants of `ACCOUNTS.monitor`. */
async function makeOther(root: Connection): Promise<void> {
  await root.query(`CREATE USER '${OTHER}'@'%' IDENTIFIED BY '${PASSWORD}'`)
  const [rows] = await root.query(`SHOW GRANTS FOR '${ACCOUNTS.monitor}'@'%'`)
  for (const row of rows as Record<string, string>[]) {
    const grant = Object.values(row)[0] ?? ''
    await root.query(grant.replace(ACCOUNTS.monitor, OTHER).replace(/ IDENTIFIED BY PASSWORD '[^']*'/, ''))
  }
}

/** Another target on the same server, with an account of its own. */
const observeAsOther = (server: PrivateServer): MysqlObserver =>
  createMysqlObserver({
    address: {
      ...addressOf(server, { pace: PACE, budgetMsPerSecond: 100, slowCollectorMs: 10_000 }),
      name: 'other',
    },
    monitor: { user: OTHER, password: PASSWORD },
    planner: null,
  })

/** Everything a target is asked, several times: what it asks for differs with what it found before. */
async function readAll(observer: MysqlObserver): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    for (const name of ['catalog', 'tableSizes', 'activity', 'status', 'statements', 'replication'] as const)
      await observer.read(name)
    await observer.ask('health', {})
    await observer.capabilities()
    await interval(10_000)
  }
}

test('a server is one place however its name is written, and another port or socket is another', () => {
  const at = (host: string, port: number, socketPath: string | null = null) =>
    sameServer({ host, port, socketPath })
  assert.equal(at('DB.example', 3306), at('db.example', 3306))
  assert.notEqual(at('db.example', 3306), at('db.example', 3307))
  assert.notEqual(at('localhost', 3306, '/run/a.sock'), at('localhost', 3306, '/run/b.sock'))
})

onEachServer('two targets on one server', ({ server }) => {
  let one: MysqlObserver
  let other: MysqlObserver

  before(async () => {
    await prepareShop(server())
    await using root = await connectAs(server())
    await makeOther(root)
    one = observe(server())
    other = observeAsOther(server())
  })
  after(async () => {
    await one.close()
    await other.close()
  })

  test('what one sends is no work of an application to the other, whatever either of them reads', async () => {
    await one.read('statements')
    let isDone = false
    const readings = readAll(other).finally(() => {
      isDone = true
    })
    const windows: StatementWindow[] = []
    while (!isDone || windows.length < 3) {
      await interval(10_000)
      const reading = await one.read('statements')
      if (reading.known) windows.push(reading.value)
    }
    await readings
    const seen = windows.map(({ statements, totalCalls, unseenCalls = 0 }) => ({
      classes: statements.map((s) => s.fingerprint),
      totalCalls,
      unseenCalls,
    }))
    const nothing = { classes: [], totalCalls: 0, unseenCalls: 0 }
    assert.deepEqual(
      seen,
      seen.map(() => nothing),
    )
  })

  test('the connections of the other are ours, and use none of what applications have', async () => {
    await other.read('activity')
    const activity = await eventually(one, 'activity', (found) =>
      found.sessions.some((s) => s.user === OTHER),
    )
    assert.deepEqual(
      activity.sessions.filter((s) => s.user === OTHER).map((s) => s.kind),
      ['own'],
    )
    await one.read('connections')
    const { counts } = await nextWindow(one, 'connections', 5_000)
    assert.ok(
      counts.every((count) => count.user !== OTHER),
      JSON.stringify(counts),
    )
  })
})

onEachServer('many sessions on one server', ({ server }) => {
  before(() => prepareShop(server()))

  test('take turns: waiting is under no limit and in no cost, and holds up no question', async () => {
    await using root = await connectAs(server())
    const sessions = Array.from({ length: AT_ONCE.reading + 1 }, () =>
      sessionOf(server(), 'monitor', { statementTimeoutMs: 30_000 }),
    )
    for (const session of sessions) await session.open()
    await root.query("SELECT GET_LOCK('held', 0)")
    const limitMs = 3_000
    const done = sessions.map((session, i) =>
      session.query(
        "SELECT GET_LOCK('held', 25) AS got, RELEASE_LOCK('held') AS given",
        [],
        i < AT_ONCE.reading ? {} : { timeoutMs: limitMs },
      ),
    )
    const last = sessions.at(-1) ?? assert.fail()
    try {
      const waiting = async (): Promise<number> => {
        const [rows] = await root.query(
          "SELECT COUNT(*) AS n FROM information_schema.PROCESSLIST WHERE STATE = 'User lock'",
        )
        return Number((rows as { n: number }[])[0]?.n)
      }
      await until(async () => (await waiting()) === AT_ONCE.reading, 'as many wait as may at once')
      await sleep(limitMs * 1.2)
      assert.equal(await waiting(), AT_ONCE.reading)
      for (const lane of ['question', 'heavy'] as const)
        assert.equal((await last.query('SELECT 1 AS one', [], { lane })).length, 1)
    } finally {
      await root.query("SELECT RELEASE_LOCK('held')")
    }
    for (const rows of await Promise.all(done)) assert.equal(Number(rows[0]?.['got']), 1)
    assert.ok(last.waitedMs('reading') > limitMs, `${last.waitedMs('reading')} ms`)
    assert.ok(last.busyMs < limitMs, `${last.busyMs} ms`)
    await Promise.all(sessions.map((session) => session.close()))
  })

  test('a statement that never ends holds its turn no longer than its limit', async () => {
    const sessions = Array.from({ length: AT_ONCE.reading }, () => sessionOf(server(), 'monitor'))
    const stuck = sessions.map((session) =>
      session.query("SELECT GET_LOCK('nobody', 0), SLEEP(20)", [], { timeoutMs: 500 }).then(
        () => assert.fail('it succeeded'),
        (error: Error & { code?: string }) => error.code,
      ),
    )
    const next = sessionOf(server(), 'monitor')
    assert.equal((await next.query('SELECT 1 AS one')).length, 1)
    assert.deepEqual(new Set(await Promise.all(stuck)), new Set(['DBM_TARGET_TIMEOUT']))
    await Promise.all([...sessions, next].map((session) => session.close()))
  })
})
