/** The lab on a server of the user's: what is not its own stays as it was, byte for byte, however a run ends. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import mysql, { type RowDataPacket } from 'mysql2/promise'
import { DbmedicError } from '../../src/core/errors.ts'
import {
  claimStaging,
  loadScenarios,
  type RecordedResult,
  runAll,
  SHOP_SIZE,
  type Staging,
  type StagingAddress,
} from '../../src/lab/index.ts'
import { type PrivateServer, startMariadb } from '../../src/lab/servers/index.ts'

let server: PrivateServer
let root: mysql.Connection

before(async () => {
  server = await startMariadb({ settings: { log_bin: 'ON', server_id: '1' } })
  root = await mysql.createConnection({ uri: server.rootUri, multipleStatements: true })
  await root.query(`CREATE DATABASE shop; CREATE DATABASE dbmediclabother; USE shop;
    CREATE TABLE shop.orders (id INT PRIMARY KEY, v VARCHAR(20), KEY by_v (v)) ENGINE=InnoDB;
    INSERT INTO shop.orders SELECT seq, CONCAT('v', seq % 7) FROM seq_1_to_5000;
    CREATE TABLE dbmediclabother.t (id INT PRIMARY KEY) ENGINE=InnoDB;
    INSERT INTO dbmediclabother.t VALUES (1), (2);
    CREATE USER 'app'@'%' IDENTIFIED BY 'x'; GRANT ALL ON shop.* TO 'app'@'%'`)
})
after(async () => {
  root?.destroy()
  await server?.stop()
})

const address = (change: Partial<StagingAddress> = {}): StagingAddress => ({
  name: 'staging',
  host: server.host,
  port: server.port,
  user: 'root',
  password: server.rootPassword,
  tls: 'disable',
  ...{ caFile: null, certFile: null, keyFile: null, ca: null, cert: null, key: null },
  ...change,
})

const rows = async (sql: string): Promise<RowDataPacket[]> => (await root.query<RowDataPacket[]>(sql))[0]

/** Everything on the server that is not the lab's: schemas, definitions, rows, accounts with their rights, settings. */
async function everything(): Promise<unknown> {
  const tables = await rows(`SELECT table_schema, table_name, create_time FROM information_schema.tables
    WHERE table_schema NOT IN ('information_schema', 'performance_schema', 'mysql', 'sys') ORDER BY 1, 2`)
  const sums = []
  for (const { table_schema, table_name } of tables) {
    sums.push(await rows(`CHECKSUM TABLE ${table_schema}.${table_name} EXTENDED`))
    sums.push(await rows(`SHOW CREATE TABLE ${table_schema}.${table_name}`))
  }
  const settings = await rows('SHOW GLOBAL VARIABLES')
  return {
    schemas: await rows('SHOW DATABASES'),
    tables,
    sums,
    accounts: await rows('SELECT * FROM mysql.global_priv ORDER BY user, host'),
    rights: await rows('SELECT * FROM mysql.db ORDER BY db, user, host'),
    onTables: await rows('SELECT * FROM mysql.tables_priv ORDER BY db, user, host, table_name'),
    settings: settings.filter((s) => !/^(gtid_|timestamp|last_)/.test(String(s['Variable_name']))),
  }
}

interface Made {
  readonly staging: Staging
  readonly announced: string[]
}

async function claimed(): Promise<Made> {
  const announced: string[] = []
  const staging = await claimStaging(address(), {
    announce: (made, drop) => announced.push(`${made}: ${drop}`),
  })
  return { staging, announced }
}

const play = (staging: Staging, names: readonly string[], signal = new AbortController().signal) =>
  runAll({
    names,
    flavours: [staging.flavour],
    staging,
    seeds: [1],
    controlSeconds: 10,
    compare: false,
    earlier: [],
    log: () => undefined,
    say: () => undefined,
    onStart: () => undefined,
    onResult: () => undefined,
    signal,
  })

const failedChecks = (results: readonly RecordedResult[]) =>
  results.flatMap((r) => r.checks.filter((c) => !c.ok).map((c) => `${r.name}: ${c.what}: ${c.found}`))

describe('on a server of the user’s', () => {
  test('faults are found and healed, and everything else stays byte for byte', async () => {
    const earlier = await everything()
    const { staging, announced } = await claimed()
    assert.equal(staging.writesBinaryLog, true)
    const results = await play(staging, ['idle-reader', 'missing-index'])
    assert.deepEqual(failedChecks(results), [])
    assert.equal(results.length, 2)
    assert.ok(results.every((r) => r.ranUnder?.privateServer === false))
    assert.deepEqual(await everything(), earlier)
    assert.deepEqual(staging.leftBehind(), [])
    assert.match(
      announced.join(),
      /schema dbmediclab[0-9a-f]{8} .*DROP DATABASE IF EXISTS dbmediclab[0-9a-f]{8}/,
    )
  })

  test('an interrupted run leaves nothing either', async () => {
    const earlier = await everything()
    const { staging } = await claimed()
    const abort = new AbortController()
    setTimeout(() => abort.abort(), 6_000)
    assert.deepEqual(await play(staging, ['idle-reader'], abort.signal), [])
    assert.deepEqual(await everything(), earlier)
  })

  test('a place that fails while it is made is dropped again', async () => {
    const earlier = await everything()
    const staging = await claimStaging(address(), { announce: () => undefined, drawn: () => 'ab12cd34' })
    const place = await staging.place()
    const [loaded] = await rows(`SELECT SUM(n) AS n FROM (SELECT COUNT(*) AS n FROM ${place.schema}.orders
      UNION ALL SELECT COUNT(*) FROM ${place.schema}.customers UNION ALL SELECT COUNT(*) FROM ${place.schema}.stock) AS c`)
    assert.equal(Number(loaded?.['n']), SHOP_SIZE.rows)
    const again = staging.place()
    await assert.rejects(again, (e: unknown) => e instanceof DbmedicError && /is there/.test(e.message))
    assert.equal((await rows(`SHOW TABLES FROM ${place.schema}`)).length, 3, 'what was there is left alone')
    await place.accounts({ tables: true })
    await assert.rejects(place.accounts({ tables: true }))
    await place.server.stop()
    assert.deepEqual(await everything(), earlier)
  })

  test('names that are there already are refused and left alone', async () => {
    const staging = await claimStaging(address(), { announce: () => undefined, drawn: () => 'other' })
    const earlier = await everything()
    await assert.rejects(
      staging.place(),
      (e: unknown) => e instanceof DbmedicError && e.code === 'DBM_LAB_TARGET_REFUSED',
    )
    assert.deepEqual(await everything(), earlier)
  })

  for (const [title, sql, undo, because] of [
    ['read-only', 'SET GLOBAL read_only = 1', 'SET GLOBAL read_only = 0', /read-only/],
    [
      'a replica',
      "CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = 1, MASTER_USER = 'x', MASTER_PASSWORD = 'x'",
      'RESET SLAVE ALL',
      /replica/,
    ],
  ] as const)
    test(`one that is ${title} is refused`, async () => {
      await root.query(sql)
      try {
        await assert.rejects(claimed(), (e: unknown) => e instanceof DbmedicError && because.test(e.message))
      } finally {
        await root.query(undo)
      }
    })

  test('an account that may not ask, or not log in, is refused, and no password is repeated', async () => {
    for (const change of [{ user: 'app', password: 'x' }, { password: 'hunter2' }])
      await assert.rejects(
        claimStaging(address(change), { announce: () => undefined }),
        (e: unknown) =>
          e instanceof DbmedicError &&
          e.code === 'DBM_LAB_TARGET_REFUSED' &&
          !/hunter2/.test(`${e.message}${e.detail}${e.hint}`),
      )
  })
})

test('a scenario that is marked safe loads no more than it says', async () => {
  const { staging } = await claimed()
  const place = await staging.place()
  try {
    await root.query(`USE ${place.schema}; SET foreign_key_checks = 0`)
    for (const scenario of loadScenarios({ seed: 3 }).filter((s) => s.fault.safe !== null)) {
      if (scenario.setup !== '') await root.query(scenario.setup)
      const tables = await rows(`SELECT table_name AS t FROM information_schema.tables
        WHERE table_schema = '${place.schema}' AND table_name NOT IN ('orders', 'customers', 'stock')`)
      const counts = await Promise.all(tables.map(({ t }) => rows(`SELECT COUNT(*) AS n FROM ${t}`)))
      const loaded = counts.flat().reduce((n, row) => n + Number(row['n']), 0)
      assert.ok(loaded <= (scenario.fault.safe?.rows ?? 0), `${scenario.name} loads ${loaded} rows`)
      for (const { t } of tables) await root.query(`DROP TABLE ${t}`)
    }
  } finally {
    await place.server.stop()
  }
})
