/**
 * For each action a scene on a real server in which it may run: what is set up, the parameters, what the policy must
 * say, and how the state it changes is read, so that undoing can be compared with the start.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Json } from '../../src/core/canonical.ts'
import type { Ask } from '../../src/core/observer.ts'
import type { MysqlQuestions } from '../../src/engines/mysql/shapes.ts'
import { newTable, type Scene, type Standing } from './action-scene.ts'
import { SESSION_SCENES } from './action-scenes-sessions.ts'
import { type ActionWorld, SCHEMA } from './action-world.ts'
import { APP } from './mysql-target.ts'

const GIB = 1024 ** 3
const DAY_MS = 86_400_000

const ONLY_MYSQL = { mariadb: 'MariaDB has no such statement or variable' }
const ONLY_MARIADB = { mysql: 'MySQL has no such statement or variable' }

const tableState = (world: ActionWorld, name: string) => async () =>
  Object.values((await world.rows(`SHOW CREATE TABLE ${SCHEMA}.${name}`))[0] ?? {})[1]

const onTable = (name: string) => ({ schema: SCHEMA, table: name })
const column = (name: string): Json => ({ column: name, prefix: null, direction: 'ASC' })

function tableScene(
  action: string,
  words: string,
  more: (world: ActionWorld, name: string) => Promise<Partial<Standing>>,
  not?: Scene['not'],
): Scene {
  return {
    action,
    words,
    ...(not === undefined ? {} : { not }),
    play: async (world) => {
      const name = await newTable(world)
      const standing = await more(world, name)
      return {
        state: tableState(world, name),
        names: [SCHEMA, name],
        ...standing,
        given: { table: onTable(name), ...standing.given },
      }
    },
  }
}

const hide = (world: ActionWorld, name: string) =>
  world.root.query(
    `ALTER TABLE ${SCHEMA}.${name} ALTER INDEX by_customer ${world.isMariadb ? 'IGNORED' : 'INVISIBLE'}`,
  )

/** Hides the index as if it had been days ago. MySQL notes the session's clock; MariaDB's file times cannot be set. */
async function hideDaysAgo(world: ActionWorld, name: string, days: number): Promise<string> {
  const then = new Date(Date.now() - days * DAY_MS)
  if (!world.isMariadb) await world.root.query(`SET timestamp = ${then.getTime() / 1000}`)
  await hide(world, name)
  await world.root.query('SET timestamp = DEFAULT')
  return then.toISOString()
}

/** Columns with statistics: histograms (MySQL) or rows of mysql.column_stats. */
const columnState = (world: ActionWorld, name: string) => async () =>
  (
    await world.rows(
      world.isMariadb
        ? `SELECT column_name AS c FROM mysql.column_stats WHERE table_name='${name}' ORDER BY 1`
        : `SELECT COLUMN_NAME AS c FROM information_schema.COLUMN_STATISTICS WHERE TABLE_NAME='${name}' ORDER BY 1`,
    )
  ).map((row) => row['c'])

/** Answers with the table last altered then. */
const altered = (ask: Ask<MysqlQuestions>, createdAt: string): Ask<MysqlQuestions> =>
  (async (kind, params) => {
    const reading = await ask(kind, params)
    if (kind !== 'table' || !reading.known || reading.value === null) return reading
    return { ...reading, value: { ...(reading.value as object), createdAt } }
  }) as Ask<MysqlQuestions>

/** Answers with the table grown to 3 GiB: filling one takes minutes, and the statement is the same. */
const grown = (ask: Ask<MysqlQuestions>): Ask<MysqlQuestions> =>
  (async (kind, params) => {
    const reading = await ask(kind, params)
    if (kind !== 'table' || !reading.known || reading.value === null) return reading
    return { ...reading, value: { ...(reading.value as object), dataBytes: 3 * GIB } }
  }) as Ask<MysqlQuestions>

const TABLE_SCENES: readonly Scene[] = [
  tableScene('mysql/analyze-table', 'ANALYZE NO_WRITE_TO_BINLOG TABLE', async (world, name) => {
    await world.root.query(
      `UPDATE mysql.innodb_table_stats SET last_update='2020-01-01' WHERE table_name='${name}'`,
    )
    await world.root.query(`FLUSH TABLE ${SCHEMA}.${name}`)
    return {}
  }),
  tableScene(
    'mysql/analyze-histogram',
    'ANALYZE NO_WRITE_TO_BINLOG TABLE',
    async (world, name) => ({
      given: { columns: [column('customer'), column('placed')], buckets: 16 },
      names: [SCHEMA, name, 'customer', 'placed'],
      state: columnState(world, name),
    }),
    ONLY_MYSQL,
  ),
  tableScene(
    'mysql/drop-histogram',
    'ANALYZE NO_WRITE_TO_BINLOG TABLE',
    async (world, name) => {
      await world.root.query(`ANALYZE TABLE ${SCHEMA}.${name} UPDATE HISTOGRAM ON customer WITH 8 BUCKETS`)
      return {
        given: { columns: [column('customer')] },
        names: [SCHEMA, name, 'customer'],
        state: columnState(world, name),
      }
    },
    ONLY_MYSQL,
  ),
  tableScene(
    'mysql/analyze-persistent',
    'ANALYZE NO_WRITE_TO_BINLOG TABLE',
    async (world, name) => ({
      given: { columns: [column('customer')] },
      names: [SCHEMA, name, 'customer'],
      state: columnState(world, name),
    }),
    ONLY_MARIADB,
  ),
  tableScene('mysql/set-statistics-options', 'ALTER TABLE', async (world, name) => {
    await world.root.query(`ALTER TABLE ${SCHEMA}.${name} STATS_SAMPLE_PAGES=33`)
    return { given: { samplePages: 100 } }
  }),
  tableScene('mysql/create-index', 'CREATE INDEX', async () => ({
    given: {
      columns: [column('placed'), { column: 'note', prefix: 10, direction: 'DESC' }],
    },
  })),
  tableScene('mysql/create-hidden-index', 'CREATE INDEX', async () => ({
    given: { columns: [column('placed')] },
  })),
  tableScene('mysql/hide-index', 'ALTER TABLE', async () => ({ given: { index: 'by_customer' } })),
  tableScene('mysql/show-index', 'ALTER TABLE', async (world, name) => {
    await hide(world, name)
    return { given: { index: 'by_customer' } }
  }),
  tableScene('mysql/drop-index', 'DROP INDEX', async (world, name) => {
    const since = await hideDaysAgo(world, name, 8)
    return {
      ...(world.isMariadb ? { wrap: (ask) => altered(ask, since) } : {}),
      given: { index: 'by_customer' },
      policy: { hiddenIndexes: [{ schema: SCHEMA, table: name, index: 'by_customer', since }] },
    }
  }),
  tableScene('mysql/rebuild-small-table', 'ALTER TABLE', async (world, name) => {
    await world.root.query(`DELETE FROM ${SCHEMA}.${name} WHERE id > 500`)
    return {}
  }),
  tableScene('mysql/rebuild-large-table', 'ALTER TABLE', async () => ({
    policy: { insideChangeWindow: true },
    wrap: grown,
  })),
]

/** A setting: the variables it changes, its value, and what must be set beforehand. */
function settingScene(
  action: string,
  variables: readonly string[],
  given: { readonly [name: string]: Json },
  more: { readonly not?: Scene['not']; readonly before?: string; readonly after?: string } = {},
): Scene {
  return {
    action,
    words: 'SET GLOBAL',
    ...(more.not === undefined ? {} : { not: more.not }),
    play: async (world) => {
      if (more.before !== undefined) await world.root.query(more.before)
      const names = variables.map((item) => `'${item}'`).join(', ')
      return {
        given,
        names: [],
        state: () => world.rows(`SHOW GLOBAL VARIABLES WHERE Variable_name IN (${names})`),
        ...(more.after === undefined ? {} : { tidy: () => world.root.query(String(more.after)) }),
      }
    },
  }
}

const SETTING_SCENES: readonly Scene[] = [
  settingScene('mysql/set-long-query-time', ['long_query_time'], { threshold: '0.75' }),
  settingScene('mysql/turn-slow-log-on', ['slow_query_log'], {}, { before: 'SET GLOBAL slow_query_log=OFF' }),
  settingScene('mysql/turn-slow-log-off', ['slow_query_log'], {}, { before: 'SET GLOBAL slow_query_log=ON' }),
  settingScene(
    'mysql/print-all-deadlocks',
    ['innodb_print_all_deadlocks'],
    {},
    { before: 'SET GLOBAL innodb_print_all_deadlocks=OFF' },
  ),
  settingScene(
    'mysql/print-all-deadlocks-off',
    ['innodb_print_all_deadlocks'],
    {},
    { before: 'SET GLOBAL innodb_print_all_deadlocks=ON' },
  ),
  settingScene('mysql/set-error-verbosity', ['log_error_verbosity'], { verbosity: 2 }, { not: ONLY_MYSQL }),
  settingScene('mysql/raise-max-connections', ['max_connections'], { connections: 200 }),
  settingScene('mysql/lower-max-connections', ['max_connections'], { connections: 100 }),
  settingScene('mysql/set-innodb-lock-wait-timeout', ['innodb_lock_wait_timeout'], { seconds: 20 }),
  settingScene('mysql/set-wait-timeout', ['wait_timeout'], { seconds: 3_600 }),
  settingScene(
    'mysql/set-idle-transaction-timeout',
    ['idle_transaction_timeout'],
    { seconds: 600 },
    { not: ONLY_MARIADB },
  ),
  settingScene('mysql/set-statement-limit', ['max_statement_time', 'max_execution_time'], { seconds: 90 }),
  settingScene('mysql/set-buffer-pool-size', ['innodb_buffer_pool_size'], { bytes: 268_435_456 }),
  settingScene('mysql/set-temporary-table-sizes', ['tmp_table_size', 'max_heap_table_size'], {
    bytes: 33_554_432,
  }),
  settingScene('mysql/set-table-cache', ['table_open_cache'], { tables: 1_500 }),
  settingScene('mysql/set-io-capacity', ['innodb_io_capacity'], { pages: 400 }),
]

function instrumentScene(action: string, startsOn: boolean): Scene {
  const word = startsOn ? 'YES' : 'NO'
  return {
    action,
    words: 'UPDATE PERFORMANCE_SCHEMA',
    play: async (world) => {
      const where = "WHERE NAME='wait/lock/metadata/sql/mdl'"
      await world.root.query(
        `UPDATE performance_schema.setup_instruments SET ENABLED='${word}', TIMED='${word}' ${where}`,
      )
      return {
        given: {},
        names: [],
        state: () => world.rows(`SELECT ENABLED, TIMED FROM performance_schema.setup_instruments ${where}`),
      }
    },
  }
}

const OTHER_SCENES: readonly Scene[] = [
  instrumentScene('mysql/enable-metadata-lock-instrument', false),
  instrumentScene('mysql/disable-metadata-lock-instrument', true),
  {
    action: 'mysql/set-user-connection-limit',
    words: 'ALTER USER',
    play: async (world) => ({
      given: { account: { user: APP, host: '%' }, connections: 40 },
      names: [APP, '%'],
      state: () => world.rows(`SELECT max_user_connections AS n FROM mysql.user WHERE User='${APP}'`),
    }),
  },
  {
    action: 'mysql/purge-binary-logs',
    words: 'PURGE BINARY LOGS BEFORE',
    play: async (world) => {
      const [oldest] = await world.rows('SHOW BINARY LOGS')
      const name = String(oldest?.['Log_name'])
      await world.root.query('FLUSH BINARY LOGS')
      const long = new Date(Date.now() - 5 * DAY_MS)
      await utimes(join(world.server.dataDir, name), long, long)
      return {
        given: {
          before: new Date(Date.now() - 4 * DAY_MS).toISOString(),
          oldestLog: Number(/\d+$/.exec(name)?.[0]),
        },
        names: [],
        state: async () => null,
      }
    },
  },
  {
    action: 'mysql/start-replica-applier',
    words: 'START REPLICA SQL_THREAD',
    play: async (world) => {
      await world.root.query(
        world.isMariadb
          ? "CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT=1, MASTER_USER='nobody'"
          : "CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT=1, SOURCE_USER='nobody'",
      )
      return {
        given: {},
        names: [],
        state: async () => {
          const [row] = await world.rows('SHOW REPLICA STATUS')
          return row?.['Replica_SQL_Running'] ?? row?.['Slave_SQL_Running']
        },
        tidy: async () => {
          await world.root.query('STOP REPLICA SQL_THREAD')
          await world.root.query('RESET REPLICA ALL')
        },
      }
    },
  },
]

/** A folder of two files, of which the first is on record; the second makes a table with an index. */
const MIGRATION_SCENE: Scene = {
  action: 'mysql/apply-migration',
  words: 'CREATE TABLE|CREATE INDEX|INSERT INTO',
  play: async (world) => {
    const folder = mkdtempSync(join(tmpdir(), 'dbmedic-migrations-'))
    const first = 'CREATE TABLE `migrated_first` (`id` INT PRIMARY KEY);'
    writeFileSync(join(folder, '0001_first.sql'), first)
    writeFileSync(
      join(folder, '0002_second.sql'),
      '-- the second\nCREATE TABLE `migrated_second` (`id` INT PRIMARY KEY, `note` VARCHAR(20));\nCREATE INDEX `by_note` ON `migrated_second` (`note`);\n',
    )
    await world.root.query(
      `CREATE TABLE ${SCHEMA}.migrated (name VARCHAR(120) PRIMARY KEY, checksum CHAR(64) NOT NULL)`,
    )
    await world.root.query(`CREATE TABLE ${SCHEMA}.migrated_first (id INT PRIMARY KEY)`)
    await world.root.query(`INSERT INTO ${SCHEMA}.migrated VALUES ('0001_first.sql', SHA2(?, 256))`, [first])
    return {
      given: { recorded: 1, files: 1 },
      options: { migrationsFolder: folder, migrationsSchema: SCHEMA, migrationsTable: 'migrated' },
      names: [SCHEMA, 'migrated', 'migrated_second', 'id', 'note', 'by_note'],
      state: () => world.rows(`SELECT name FROM ${SCHEMA}.migrated ORDER BY name`),
      tidy: async () => rmSync(folder, { recursive: true, force: true }),
    }
  },
}

/** A scene for every action of the catalogue. */
export const SCENES: readonly Scene[] = [
  ...TABLE_SCENES,
  ...SESSION_SCENES,
  ...SETTING_SCENES,
  ...OTHER_SCENES,
  MIGRATION_SCENE,
]
