/** The least-privilege accounts dbmedic uses on a target, made on a private server with random passwords. */
import { randomBytes } from 'node:crypto'
import mysql from 'mysql2/promise'
import { grantsFor } from '../../app/index.ts'
import type { PrivateServer } from '../servers/index.ts'

/** The accounts with their passwords, which live in this process only. */
export interface TargetAccounts {
  readonly monitor: { readonly user: string; readonly password: string }
  readonly planner: { readonly user: string; readonly password: string }
  readonly executor: { readonly user: string; readonly password: string }
  /** An application's own account. */
  readonly application: { readonly user: string; readonly password: string }
  /** A second application, which can be at fault alone. */
  readonly batch: { readonly user: string; readonly password: string }
  /** Who owns the schema: deploys, loads and deletes in bulk. */
  readonly owner: { readonly user: string; readonly password: string }
}

const account = (user: string) => ({ user, password: randomBytes(12).toString('base64url') })

/** What the executor may run here, one action of each family that needs the same privileges. */
const MAY_RUN = ['mysql/create-index', 'mysql/kill-connection']
const MAY_RUN_ON_TABLES = ['mysql/analyze-table', 'mysql/rebuild-small-table']

/**
 * Makes the accounts for one application schema. The executor may create and drop indexes and end connections;
 * `tables` adds what actions on whole tables need (ANALYZE, ALTER), which a site grants to a second account.
 * A test asks `check` of both servers whether anything is lacking or too much.
 */
export async function makeAccounts(
  server: PrivateServer,
  schema: string,
  options: { readonly tables?: boolean } = {},
): Promise<TargetAccounts> {
  const accounts = {
    monitor: account('dbm_mon'),
    planner: account('dbm_plan'),
    executor: account('dbm_exec'),
    application: account('shop_app'),
    batch: account('shop_batch'),
    owner: account('shop_owner'),
  }
  const connection = await mysql.createConnection(server.rootUri)
  try {
    for (const { user, password } of Object.values(accounts)) {
      await connection.query(`CREATE USER '${user}'@'%' IDENTIFIED BY '${password}'`)
    }
    const mariadb = server.flavour === 'mariadb'
    const actions = options.tables === true ? [...MAY_RUN, ...MAY_RUN_ON_TABLES] : MAY_RUN
    for (const grant of grants(mariadb, schema)) await connection.query(grant)
    for (const grant of executorGrants(mariadb, schema, actions)) await connection.query(grant)
  } finally {
    await connection.end()
  }
  return accounts
}

/** The executor's, filled in: the very lines `dbmedic check` compares an account with. */
function executorGrants(mariadb: boolean, schema: string, actions: readonly string[]): string[] {
  const own = mariadb ? '[MariaDB] ' : '[MySQL] '
  return grantsFor('mysql', actions)
    .filter((line) => !line.startsWith('[') || line.startsWith(own))
    .map((line) =>
      line
        .replace(/^\[\w+\] /, '')
        .replace('{schema}.{table}', `${schema}.*`)
        .replace('{schema}', schema)
        .replace('{executor}', "'dbm_exec'@'%'"),
    )
}

/** Of the monitor and the planner, as the remedies of `check` name them one by one; and of the applications. */
function grants(mariadb: boolean, schema: string): string[] {
  return [
    `GRANT PROCESS, ${mariadb ? 'SLAVE MONITOR' : 'REPLICATION CLIENT'} ON *.* TO 'dbm_mon'@'%'`,
    "GRANT SELECT ON performance_schema.* TO 'dbm_mon'@'%'",
    "GRANT SELECT ON mysql.innodb_index_stats TO 'dbm_mon'@'%'",
    "GRANT SELECT ON mysql.innodb_table_stats TO 'dbm_mon'@'%'",
    "GRANT SELECT, EXECUTE ON sys.* TO 'dbm_mon'@'%'",
    `GRANT REFERENCES ON ${schema}.* TO 'dbm_mon'@'%'`,
    `GRANT SELECT ON ${schema}.* TO 'dbm_plan'@'%'`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ${schema}.* TO 'shop_app'@'%', 'shop_batch'@'%'`,
    `GRANT ALL PRIVILEGES ON ${schema}.* TO 'shop_owner'@'%'`,
  ]
}
