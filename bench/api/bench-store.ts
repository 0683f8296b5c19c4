/** A store of the bench's own, an SQLite file or a database on a private server, with its owner and all roles. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mysql from 'mysql2/promise'
import { ROLES } from '../../src/core/vocabulary.ts'
import { findServer, isAvailable, startServer } from '../../src/lab/servers/index.ts'
import {
  type AccountOptions,
  ownerAccount,
  ownerStatements,
  roleStatements,
  runStatements,
} from '../../src/store/accounts/grants.ts'
import { openStore } from '../../src/store/index.ts'
import { up } from '../../src/store/migrate.ts'
import { ACCOUNT_ROLES } from '../../src/store/schema/access.ts'
import { mysqlSession, type Session, sqliteSession } from '../../src/store/session.ts'
import { openSqlite } from '../../src/store/sqlite/open.ts'
import { type FullStore, full } from '../../test/support/pipeline-rows.ts'
import type { OptionSpec } from '../support/bench-options.ts'
import { type BenchRun, CannotMeasure } from '../support/run-bench.ts'

/** Kinds of stores. */
export const STORE_KINDS = ['sqlite', 'mariadb', 'mysql'] as const
/** One of them. */
export type StoreKind = (typeof STORE_KINDS)[number]

/** The option `--store` of a bench that measures on stores. */
export const STORE_CHOICE: OptionSpec = {
  kind: 'choice',
  value: 'both',
  of: ['both', ...STORE_KINDS],
  help: 'both: sqlite and mariadb',
}

/** The stores that were asked for and that this machine has. @throws CannotMeasure if there is none */
export async function kindsOf({ options, say }: BenchRun): Promise<readonly StoreKind[]> {
  const wanted = options.choice('store')
  const kinds: StoreKind[] = []
  for (const kind of STORE_KINDS) {
    if (wanted === 'both' ? kind === 'mysql' : wanted !== kind) continue
    const server = kind === 'sqlite' ? null : await findServer(kind)
    if (server === null || isAvailable(server)) kinds.push(kind)
    else say(`${kind} SKIPPED: ${server.missing}`)
  }
  if (kinds.length === 0) throw new CannotMeasure('there is no store to measure on; see the lines above')
  return kinds
}

/** A migrated store. */
export interface BenchStore {
  readonly kind: StoreKind
  readonly version: string
  /** Writes past the accounts of the roles, but not past the rules of the tables. */
  readonly owner: Session
  readonly store: FullStore
  /** `store` and `storeAccounts` of a configuration, and the environment with the passwords it names. */
  readonly config: Readonly<Record<string, unknown>>
  readonly environment: Readonly<Record<string, string>>
  /** The server's process; null: the store is a file. */
  readonly serverPid: number | null
}

/** Makes it; it is removed when the bench ends. */
export const benchStore = (run: BenchRun, kind: StoreKind): Promise<BenchStore> =>
  kind === 'sqlite' ? sqliteStore(run) : serverStore(run, kind)

/** Its people, sessions and tokens. */
export function signInOf({ store }: BenchStore) {
  if (store.signIn === null) throw new Error('the store has no sign-in port')
  return store.signIn
}

async function sqliteStore(run: BenchRun): Promise<BenchStore> {
  const folder = await mkdtemp(join(tmpdir(), 'dbmedic-bench-api-'))
  run.onEnd(() => rm(folder, { recursive: true, force: true }))
  const path = join(folder, 'store.sqlite')
  const database = openSqlite({ path })
  run.onEnd(async () => database.close())
  const owner = sqliteSession(database)
  await up(owner)
  const store = full(await openStore({ path, roles: ROLES }))
  run.onEnd(() => store.close())
  const version = `SQLite ${String(database.prepare('SELECT sqlite_version()').pluck().get())}`
  return { kind: 'sqlite', version, owner, store, config: { store: path }, environment: {}, serverPid: null }
}

async function serverStore(run: BenchRun, kind: 'mariadb' | 'mysql'): Promise<BenchStore> {
  const server = await startServer(kind, {
    instruments: 'server-default',
    // As an administrator would size it for a store of two gigabytes.
    settings: { innodb_buffer_pool_size: '512M', max_connections: '100' },
  })
  run.onEnd(() => server.stop())
  const passwords = Object.fromEntries(ACCOUNT_ROLES.map((role) => [role, randomBytes(12).toString('hex')]))
  const accounts: AccountOptions = { database: 'store', host: '%', passwords, requireTls: false }
  const root = await mysql.createConnection({ uri: server.rootUri, charset: 'utf8mb4', dateStrings: true })
  run.onEnd(() => root.end())
  await root.query('CREATE DATABASE store CHARACTER SET utf8mb4 COLLATE utf8mb4_bin')
  await root.query('USE store')
  await root.query("SET SESSION time_zone = '+00:00'")
  const owner = mysqlSession(root)
  await runStatements(owner, ownerStatements(accounts))
  await up(owner, { definer: ownerAccount(accounts) })
  await runStatements(owner, roleStatements(accounts))
  const url = `mysql://${server.host}:${server.port}/store`
  const account = (role: string) => ({ user: `dbmedic_${role}`, password: passwords[role] ?? '' })
  const credentialsByRole = Object.fromEntries(ROLES.map((role) => [role, account(role)]))
  const store = full(await openStore({ url, roles: ROLES, credentialsByRole }))
  run.onEnd(() => store.close())
  return {
    kind,
    version: server.version,
    owner,
    store,
    config: {
      store: url,
      storeAccounts: { serve: { user: 'dbmedic_serve', password: 'env:DBMEDIC_BENCH_SERVE' } },
    },
    environment: { DBMEDIC_BENCH_SERVE: account('serve').password },
    serverPid: server.pid,
  }
}
