import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import type { Connection } from 'mysql2/promise'
import { onEachServer } from '../../../../test/support/each-server.ts'
import {
  ACCOUNTS,
  addressOf,
  connectAs,
  PASSWORD,
  prepareTarget,
} from '../../../../test/support/mysql-target.ts'
import { observe } from '../../../../test/support/observe.ts'
import type { CapabilityReport } from '../../../core/observer.ts'
import type { PrivateServer, ServerFlavour } from '../../../lab/servers/index.ts'
import { createMysqlObserver } from '../observer.ts'

type Reports = ReadonlyMap<string, CapabilityReport>

async function reportsOf(
  server: PrivateServer,
  options: Parameters<typeof observe>[1] = {},
): Promise<Reports> {
  const observer = observe(server, options)
  const reports = await observer.capabilities()
  await observer.close()
  for (const one of reports) {
    assert.ok(one.found !== '' && one.consequence !== '', one.id)
    assert.ok(!JSON.stringify(one).includes(PASSWORD), one.id)
    if (one.available === true) assert.deepEqual(one.remedy, [], one.id)
  }
  return new Map(reports.map((one) => [one.id, one]))
}

/** Runs the remedies that are SQL, as a DBA would paste them. */
async function follow(root: Connection, report: CapabilityReport | undefined): Promise<void> {
  const statements = (report?.remedy ?? []).filter((line) => /^(?:GRANT|SET|UPDATE|CREATE) /.test(line))
  assert.ok(statements.length > 0, `${report?.id} names no statement: ${report?.remedy.join(' | ')}`)
  for (const sql of statements) await root.query(sql)
}

/** What a privilege or setting is taken away with; the capability's own remedy must give it back. */
function losses(flavour: ServerFlavour): readonly (readonly [id: string, take: string])[] {
  const from = "FROM 'dbm_mon'@'%'"
  const both: readonly (readonly [string, string])[] = [
    ['process', `REVOKE PROCESS ON *.* ${from}`],
    ['performance-schema-select', `REVOKE SELECT ON performance_schema.* ${from}`],
    ['innodb-statistics', `REVOKE SELECT ON mysql.innodb_index_stats ${from}`],
    ['catalog', `REVOKE REFERENCES ON \`shop\`.* ${from}`],
    ['sys-schema', `REVOKE SELECT, EXECUTE ON sys.* ${from}`],
    ['planner', "REVOKE SELECT ON `shop`.* FROM 'dbm_plan'@'%'"],
    ['planner', "REVOKE SHOW VIEW ON `shop`.* FROM 'dbm_plan'@'%'"],
    [
      'statement-digests',
      "UPDATE performance_schema.setup_consumers SET ENABLED = 'NO' WHERE NAME = 'statements_digest'",
    ],
    [
      'metadata-lock-instrument',
      "UPDATE performance_schema.setup_instruments SET ENABLED = 'NO' WHERE NAME = 'wait/lock/metadata/sql/mdl'",
    ],
    [
      'index-use-instrument',
      "UPDATE performance_schema.setup_instruments SET ENABLED = 'NO' WHERE NAME = 'wait/io/table/sql/handler'",
    ],
    [
      'statement-history',
      "UPDATE performance_schema.setup_consumers SET ENABLED = 'NO' WHERE NAME = 'events_statements_history'",
    ],
    ['slow-log', 'SET GLOBAL slow_query_log = OFF'],
    ['long-query-time', 'SET GLOBAL long_query_time = 10'],
    ['deadlock-log', 'SET GLOBAL innodb_print_all_deadlocks = OFF'],
  ]
  const own: readonly (readonly [string, string])[] =
    flavour === 'mariadb'
      ? [
          ['replication-status', `REVOKE SLAVE MONITOR ON *.* ${from}`],
          ['userstat', 'SET GLOBAL userstat = OFF'],
        ]
      : [
          ['replication-status', `REVOKE REPLICATION CLIENT ON *.* ${from}`],
          ['deadlock-log', 'SET GLOBAL log_error_verbosity = 2'],
        ]
  return [...both, ...own]
}

onEachServer('capabilities', ({ server, flavour }) => {
  before(async () => {
    await prepareTarget(server())
    await using root = await connectAs(server(), undefined, 'shop')
    await root.query('CREATE TABLE orders (id INT PRIMARY KEY, a INT, KEY ka (a)) ENGINE=InnoDB')
    await root.query('CREATE VIEW lively AS SELECT id FROM orders WHERE a > 0')
    await root.query('ANALYZE TABLE orders')
  })

  for (const [id, take] of losses(flavour)) {
    test(`${id} is missed after ${take.slice(0, 60)}, and its own remedy gives it back`, async () => {
      await using root = await connectAs(server())
      await root.query(take)
      const missing = (await reportsOf(server())).get(id)
      assert.equal(missing?.available, false, JSON.stringify(missing))
      await follow(root, missing)
      const found = (await reportsOf(server())).get(id)
      assert.equal(found?.available, true, JSON.stringify(found))
    })
  }

  test('with everything given only what the flavour or this set-up cannot have is missing', async () => {
    const missing = [...(await reportsOf(server())).values()]
      .filter((one) => one.available !== true)
      .map((one) => one.id)
    const expected =
      flavour === 'mariadb'
        ? ['error-counters', 'prepared-statement-figures', 'reserved-connection']
        : ['reserved-connection']
    assert.deepEqual(missing.toSorted(), expected)
  })

  test('accounts and schemas with hostile names are quoted in the remedy, which still works', async () => {
    await using root = await connectAs(server())
    await root.query('CREATE DATABASE `we``ird; DROP`')
    await root.query('CREATE TABLE `we``ird; DROP`.t (id INT PRIMARY KEY) ENGINE=InnoDB')
    await root.query('ANALYZE TABLE `we``ird; DROP`.t')
    await root.query("CREATE USER 'o''brien`'@'%' IDENTIFIED BY 'Only-for-tests-1'")
    await root.query("GRANT SELECT ON mysql.innodb_table_stats TO 'o''brien`'@'%'")
    const read = async (): Promise<Reports> => {
      const monitor = { user: "o'brien`", password: PASSWORD }
      const observer = createMysqlObserver({ address: addressOf(server()), monitor, planner: null })
      const reports = await observer.capabilities()
      await observer.close()
      return new Map(reports.map((one) => [one.id, one]))
    }
    const missing = (await read()).get('catalog')
    assert.equal(missing?.available, false)
    assert.ok(
      missing.remedy.includes("GRANT REFERENCES ON `we``ird; DROP`.* TO `o'brien```@`%`"),
      missing.remedy.join(' | '),
    )
    await follow(root, missing)
    assert.equal((await read()).get('catalog')?.available, true)
    await root.query('DROP DATABASE `we``ird; DROP`')
  })

  test('a schema whose name is never put into a statement hides nothing about the others', async () => {
    await using root = await connectAs(server())
    await root.query('CREATE DATABASE `a\u0007`')
    await root.query('CREATE TABLE `a\u0007`.t (id INT PRIMARY KEY) ENGINE=InnoDB')
    await root.query('ANALYZE TABLE `a\u0007`.t')
    const reports = await reportsOf(server())
    assert.equal(reports.get('planner')?.available, true)
    const catalog = reports.get('catalog')
    assert.equal(catalog?.available, false)
    assert.deepEqual(catalog.remedy, [])
    await root.query('DROP DATABASE `a\u0007`')
  })

  test('no planner is missing with the statements that make one', async () => {
    const monitor = { user: ACCOUNTS.monitor, password: PASSWORD }
    const observer = createMysqlObserver({ address: addressOf(server()), monitor, planner: null })
    const planner = (await observer.capabilities()).find((one) => one.id === 'planner')
    assert.ok(planner?.available === false && planner.remedy.some((line) => line.startsWith('CREATE USER')))
    assert.ok(planner.remedy.includes('GRANT SELECT, SHOW VIEW ON `shop`.* TO `dbm_plan`@`%`'))
    await observer.close()
  })

  test('a slow log this process cannot read is said to be written but not read', async () => {
    const readable = (await reportsOf(server(), { slowLogFile: '/nowhere/slow.log' })).get(
      'slow-log-readable',
    )
    assert.ok(readable?.available === false && readable.found.includes('/nowhere/slow.log'))
  })

  test('what cannot be found out is neither there nor missing', async () => {
    await using root = await connectAs(server())
    await root.query("REVOKE SELECT ON performance_schema.* FROM 'dbm_mon'@'%'")
    await root.query("REVOKE SELECT ON mysql.innodb_table_stats FROM 'dbm_mon'@'%'")
    const reports = await reportsOf(server())
    assert.deepEqual(
      [reports.get('statement-digests')?.available, reports.get('catalog')?.available],
      [null, null],
    )
    await root.query("GRANT SELECT ON performance_schema.* TO 'dbm_mon'@'%'")
    await root.query("GRANT SELECT ON mysql.innodb_table_stats TO 'dbm_mon'@'%'")
  })

  test('a target that cannot be reached has one report, with the reason and the next step', async () => {
    const address = { ...addressOf(server()), port: 1 }
    const observer = createMysqlObserver({
      address,
      monitor: { user: 'x', password: PASSWORD },
      planner: null,
    })
    const reports = await observer.capabilities()
    assert.deepEqual(
      reports.map((one) => [one.id, one.available, one.remedy.length]),
      [['connection', false, 1]],
    )
    await observer.close()
  })
})

onEachServer(
  'capabilities of a server nobody configured',
  ({ server, flavour }) => {
    before(() => prepareTarget(server()))
    test('name each default that hides something, and what my.cnf needs', async () => {
      const reports = await reportsOf(server())
      const off = (id: string): readonly string[] | null => {
        const found = reports.get(id)
        return found?.available === false ? found.remedy : null
      }
      if (flavour === 'mysql') {
        assert.ok(off('slow-log') && off('deadlock-log'))
        assert.equal(reports.get('performance-schema')?.available, true)
        return
      }
      assert.deepEqual(off('performance-schema'), [
        'my.cnf, [mysqld]: performance_schema=ON',
        'restart the server',
      ])
      assert.deepEqual(off('metadata-lock-instrument'), [
        "my.cnf, [mysqld]: performance-schema-instrument='wait/lock/metadata/sql/mdl=ON'",
      ])
      assert.ok(
        off('statement-digests') &&
          off('statement-history') &&
          off('slow-log') &&
          off('deadlock-log') &&
          off('userstat'),
      )
    })
  },
  { instruments: 'server-default' },
)
