/** The least-privilege accounts dbmedic uses on a target, made on a private server with random passwords. */
import { randomBytes } from 'node:crypto'
import mysql from 'mysql2/promise'
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

/**
 * Makes the accounts for one application schema. The executor may create and drop indexes and end connections;
 * `tables` adds what actions on whole tables need (ANALYZE, ALTER), which a site grants to a second account.
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
    for (const grant of grants(server.flavour === 'mariadb', schema)) await connection.query(grant)
    if (options.tables === true)
      await connection.query(`GRANT SELECT, INSERT, ALTER, CREATE ON ${schema}.* TO 'dbm_exec'@'%'`)
  } finally {
    await connection.end()
  }
  return accounts
}

/** Exactly what each account needs; the same lines `dbmedic check` prints. */
function grants(mariadb: boolean, schema: string): string[] {
  return [
    `GRANT PROCESS, ${mariadb ? 'SLAVE MONITOR' : 'REPLICATION CLIENT'} ON *.* TO 'dbm_mon'@'%'`,
    "GRANT SELECT ON performance_schema.* TO 'dbm_mon'@'%'",
    "GRANT SELECT ON mysql.innodb_index_stats TO 'dbm_mon'@'%'",
    "GRANT SELECT ON mysql.innodb_table_stats TO 'dbm_mon'@'%'",
    "GRANT SELECT, EXECUTE ON sys.* TO 'dbm_mon'@'%'",
    `GRANT REFERENCES ON ${schema}.* TO 'dbm_mon'@'%'`,
    `GRANT SELECT ON ${schema}.* TO 'dbm_plan'@'%'`,
    `GRANT PROCESS, ${mariadb ? 'SLAVE MONITOR, CONNECTION ADMIN' : 'REPLICATION CLIENT, CONNECTION_ADMIN'} ON *.* TO 'dbm_exec'@'%'`,
    "GRANT SELECT ON performance_schema.* TO 'dbm_exec'@'%'",
    "GRANT SELECT ON mysql.innodb_index_stats TO 'dbm_exec'@'%'",
    "GRANT SELECT ON mysql.innodb_table_stats TO 'dbm_exec'@'%'",
    "GRANT SELECT, EXECUTE ON sys.* TO 'dbm_exec'@'%'",
    `GRANT REFERENCES, INDEX ON ${schema}.* TO 'dbm_exec'@'%'`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ${schema}.* TO 'shop_app'@'%', 'shop_batch'@'%'`,
    `GRANT ALL PRIVILEGES ON ${schema}.* TO 'shop_owner'@'%'`,
  ]
}
