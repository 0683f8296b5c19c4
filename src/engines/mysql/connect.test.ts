import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { onEachServer, onServer } from '../../../test/support/each-server.ts'
import {
  ACCOUNTS,
  addressOf,
  connectAs,
  holdAll,
  PASSWORD,
  prepareTarget,
  sessionOf,
} from '../../../test/support/mysql-target.ts'
import { inTime, until } from '../../../test/support/until.ts'
import type { TargetAddress } from '../../core/engine.ts'
import { DbmedicError } from '../../core/errors.ts'
import type { PrivateServer } from '../../lab/servers/index.ts'
import { createActuator } from './act/actuator.ts'
import { readMysqlOptions } from './config.ts'
import { TargetSession } from './connect.ts'

const SECRET = 'not-the-Password-9'

function sessionTo(address: TargetAddress, password = PASSWORD, user = 'dbm_mon'): TargetSession {
  return new TargetSession({
    address,
    credentials: { user, password },
    purpose: 'monitor',
    options: readMysqlOptions(address),
  })
}

async function failure(work: Promise<unknown>): Promise<DbmedicError> {
  const error = await work.then(
    () => assert.fail('it succeeded'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof DbmedicError, String(error))
  const said = `${error.message} ${error.detail} ${error.hint} ${JSON.stringify(error)} ${String(error.cause)}`
  assert.ok(!said.includes(SECRET) && !said.includes(PASSWORD), 'an error text holds a secret')
  assert.ok(!/\{\w+\}/.test(said), `an error text has an empty place: ${said}`)
  return error
}

/** A port nobody listens on, below those a system gives out by itself: it is still free when the server starts. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000)
    const probe = createServer()
    const isFree = new Promise<boolean>((resolve) => {
      probe.once('error', () => resolve(false))
      probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
    })
    if (await isFree) return port
  }
}

/** A listener that never says anything, as a hanging server or a wrong port. */
async function silentServer(): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer(() => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  return { server, port: address.port }
}

/** A session leaves its target alone for a while after a failure, and is back by itself then. */
const untilAnswers = (session: TargetSession): Promise<void> =>
  until(
    () =>
      session.query('SELECT 1').then(
        () => true,
        () => false,
      ),
    'the session answers again',
  )

onEachServer('a session on a target', ({ server, flavour }) => {
  before(() => prepareTarget(server()))

  test('is guarded before it asks anything: short, read only, in UTC, and it will not wait for locks', async () => {
    const session = sessionOf(server(), 'monitor')
    const limit = flavour === 'mariadb' ? '@@max_statement_time * 1000' : '@@max_execution_time'
    const readOnly = flavour === 'mariadb' ? '@@tx_read_only' : '@@transaction_read_only'
    const [row] = await session.query(
      `SELECT ${limit} AS limit_ms, @@lock_wait_timeout AS lock_wait, @@time_zone AS zone, ${readOnly} AS read_only, @@autocommit AS autocommit`,
    )
    assert.deepEqual(
      [
        Number(row?.['limit_ms']),
        Number(row?.['lock_wait']),
        row?.['zone'],
        Number(row?.['read_only']),
        Number(row?.['autocommit']),
      ],
      [2000, 2, '+00:00', 1, 1],
    )
    await session.close()
  })

  test('says who answers: flavour, comparable version, its own connection id', async () => {
    const session = sessionOf(server(), 'monitor')
    const found = await session.open()
    assert.equal(found.flavour, flavour)
    assert.ok(found.version >= (flavour === 'mariadb' ? 100_600 : 80_000))
    assert.equal(found.account, 'dbm_mon@%')
    const [row] = await session.query('SELECT CONNECTION_ID() AS id')
    assert.equal(String(row?.['id']), found.connectionId)
    await session.close()
  })

  test('binds values at the server and keeps 64-bit integers exact', async () => {
    const session = sessionOf(server(), 'monitor')
    const hostile = `'; DROP TABLE x; -- \\ "`
    const [row] = await session.query('SELECT ? AS given, 18446744073709551615 AS big', [hostile])
    assert.deepEqual([row?.['given'], row?.['big']], [hostile, '18446744073709551615'])
    await session.close()
  })

  test('runs one statement a text and changes nothing', async () => {
    await using root = await connectAs(server())
    await root.query('CREATE TABLE IF NOT EXISTS shop.kept (id INT PRIMARY KEY)')
    await root.query("GRANT INSERT ON shop.kept TO 'dbm_mon'@'%'")
    const session = sessionOf(server(), 'monitor')
    assert.equal((await failure(session.query('SELECT 1; SELECT 2'))).code, 'DBM_TARGET_STATEMENT')
    assert.equal(
      (await failure(session.query('INSERT INTO shop.kept VALUES (1)'))).code,
      'DBM_TARGET_STATEMENT',
    )
    assert.deepEqual((await root.query('SELECT * FROM shop.kept'))[0], [])
    await session.close()
  })

  test('ends a statement at the server’s limit and stays usable', async () => {
    // The client waits so long that it is the server who ends it.
    const session = sessionOf(server(), 'monitor', { statementTimeoutMs: 200, abandonAfterMs: 60_000 })
    const asked = session.query('SELECT SLEEP(300) AS slept').catch((error: unknown) => error)
    const slow = await inTime(asked, 'a statement over its limit')
    // MySQL lets SLEEP end early with 1 instead of an error; either way it is over in time.
    assert.ok(slow instanceof DbmedicError ? slow.code === 'DBM_TARGET_TIMEOUT' : flavour === 'mysql')
    assert.equal((await session.query('SELECT 1 AS one')).length, 1)
    await session.close()
  })

  test('gives a statement up that hangs, destroys the connection and opens another', async () => {
    const session = sessionOf(server(), 'monitor')
    const first = (await session.open()).connectionId
    const hung = session.query('SELECT SLEEP(1.5)', [], { timeoutMs: 150 })
    // Asked before the first has failed, so that nothing but the delay is between them.
    const next = session.query('SELECT 1')
    const [error, refused] = await Promise.all([failure(hung), failure(next)])
    assert.equal(error.code, 'DBM_TARGET_TIMEOUT')
    assert.equal(refused.code, 'DBM_TARGET_TIMEOUT', 'it reconnects at once')
    await untilAnswers(session)
    assert.notEqual(session.server?.connectionId, first)
    await session.close()
  })

  test('names what keeps it out: password, port, name, silence', async () => {
    const address = addressOf(server())
    const { server: silent, port } = await silentServer()
    const cases: readonly (readonly [TargetSession, string])[] = [
      [sessionTo(address, SECRET), 'DBM_TARGET_AUTH'],
      [sessionTo(address, SECRET, 'nobody'), 'DBM_TARGET_AUTH'],
      [sessionTo({ ...address, port: 1 }), 'DBM_TARGET_UNREACHABLE'],
      [sessionTo({ ...address, host: 'no-such-host.invalid' }), 'DBM_TARGET_UNREACHABLE'],
      [sessionTo({ ...address, socketPath: '/nowhere/mysql.sock' }), 'DBM_TARGET_UNREACHABLE'],
      [sessionTo({ ...address, port, connectTimeoutMs: 300 }), 'DBM_TARGET_UNREACHABLE'],
    ]
    for (const [session, code] of cases) {
      assert.equal((await failure(session.open())).code, code)
      await session.close()
    }
    silent.close()
  })

  test('says that the server is full, and keeps the connection it has', async () => {
    await using root = await connectAs(server())
    const session = sessionOf(server(), 'monitor')
    await session.open()
    const [rows] = await root.query('SELECT @@GLOBAL.max_connections AS most')
    const most = (rows as unknown as readonly { most: string }[])[0]?.most ?? '151'
    await root.query('SET GLOBAL max_connections = 10')
    const held = await holdAll(server())
    const late = sessionOf(server(), 'planner')
    assert.equal((await failure(late.open())).code, 'DBM_TARGET_FULL')
    assert.equal((await session.query('SELECT 1 AS one')).length, 1)
    for (const connection of held) connection.destroy()
    await root.query(`SET GLOBAL max_connections = ${Number(most)}`)
    await Promise.all([session.close(), late.close()])
  })

  test('says that the account has used up its connections', async () => {
    await using root = await connectAs(server())
    await root.query("ALTER USER 'dbm_plan'@'%' WITH MAX_USER_CONNECTIONS 1")
    const [first, second] = [sessionOf(server(), 'planner'), sessionOf(server(), 'planner')]
    await first.open()
    assert.equal((await failure(second.open())).code, 'DBM_TARGET_FULL')
    await Promise.all([first.close(), second.close()])
  })

  test('refuses more waiting statements than a bound', async () => {
    const session = sessionOf(server(), 'monitor')
    const results = await Promise.allSettled(Array.from({ length: 100 }, () => session.query('SELECT 1')))
    const refused = results.filter((result) => result.status === 'rejected')
    assert.equal(refused.length, 100 - 64)
    for (const { reason } of refused) assert.equal(reason.code, 'DBM_TARGET_BUSY')
    await session.close()
  })

  test('comes back by itself after the server was killed, with a new connection', async () => {
    const session = sessionOf(server(), 'monitor')
    const first = await session.open()
    await server().kill9()
    assert.ok(
      ['DBM_TARGET_LOST', 'DBM_TARGET_UNREACHABLE'].includes((await failure(session.query('SELECT 1'))).code),
    )
    await server().restart()
    await untilAnswers(session)
    assert.notEqual(session.server, first)
    await session.close()
  })

  test('answers nothing after it was closed', async () => {
    const session = sessionOf(server(), 'monitor')
    await session.open()
    await session.close()
    assert.equal((await failure(session.query('SELECT 1'))).code, 'DBM_TARGET_LOST')
  })
})

const extraPort = await freePort()
onServer(
  'mariadb',
  'a door of its own',
  ({ server }) => {
    before(() => prepareTarget(server()))

    test('lets the monitor in while the server is full', async () => {
      const held = await holdAll(server())
      const without = sessionOf(server(), 'monitor')
      assert.equal((await failure(without.open())).code, 'DBM_TARGET_FULL')
      const session = sessionOf(server(), 'monitor', { adminPort: extraPort })
      assert.equal((await session.query('SELECT 1 AS one')).length, 1)
      for (const connection of held) connection.destroy()
      await Promise.all([session.close(), without.close()])
    })

    test('lets an approved action in, with its watchdog, while the server is full', async () => {
      const held = await holdAll(server())
      const actuator = (options: TargetAddress['options']) =>
        createActuator({ ...addressOf(server()), options }, { user: ACCOUNTS.executor, password: PASSWORD })
      const refused = await failure(actuator({}).open([{ text: 'ANALYZE TABLE shop.orders' }]))
      assert.equal(refused.code, 'DBM_TARGET_FULL')
      assert.match(refused.hint, /adminPort/)
      const session = await actuator({ adminPort: extraPort }).open()
      assert.ok((await session.identity()).known)
      await session.close()
      for (const connection of held) connection.destroy()
    })
  },
  { settings: { max_connections: '10', extra_port: String(extraPort), extra_max_connections: '2' } },
)

onServer('mariadb', 'TLS where the server has none', ({ server }) => {
  before(() => prepareTarget(server()))
  for (const tls of ['require', 'verify-ca', 'verify-full'] as const) {
    test(`${tls} sends no password over a plain connection`, async () => {
      const session = sessionTo({ ...addressOf(server()), host: 'localhost', tls }, SECRET)
      const error = await failure(session.open())
      assert.equal(error.code, 'DBM_TARGET_TLS')
      await session.close()
    })
  }
})

onServer('mysql', 'TLS where the server has a certificate of its own', ({ server }) => {
  before(() => prepareTarget(server()))
  const open = async (change: Partial<TargetAddress>): Promise<TargetSession> => {
    const session = sessionTo({ ...addressOf(server()), host: 'localhost', ...change })
    await session.open().catch(async (error: unknown) => {
      await session.close()
      throw error
    })
    return session
  }
  const caFile = (own: PrivateServer): string => join(own.dataDir, 'ca.pem')

  test('require encrypts', async () => {
    const session = await open({ tls: 'require' })
    const [row] = await session.query("SHOW SESSION STATUS LIKE 'Ssl_cipher'")
    assert.notEqual(row?.['Value'], '')
    await session.close()
  })

  test('verify-ca accepts the certificate of its own authority and no other', async () => {
    const session = await open({ tls: 'verify-ca', caFile: caFile(server()) })
    await session.close()
    assert.equal((await failure(open({ tls: 'verify-ca' }))).code, 'DBM_TARGET_TLS')
  })

  test('verify-full refuses a certificate of another name, an address, and an unreadable authority', async () => {
    const ca = caFile(server())
    assert.equal((await failure(open({ tls: 'verify-full', caFile: ca }))).code, 'DBM_TARGET_TLS')
    assert.equal(
      (await failure(open({ tls: 'verify-full', caFile: ca, host: '127.0.0.1' }))).code,
      'DBM_TARGET_TLS',
    )
    assert.equal(
      (await failure(open({ tls: 'verify-ca', caFile: '/nowhere/ca.pem' }))).code,
      'DBM_TARGET_TLS',
    )
  })

  let strict: TargetSession | undefined
  after(() => strict?.close())
  test('an account that requires TLS is refused without it, and the error says so', async () => {
    await using root = await connectAs(server())
    await root.query('SET GLOBAL require_secure_transport = ON')
    strict = sessionTo(addressOf(server()))
    assert.equal((await failure(strict.open())).code, 'DBM_TARGET_TLS')
  })
})
