/**
 * A private server as a target: the accounts of `dbmedic check` with exactly their grants, guarded sessions for
 * them, and plain connections that play the application.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import mysql, { type Connection } from 'mysql2/promise'
import type { TargetAddress } from '../../src/core/engine.ts'
import { readMysqlOptions } from '../../src/engines/mysql/config.ts'
import { TargetSession } from '../../src/engines/mysql/connect.ts'
import { readIdentity } from '../../src/engines/mysql/questions/identity.ts'
import type { Collected, QuestionContext } from '../../src/engines/mysql/questions/question.ts'
import type { SessionPurpose } from '../../src/engines/mysql/session-guards.ts'
import { SampleBook } from '../../src/engines/mysql/statement-samples.ts'
import type { PrivateServer } from '../../src/lab/servers/index.ts'

/** Password of every account made here; the servers are private and short-lived. */
export const PASSWORD = 'Only-for-tests-1'

/** Accounts by what they are for. */
export const ACCOUNTS = { monitor: 'dbm_mon', planner: 'dbm_plan', executor: 'dbm_act' } as const

/** The application's own account. */
export const APP = 'app'

/** The grants of each account for one application schema. */
function grants(server: PrivateServer, schema: string): readonly string[] {
  const isMaria = server.flavour === 'mariadb'
  const { monitor, planner, executor } = ACCOUNTS
  const seesIdentityOf = (user: string): readonly string[] => [
    `GRANT PROCESS ON *.* TO '${user}'@'%'`,
    `GRANT SELECT ON performance_schema.* TO '${user}'@'%'`,
    `GRANT SELECT ON mysql.innodb_index_stats TO '${user}'@'%'`,
    `GRANT SELECT ON mysql.innodb_table_stats TO '${user}'@'%'`,
    `GRANT ${isMaria ? 'SLAVE MONITOR, BINLOG MONITOR' : 'REPLICATION CLIENT'} ON *.* TO '${user}'@'%'`,
  ]
  return [
    ...seesIdentityOf(monitor),
    ...seesIdentityOf(executor),
    `GRANT SELECT, EXECUTE ON sys.* TO '${monitor}'@'%'`,
    `GRANT REFERENCES ON \`${schema}\`.* TO '${monitor}'@'%'`,
    `GRANT SELECT, SHOW VIEW ON \`${schema}\`.* TO '${planner}'@'%'`,
    `GRANT ALL ON \`${schema}\`.* TO '${APP}'@'%'`,
    `GRANT INDEX, ALTER, REFERENCES, SELECT, INSERT ON \`${schema}\`.* TO '${executor}'@'%'`,
    `GRANT ${isMaria ? 'CONNECTION ADMIN' : 'CONNECTION_ADMIN, SYSTEM_VARIABLES_ADMIN'} ON *.* TO '${executor}'@'%'`,
  ]
}

/** Creates the schema and the accounts. */
export async function prepareTarget(server: PrivateServer, schema = 'shop'): Promise<void> {
  await using root = await connectAs(server)
  const users = [...Object.values(ACCOUNTS), APP].map(
    (user) => `CREATE USER '${user}'@'%' IDENTIFIED BY '${PASSWORD}'`,
  )
  for (const sql of [`CREATE DATABASE \`${schema}\``, ...users, ...grants(server, schema)])
    await root.query(sql)
}

/** A plain connection: root's without a user, else one of `ACCOUNTS` or `APP`. Ends with its block. */
export async function connectAs(
  server: PrivateServer,
  user?: string,
  database?: string,
): Promise<Connection & AsyncDisposable> {
  const connection = await mysql.createConnection({
    host: server.host,
    port: server.port,
    user: user ?? 'root',
    password: user === undefined ? server.rootPassword : PASSWORD,
    ...(database === undefined ? {} : { database }),
    multipleStatements: false,
    dateStrings: true,
    supportBigNumbers: true,
    bigNumberStrings: true,
  })
  connection.on('error', () => undefined)
  const dispose = async (): Promise<void> => connection.destroy()
  return Object.assign(connection, { [Symbol.asyncDispose]: dispose })
}

/** Refusals in a row, 100 ms apart, after which a server is full rather than still closing what others left. */
const REFUSALS = 10

/** Connections of the application until the server takes no more for a second. */
export async function holdAll(server: PrivateServer): Promise<Awaited<ReturnType<typeof connectAs>>[]> {
  const held: Awaited<ReturnType<typeof connectAs>>[] = []
  for (let refused = 0; refused < REFUSALS; ) {
    const next = await connectAs(server, APP).catch(() => null)
    if (next === null) {
      refused += 1
      await sleep(100)
    } else {
      refused = 0
      held.push(next)
    }
  }
  return held
}

/** The target as an engine is given it. */
export function addressOf(
  server: Pick<PrivateServer, 'host' | 'port'>,
  options: TargetAddress['options'] = {},
): TargetAddress {
  return {
    targetId: 1,
    name: 'test',
    host: server.host,
    port: server.port,
    socketPath: null,
    tls: 'disable',
    caFile: null,
    certFile: null,
    keyFile: null,
    connectTimeoutMs: 5_000,
    options,
  }
}

/** A guarded session of one of the accounts. */
export function sessionOf(
  server: PrivateServer,
  purpose: SessionPurpose,
  options: TargetAddress['options'] = {},
): TargetSession {
  const address = addressOf(server, options)
  const credentials = { user: ACCOUNTS[purpose], password: PASSWORD }
  return new TargetSession({ address, credentials, purpose, options: readMysqlOptions(address) })
}

/** Nothing collected yet. */
export const NOTHING_COLLECTED: Collected = {
  activity: () => [],
  connections: () => null,
  status: () => [],
  statements: () => [],
  catalog: () => null,
  pace: 1,
}

/** What the questions of an observer work with, over sessions the caller closes. */
export function contextOf(
  sessions: { readonly monitor: TargetSession; readonly planner?: TargetSession },
  more: Partial<QuestionContext> = {},
): QuestionContext {
  return {
    reader: sessions.monitor,
    planner: sessions.planner ?? null,
    mayAnalyse: false,
    identity: async () => ({
      known: true,
      value: await readIdentity(sessions.monitor),
      at: '2026-01-01T00:00:00.000000Z',
      source: 'test',
    }),
    samples: new SampleBook(),
    collected: NOTHING_COLLECTED,
    ownUsers: Object.values(ACCOUNTS),
    backupUsers: [],
    ...more,
  }
}
