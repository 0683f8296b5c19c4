/** Throw-away stores, migrated and with every role's account, for the tests of the schema. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import Database from 'better-sqlite3'
import mysql, { type Connection } from 'mysql2/promise'
import { findServer, isAvailable, type PrivateServer, startServer } from '../../../src/lab/servers/index.ts'
import {
  type AccountOptions,
  ownerAccount,
  ownerStatements,
  roleStatements,
  runStatements,
} from '../../../src/store/accounts/grants.ts'
import { up } from '../../../src/store/migrate.ts'
import type { StoreAddress } from '../../../src/store/open-store.ts'
import { ACCOUNT_ROLES, type AccountRole } from '../../../src/store/schema/access.ts'
import type { DialectName } from '../../../src/store/schema/dialect.ts'
import { mysqlSession, type Session, sqliteSession } from '../../../src/store/session.ts'
import { openSqlite } from '../../../src/store/sqlite/open.ts'

/** The three stores the suite runs on. */
export const STORE_NAMES = ['sqlite', 'mariadb', 'mysql'] as const
/** One of them. */
export type StoreName = (typeof STORE_NAMES)[number]

/** A connection that must be closed. */
export interface OpenSession extends Session {
  close(): Promise<void>
}

/** A running store of the suite. */
export interface TestStore {
  readonly name: StoreName
  readonly dialect: DialectName
  readonly version: string
  /** MySQL family: what its accounts were made from. */
  readonly accounts?: AccountOptions
  /** Where the store is and every role’s account, as `openStore` takes them. */
  readonly address: Pick<StoreAddress, 'path' | 'url' | 'credentialsByRole'>
  /** A new connection as a role; `owner` is root on the MySQL family and the role-less connection on SQLite. */
  connect(role: AccountRole | 'owner', ready?: boolean): Promise<OpenSession>
  /** SQLite only: a connection without the registered functions or any setting, as another program would open it. */
  connectBare(): Promise<OpenSession>
  stop(): Promise<void>
}

/** Which stores can run here; those missing come with the reason. MariaDB and SQLite are required. */
export async function availableStores(): Promise<
  readonly { readonly name: StoreName; readonly missing: string | null }[]
> {
  const [mariadb, oracle] = [await findServer('mariadb'), await findServer('mysql')]
  return [
    { name: 'sqlite', missing: null },
    { name: 'mariadb', missing: isAvailable(mariadb) ? null : mariadb.missing },
    { name: 'mysql', missing: isAvailable(oracle) ? null : oracle.missing },
  ]
}

/** Starts one of the stores, migrated, with its accounts. */
export function startStore(name: StoreName, migrate = true): Promise<TestStore> {
  return name === 'sqlite' ? startSqlite(migrate) : startMysqlFamily(name, migrate)
}

async function startSqlite(migrate: boolean): Promise<TestStore> {
  const folder = await mkdtemp(join(tmpdir(), 'dbmedic-store-'))
  const path = join(folder, 'store.db')
  const owner = openSqlite({ path })
  if (migrate) await up(sqliteSession(owner))
  const version = String(owner.prepare('SELECT sqlite_version()').pluck().get())
  const wrap = (database: Database.Database): OpenSession => ({
    ...sqliteSession(database),
    close: async () => {
      database.close()
    },
  })
  return {
    name: 'sqlite',
    dialect: 'sqlite',
    version,
    address: { path },
    connect: async (role) => wrap(openSqlite({ path, role, busyTimeoutMs: 2000 })),
    connectBare: async () => wrap(new Database(path)),
    stop: async () => {
      owner.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** One server a flavour and test file; every store is a database of its own on it, with its own accounts. */
const servers = new Map<'mariadb' | 'mysql', Promise<PrivateServer>>()
let stores = 0

after(async () => {
  for (const server of servers.values()) await (await server).stop()
  servers.clear()
})

function serverOf(flavour: 'mariadb' | 'mysql'): Promise<PrivateServer> {
  const running =
    servers.get(flavour) ??
    startServer(flavour, {
      instruments: 'server-default',
      settings: { max_connections: '200' },
    })
  servers.set(flavour, running)
  return running
}

async function startMysqlFamily(name: 'mariadb' | 'mysql', migrate: boolean): Promise<TestStore> {
  const server = await serverOf(name)
  stores += 1
  const passwords = Object.fromEntries(
    ACCOUNT_ROLES.map((role) => [role, randomBytes(12).toString('hex')]),
  ) as Record<AccountRole, string>
  const accounts: TestAccounts = {
    database: `store_${stores}`,
    prefix: `dbm_${stores}`,
    host: '%',
    passwords,
    requireTls: false,
  }
  await prepare(server, accounts, migrate)
  return mysqlStore(server, name, accounts)
}

type TestAccounts = AccountOptions & {
  readonly prefix: string
  readonly passwords: Readonly<Record<AccountRole, string>>
}

async function prepare(server: PrivateServer, accounts: AccountOptions, migrate: boolean): Promise<void> {
  const root = await mysql.createConnection({ uri: server.rootUri, charset: 'utf8mb4', dateStrings: true })
  try {
    await root.query(`CREATE DATABASE ${accounts.database} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`)
    await root.query(`USE ${accounts.database}`)
    if (!migrate) return
    const session = mysqlSession(root)
    await runStatements(session, ownerStatements(accounts))
    await up(session, { definer: ownerAccount(accounts) })
    await runStatements(session, roleStatements(accounts))
  } finally {
    await root.end()
  }
}

function mysqlStore(server: PrivateServer, name: StoreName, accounts: TestAccounts): TestStore {
  const connect = async (role: AccountRole | 'owner', ready = true): Promise<OpenSession> => {
    const login =
      role === 'owner'
        ? { user: 'root', password: server.rootPassword }
        : { user: `${accounts.prefix}_${role}`, password: accounts.passwords[role] }
    const connection: Connection = await mysql.createConnection({
      ...login,
      host: server.host,
      port: server.port,
      database: accounts.database,
      charset: 'utf8mb4',
      dateStrings: true,
    })
    if (ready) await connection.query("SET SESSION time_zone = '+00:00'")
    return {
      ...mysqlSession(connection),
      close: async () => {
        await connection.end()
      },
    }
  }
  return {
    name,
    dialect: 'mysql',
    version: server.version,
    accounts,
    address: {
      url: `mysql://${server.host}:${server.port}/${accounts.database}`,
      credentialsByRole: Object.fromEntries(
        ACCOUNT_ROLES.map((role) => [
          role,
          { user: `${accounts.prefix}_${role}`, password: accounts.passwords[role] },
        ]),
      ),
    },
    connect,
    connectBare: () => connect('owner', false),
    // The database goes with the server, after the file's last test.
    stop: async () => undefined,
  }
}
