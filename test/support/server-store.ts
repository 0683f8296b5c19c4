/** A store on a private server of the MySQL family: its database, its schema, and one account a role. */
import { randomBytes } from 'node:crypto'
import mysql from 'mysql2/promise'
import type { Config } from '../../src/app/index.ts'
import type { PrivateServer } from '../../src/lab/servers/index.ts'
import {
  type AccountOptions,
  ownerAccount,
  ownerStatements,
  roleStatements,
  runStatements,
} from '../../src/store/accounts/grants.ts'
import { up } from '../../src/store/migrate.ts'
import { ACCOUNT_ROLES } from '../../src/store/schema/access.ts'
import { mysqlSession } from '../../src/store/session.ts'

/** What a configuration says of such a store. */
export type ServerStore = Pick<Config, 'store' | 'storeAccounts'>

/** Makes the store. Passwords go into variables of this process, which the executors it starts inherit. */
export async function makeServerStore(server: PrivateServer): Promise<ServerStore> {
  const entries = ACCOUNT_ROLES.map((role) => [role, randomBytes(12).toString('hex')] as const)
  const accounts: AccountOptions = {
    database: 'dbmedic',
    host: '%',
    passwords: Object.fromEntries(entries),
    requireTls: false,
  }
  const root = await mysql.createConnection({ uri: server.rootUri, charset: 'utf8mb4', dateStrings: true })
  try {
    await root.query('CREATE DATABASE dbmedic CHARACTER SET utf8mb4 COLLATE utf8mb4_bin')
    await root.query('USE dbmedic')
    const session = mysqlSession(root)
    await runStatements(session, ownerStatements(accounts))
    await up(session, { definer: ownerAccount(accounts) })
    await runStatements(session, roleStatements(accounts))
  } finally {
    await root.end()
  }
  const storeAccounts: Config['storeAccounts'] = {}
  for (const [role, password] of entries) {
    if (role === 'retention') continue
    const variable = `DBM_TEST_STORE_${server.port}_${role.toUpperCase()}`
    process.env[variable] = password
    storeAccounts[role] = { user: `dbmedic_${role}`, password: `env:${variable}` }
  }
  return { store: `mysql://${server.host}:${server.port}/dbmedic`, storeAccounts }
}
