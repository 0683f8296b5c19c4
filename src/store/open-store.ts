/** Opens a store: an SQLite file for one machine, or a server of the MySQL family with one account a role. */
import type Database from 'better-sqlite3'
import type { Pool } from 'mysql2/promise'
import { DbmedicError } from '../core/errors.ts'
import type { Store } from '../core/store-ports.ts'
import { ROLES, type Role } from '../core/vocabulary.ts'
import { failureOf } from './database/failures.ts'
import { mysqlDatabase } from './database/mysql-database.ts'
import { type ConnectionOptions, SqliteConnection, sqliteDatabase } from './database/sqlite-database.ts'
import { StatementTimes } from './database/statement-times.ts'
import type { Probe, StoreDatabase } from './database/store-database.ts'
import { requireCurrent } from './migrate.ts'
import { openMysql, requireStoreServer } from './mysql/open.ts'
import type { StoreTls } from './mysql/tls.ts'
import { actPort } from './ports/act-port.ts'
import { browsePort } from './ports/browse/browse-port.ts'
import { learnPort } from './ports/learn-port.ts'
import { observePort } from './ports/observe-port.ts'
import { readPort } from './ports/read-port.ts'
import { reasonPort } from './ports/reason-port.ts'
import { retentionPort } from './ports/retention-port.ts'
import { servePort } from './ports/serve-port.ts'
import { signInPort } from './ports/sign-in/sign-in-port.ts'
import { tableSizes } from './ports/table-sizes.ts'
import type { AccountRole } from './schema/access.ts'
import { mysqlSession, sqliteSession } from './session.ts'
import { openSqlite } from './sqlite/open.ts'
import { requireSameFile } from './sqlite/same-file.ts'

/** The account of one role. */
export interface Credentials {
  readonly user: string
  readonly password: string
}

/** Which store, and as whom. Give `path` or `url`. */
export interface StoreAddress {
  /** Path of an SQLite file. */
  readonly path?: string
  /** `mysql://host:port/database`; account and password may be in it only where every role has the same. */
  readonly url?: string
  /** Roles of this process; a port exists for each. None: reads only, with the auditor's account. */
  readonly roles: readonly Role[]
  /** MySQL family: the account of each role (of `auditor` where there are no roles), and of `retention` to prune. */
  readonly credentialsByRole?: Partial<Readonly<Record<AccountRole, Credentials>>>
  /** Of a server; absent: not encrypted. */
  readonly tls?: StoreTls
  /** For tests: called before and after every statement; what it throws is what the statement throws. */
  readonly probe?: Probe
}

/**
 * Opens the store and checks that its schema is the one this program is for. Nothing is created or migrated.
 * @throws DbmedicError DBM_STORE_ADDRESS, DBM_STORE_UNREACHABLE, DBM_STORE_DENIED, DBM_STORE_DAMAGED,
 *   DBM_STORE_VERSION, DBM_STORE_MISSING
 */
export async function openStore(address: StoreAddress): Promise<Store> {
  if ((address.path === undefined) === (address.url === undefined)) {
    throw new DbmedicError('DBM_STORE_ADDRESS', { problem: 'give either a file or a server' })
  }
  return address.path === undefined ? openServer(address, address.url ?? '') : openFile(address, address.path)
}

/** A store over an SQLite connection that is open already (see sqlite/open.ts); `close` closes it. */
export async function storeOverSqlite(
  database: Database.Database,
  options: ConnectionOptions & { readonly address: string; readonly roles: readonly Role[] },
): Promise<Store> {
  await requireCurrent(sqliteSession(database))
  const connection = new SqliteConnection(database, options.address, options)
  const store = assemble('sqlite', { roles: options.roles, prunes: true }, (role) =>
    sqliteDatabase(connection, role),
  )
  return { ...store, close: () => connection.close() }
}

async function openFile(address: StoreAddress, path: string): Promise<Store> {
  const context = { address: path, role: 'owner' }
  let database: Database.Database | undefined
  try {
    const inFile = path !== ':memory:'
    const sameFile = inFile ? requireSameFile(path) : undefined
    database = openSqlite({ path, busyTimeoutMs: 5000, mustExist: inFile })
    // The same before and after: it is the one that was opened.
    sameFile?.()
    return await storeOverSqlite(database, {
      address: path,
      roles: address.roles,
      ...(sameFile === undefined ? {} : { requireSameFile: sameFile }),
      ...(address.probe === undefined ? {} : { probe: address.probe }),
    })
  } catch (error) {
    database?.close()
    const failure = failureOf(error, context)
    if (failure.name === 'Collision')
      throw new DbmedicError('DBM_STORE_BUSY', { address: path, attempts: 1 }, failure)
    throw failure
  }
}

async function openServer(address: StoreAddress, url: string): Promise<Store> {
  const shown = shownAddress(url)
  const prunes = address.credentialsByRole?.retention !== undefined
  const logins: readonly AccountRole[] = [
    ...(address.roles.length === 0 ? (['auditor'] as const) : address.roles),
    ...(prunes ? (['retention'] as const) : []),
  ]
  const pools = new Map<AccountRole, Pool>()
  const closeAll = (): Promise<unknown> => Promise.allSettled([...pools.values()].map((pool) => pool.end()))
  try {
    for (const role of logins) {
      const pool = openMysql({
        uri: withAccount(url, role, address),
        ...(address.tls === undefined ? {} : { tls: address.tls }),
      })
      pools.set(role, pool.promise())
      await requireStoreServer(pool, { address: shown, role })
    }
    await requireVersion(pools)
    const times = new StatementTimes()
    const watching = address.probe === undefined ? { times } : { times, probe: address.probe }
    const store = assemble('mysql', { roles: address.roles, prunes }, (role) => {
      const pool = pools.get(role)
      if (pool === undefined) throw new RangeError(`no account for role ${role}`)
      return mysqlDatabase(pool, { address: shown, role }, watching)
    })
    return { ...store, close: async () => void (await closeAll()) }
  } catch (error) {
    await closeAll()
    throw failureOf(error, { address: shown, role: logins.join(', ') })
  }
}

async function requireVersion(pools: ReadonlyMap<AccountRole, Pool>): Promise<void> {
  const [pool] = pools.values()
  if (pool === undefined) return
  const connection = await pool.getConnection()
  try {
    await requireCurrent(mysqlSession(connection))
  } finally {
    connection.release()
  }
}

type Ports = Omit<Store, 'close'>

function assemble(
  dialect: Store['dialect'],
  { roles, prunes }: { readonly roles: readonly Role[]; readonly prunes: boolean },
  database: (role: AccountRole) => StoreDatabase,
): Ports {
  const wanted = new Set(roles)
  for (const role of wanted) if (!ROLES.includes(role)) throw new RangeError(`no role ${String(role)}`)
  // `serve` may read everything; without it the first role there is, or an auditor.
  const reader = wanted.has('serve') ? 'serve' : (roles[0] ?? 'auditor')
  return {
    dialect,
    read: readPort(database(reader)),
    browse: browsePort(database(reader)),
    signIn: wanted.has('serve') ? signInPort(database('serve')) : null,
    observe: wanted.has('observe') ? observePort(database('observe')) : null,
    reason: wanted.has('reason') ? reasonPort(database('reason')) : null,
    serve: wanted.has('serve') ? servePort(database('serve')) : null,
    act: wanted.has('act') ? actPort(database('act')) : null,
    learn: wanted.has('learn') ? learnPort(database('learn')) : null,
    retention: prunes ? retentionPort(database('retention')) : null,
    sizes: () => tableSizes(database(reader)),
  }
}

/** The address without the account. */
function shownAddress(url: string): string {
  const parsed = parsedUrl(url)
  return `${parsed.host}${parsed.pathname}`
}

function withAccount(url: string, role: AccountRole, address: StoreAddress): string {
  const parsed = parsedUrl(url)
  const account = address.credentialsByRole?.[role]
  if (account !== undefined) {
    parsed.username = encodeURIComponent(account.user)
    parsed.password = encodeURIComponent(account.password)
  }
  if (parsed.username === '') {
    throw new DbmedicError('DBM_STORE_ADDRESS', { problem: `there is no account for role ${role}` })
  }
  return parsed.href
}

function parsedUrl(url: string): URL {
  if (!URL.canParse(url))
    throw new DbmedicError('DBM_STORE_ADDRESS', { problem: 'the server address is not a URL' })
  const parsed = new URL(url)
  if (parsed.protocol !== 'mysql:' && parsed.protocol !== 'mariadb:') {
    throw new DbmedicError('DBM_STORE_ADDRESS', { problem: 'a server address begins with mysql://' })
  }
  if (parsed.pathname.length < 2) {
    throw new DbmedicError('DBM_STORE_ADDRESS', { problem: 'the server address names no database' })
  }
  return parsed
}
