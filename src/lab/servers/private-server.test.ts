import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import { onEachServer, onServer } from '../../../test/support/each-server.ts'
import { until } from '../../../test/support/until.ts'
import { DbmedicError } from '../../core/errors.ts'
import { requireServer } from './find-servers.ts'
import { type PrivateServer, preparedDirectory, startMariadb, startServer } from './index.ts'

async function rows(server: PrivateServer, sql: string): Promise<RowDataPacket[]> {
  const connection = await createConnection({ uri: server.rootUri })
  try {
    const results = []
    for (const statement of sql.split(';')) results.push(await connection.query<RowDataPacket[]>(statement))
    return results.at(-1)?.[0] ?? []
  } finally {
    await connection.end()
  }
}

const alive = (pid: number) => existsSync(`/proc/${pid}/stat`) || process.platform !== 'linux'

onEachServer('a private server', ({ flavour, server }) => {
  test('says which server it is, on loopback only, and its pid is the server itself', async () => {
    const [row] = await rows(server(), 'SELECT VERSION() AS version, @@bind_address AS address')
    assert.ok(String(row?.version).startsWith(server().version), row?.version)
    assert.equal(row?.address, '127.0.0.1')
    assert.equal(server().version.includes('MariaDB'), flavour === 'mariadb')
    const pidFile = readFileSync(join(server().dataDir, '../pid'), 'utf8').trim()
    assert.equal(Number(pidFile), server().pid)
  })

  test('has every instrument on', async () => {
    const [mdl] = await rows(
      server(),
      `SELECT ENABLED AS enabled FROM performance_schema.setup_instruments WHERE NAME = 'wait/lock/metadata/sql/mdl'`,
    )
    assert.equal(mdl?.enabled, 'YES')
    const [consumer] = await rows(
      server(),
      `SELECT ENABLED AS enabled FROM performance_schema.setup_consumers WHERE NAME = 'events_transactions_current'`,
    )
    assert.equal(consumer?.enabled, 'YES')
    const [log] = await rows(
      server(),
      'SELECT @@slow_query_log AS slow, @@innodb_print_all_deadlocks AS deadlocks',
    )
    assert.deepEqual({ ...log }, { slow: 1, deadlocks: 1 })
  })

  // A MariaDB that starts deletes every `#sql*` of its temporary folder: error 6 in whoever shares it.
  test('starting leaves the temporary tables of other servers alone', async () => {
    const [folder] = await rows(server(), 'SELECT @@tmpdir AS path')
    assert.equal(folder?.path, join(server().dataDir, '../tmp'))
    const shared = join(tmpdir(), `#sql-temptable-test-${process.pid}.MAI`)
    await writeFile(shared, 'of another server')
    try {
      await server().restart()
      assert.ok(existsSync(shared))
    } finally {
      await rm(shared, { force: true })
    }
  })

  test('writes a slow statement to its slow log', async () => {
    await rows(server(), 'SELECT SLEEP(0.25)')
    // Logged after the answer was sent.
    const isLogged = () => /SELECT SLEEP\(0\.25\)/i.test(readFileSync(server().slowLogPath, 'utf8'))
    await until(isLogged, 'it is in the log')
  })

  test('lets root in by password only', async () => {
    const { port, rootPassword } = server()
    await assert.rejects(createConnection({ host: '127.0.0.1', port, user: 'root', password: '' }), {
      errno: 1045,
    })
    const accounts = await rows(server(), `SELECT Host AS host FROM mysql.user WHERE User = 'root'`)
    assert.deepEqual(accounts.map((row) => row.host).sort(), ['127.0.0.1', 'localhost'])
    assert.ok(rootPassword.length >= 24)
  })

  test('keeps what was committed through a crash and a restart, on the same port', async () => {
    await rows(server(), 'CREATE DATABASE kept; CREATE TABLE kept.t (n INT); INSERT INTO kept.t VALUES (7)')
    const { pid, port } = server()
    await server().kill9()
    assert.equal(alive(pid), false)
    await server().restart()
    assert.notEqual(server().pid, pid)
    assert.equal(server().port, port)
    assert.equal((await rows(server(), 'SELECT n FROM kept.t'))[0]?.n, 7)
    await server().restart()
    assert.equal((await rows(server(), 'SELECT n FROM kept.t'))[0]?.n, 7)
  })

  // MySQL 9.7 under libfaketime 0.9.10 starts slowly and at times not at all within a minute.
  const skip = flavour === 'mysql' && 'MySQL does not start reliably under libfaketime'
  test('with a clock of its own is stepped while it runs, both ways, and alone', { skip }, async () => {
    await using other = await startServer(flavour, { ownClock: true })
    const ahead = async (): Promise<number> => {
      const [row] = await rows(other, 'SELECT UNIX_TIMESTAMP(SYSDATE(6)) AS seconds')
      return Number(row?.seconds) - Date.now() / 1000
    }
    assert.ok(Math.abs(await ahead()) < 60)
    for (const seconds of [3_600, -3_600, 0]) {
      await other.stepClock(seconds)
      await until(async () => Math.abs((await ahead()) - seconds) < 60, `a clock ${seconds} s ahead`)
    }
    await other.stepClock(7_200)
    const [row] = await rows(server(), 'SELECT UNIX_TIMESTAMP() AS seconds')
    assert.ok(Math.abs(Number(row?.seconds) - Date.now() / 1000) < 60)
    await assert.rejects(other.stepClock(86_401), RangeError)
  })

  test('stops by its own pid, twice without harm, and leaves no folder', async () => {
    const other = await startServer(flavour)
    const { pid, dataDir } = other
    await other.stop()
    await other.stop()
    assert.equal(alive(pid), false)
    assert.equal(existsSync(dataDir), false)
    assert.equal(alive(server().pid), true)
    await assert.rejects(other.restart(), /no data left/)
  })
})

onServer(
  'mariadb',
  'a private server as nobody configured it',
  ({ server }) => {
    test('has performance_schema off, but keeps the settings asked for', async () => {
      const [row] = await rows(
        server(),
        'SELECT @@performance_schema AS ps, @@long_query_time AS seconds, @@port AS port',
      )
      assert.deepEqual({ ...row }, { ps: 0, seconds: 3.5, port: server().port })
    })
  },
  { instruments: 'server-default', settings: { 'long-query-time': '3.5', port: '1' } },
)

describe('a server that will not start', () => {
  test('is an error that ends with its own log, and leaves no folder', async () => {
    const before = await ourFolders()
    const started = startMariadb({ settings: { innodb_no_such_setting: '1' } })
    await assert.rejects(started, (error: unknown) => {
      assert.ok(error instanceof DbmedicError)
      assert.equal(error.code, 'DBM_LAB_SERVER_FAILED')
      assert.match(error.message, /mariadb 1\d\.\d+\.\d+-MariaDB .*ended with status \d+/)
      assert.match(error.detail, /unknown variable 'innodb_no_such_setting=1'/)
      return true
    })
    assert.deepEqual(await ourFolders(), before)
  })

  test('is given up after the bound it was given', async () => {
    await assert.rejects(startMariadb({ readyMs: 1 }), /not ready within 1 ms/)
  })
})

describe('the process that started a server', () => {
  const script = `
    import { startMariadb } from ${JSON.stringify(import.meta.resolve('./index.ts'))}
    const server = await startMariadb()
    console.log(JSON.stringify({ pid: server.pid, dataDir: server.dataDir }))
    const timer = setTimeout(() => undefined, 60_000)
    process.on('message', () => { clearTimeout(timer); process.disconnect() })`

  async function owner() {
    const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', script], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    })
    const line = await new Promise<string>((resolve) =>
      child.stdout?.once('data', (data) => resolve(String(data))),
    )
    return { child, ...(JSON.parse(line) as { pid: number; dataDir: string }) }
  }

  async function gone(pid: number): Promise<boolean> {
    for (let i = 0; i < 3_000 && alive(pid); i += 1) await new Promise((resolve) => setTimeout(resolve, 10))
    return !alive(pid)
  }

  for (const ending of ['SIGINT', 'SIGTERM', 'a plain end'] as const) {
    test(`takes the server and its folder with it on ${ending}`, async () => {
      const { child, pid, dataDir } = await owner()
      const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)))
      if (ending === 'a plain end') child.send('end')
      else child.kill(ending)
      assert.equal(await ended, ending === 'a plain end' ? 0 : ending)
      assert.ok(await gone(pid))
      assert.equal(existsSync(dataDir), false)
    })
  }

  test('takes the server with it even when it is killed outright', {
    skip: existsSync('/usr/bin/setpriv') ? false : 'setpriv is not here',
  }, async () => {
    const { child, pid, dataDir } = await owner()
    child.kill('SIGKILL')
    const dead = await gone(pid)
    await rm(join(dataDir, '..'), { recursive: true, force: true })
    assert.ok(dead)
  })
})

describe('prepared data', async () => {
  const cache = await mkdtemp(join(tmpdir(), 'dbmedic-test-cache-'))
  after(() => rm(cache, { recursive: true, force: true }))

  test('is loaded once, copied for each server, and loaded anew when its contents change', async () => {
    const options = { binary: await requireServer('mariadb') }
    const old = process.env.DBMEDIC_CACHE
    process.env.DBMEDIC_CACHE = cache
    try {
      let loads = 0
      const prepare = (contents: string) =>
        preparedDirectory({
          flavour: 'mariadb',
          name: 'shop',
          contents,
          options,
          async load(server) {
            loads += 1
            await rows(server, `CREATE DATABASE shop; CREATE TABLE shop.t AS SELECT ${contents} AS n`)
          },
        })
      const [first, again] = await Promise.all([prepare('1'), prepare('1')])
      assert.equal(first, again)
      assert.equal(loads, 1)
      await using a = await startMariadb({ ...options, dataFrom: first })
      await using b = await startMariadb({ ...options, dataFrom: first })
      await rows(a, 'UPDATE shop.t SET n = 9')
      assert.equal((await rows(b, 'SELECT n FROM shop.t'))[0]?.n, 1)
      assert.notEqual(await prepare('2'), first)
      assert.equal(loads, 2)
    } finally {
      if (old === undefined) delete process.env.DBMEDIC_CACHE
      else process.env.DBMEDIC_CACHE = old
    }
  })
})

async function ourFolders(): Promise<string[]> {
  return (await readdir(tmpdir())).filter((name) => name.startsWith(`dbmedic-${process.pid}-`)).sort()
}
