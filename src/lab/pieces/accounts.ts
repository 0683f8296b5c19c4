/** The least-privilege accounts dbmedic uses on a target, made for one run of the lab with random passwords. */
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

/** A name for each account. Letters, digits and underscores: they stand in statements as they are. */
export type AccountNames = Readonly<Record<keyof TargetAccounts, string>>

/** On a server of our own the names need not differ from run to run. */
const PRIVATE_NAMES: AccountNames = {
  monitor: 'dbm_mon',
  planner: 'dbm_plan',
  executor: 'dbm_exec',
  application: 'shop_app',
  batch: 'shop_batch',
  owner: 'shop_owner',
}

const account = (user: string) => ({ user, password: randomBytes(12).toString('base64url') })

/** What the executor may run here, one action of each family that needs the same privileges. */
const MAY_RUN = ['mysql/create-index', 'mysql/kill-connection', 'mysql/start-replica-applier']
const MAY_RUN_ON_TABLES = ['mysql/analyze-table', 'mysql/rebuild-small-table']

/**
 * Makes the accounts for one application schema. The executor may create and drop indexes, end connections and start an applier;
 * `tables` adds what actions on whole tables need (ANALYZE, ALTER), which a site grants to a second account.
 * A test asks `check` of both servers whether anything is lacking or too much.
 */
export async function makeAccounts(
  server: Pick<PrivateServer, 'flavour' | 'rootUri'>,
  schema: string,
  options: { readonly tables?: boolean; readonly names?: AccountNames } = {},
): Promise<TargetAccounts> {
  const names = options.names ?? PRIVATE_NAMES
  const accounts = {
    monitor: account(names.monitor),
    planner: account(names.planner),
    executor: account(names.executor),
    application: account(names.application),
    batch: account(names.batch),
    owner: account(names.owner),
  }
  const connection = await mysql.createConnection(server.rootUri)
  try {
    for (const { user, password } of Object.values(accounts)) {
      await connection.query(`CREATE USER '${user}'@'%' IDENTIFIED BY '${password}'`)
    }
    const mariadb = server.flavour === 'mariadb'
    const actions = options.tables === true ? [...MAY_RUN, ...MAY_RUN_ON_TABLES] : MAY_RUN
    for (const grant of grants(mariadb, schema, names)) await connection.query(grant)
    for (const grant of executorGrants(mariadb, schema, actions))
      await connection.query(grant.replace('{executor}', `'${names.executor}'@'%'`))
  } finally {
    await connection.end()
  }
  return accounts
}

/** The executor's, filled in but for its name: the very lines `dbmedic check` compares an account with. */
function executorGrants(mariadb: boolean, schema: string, actions: readonly string[]): string[] {
  const own = mariadb ? '[MariaDB] ' : '[MySQL] '
  return grantsFor('mysql', actions)
    .filter((line) => !line.startsWith('[') || line.startsWith(own))
    .map((line) =>
      line
        .replace(/^\[\w+\] /, '')
        .replace('{schema}.{table}', `${schema}.*`)
        .replace('{schema}', schema),
    )
}

/** Of the monitor and the planner, as the remedies of `check` name them one by one; and of the applications. */
function grants(mariadb: boolean, schema: string, names: AccountNames): string[] {
  const { monitor, planner, application, batch, owner } = names
  return [
    `GRANT PROCESS, ${mariadb ? 'SLAVE MONITOR' : 'REPLICATION CLIENT'} ON *.* TO '${monitor}'@'%'`,
    `GRANT SELECT ON performance_schema.* TO '${monitor}'@'%'`,
    `GRANT SELECT ON mysql.innodb_index_stats TO '${monitor}'@'%'`,
    `GRANT SELECT ON mysql.innodb_table_stats TO '${monitor}'@'%'`,
    `GRANT SELECT, EXECUTE ON sys.* TO '${monitor}'@'%'`,
    `GRANT REFERENCES ON ${schema}.* TO '${monitor}'@'%'`,
    `GRANT SELECT, SHOW VIEW ON ${schema}.* TO '${planner}'@'%'`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ${schema}.* TO '${application}'@'%', '${batch}'@'%'`,
    `GRANT ALL PRIVILEGES ON ${schema}.* TO '${owner}'@'%'`,
  ]
}
