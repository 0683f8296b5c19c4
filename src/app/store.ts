/** The store of the configuration: opened by role for the pipeline, or as its owner to migrate it. */
import { existsSync } from 'node:fs'
import type { Store } from '../core/store-ports.ts'
import type { Role } from '../core/vocabulary.ts'
import {
  dump,
  grantsText,
  type MigrationStatus,
  openStore,
  ownerAccount,
  rollback,
  type Session,
  status,
  up,
  withOwnerSession,
} from '../store/index.ts'
import type { Config } from './config/schema.ts'
import { readCredentials } from './secrets.ts'

const isServer = (store: string): boolean => /^mysql:\/\//.test(store)

/** Opens the store with the ports of the roles. A file that is not there yet is made and migrated. */
export async function openConfiguredStore(config: Config, roles: readonly Role[]): Promise<Store> {
  if (isServer(config.store)) {
    const credentialsByRole = Object.fromEntries(
      Object.entries(config.storeAccounts).map(([role, account]) => [role, readCredentials(account)]),
    )
    return openStore({ url: config.store, roles, credentialsByRole })
  }
  if (!existsSync(config.store)) await migrateStore(config)
  return openStore({ path: config.store, roles })
}

/** Applies pending migrations; gives the versions applied. */
export const migrateStore = (config: Config): Promise<readonly number[]> =>
  withOwner(config, (session, definer) => up(session, definer === null ? {} : { definer }))

/** Where the store stands with every migration. */
export const storeStatus = (config: Config): Promise<readonly MigrationStatus[]> =>
  withOwner(config, (s) => status(s))

/** Takes back the newest migrations; gives their versions. Rows are lost with their tables. */
export const rollbackStore = (config: Config, count: number): Promise<readonly number[]> =>
  withOwner(config, (session) => rollback(session, count))

/** The live schema as text. */
export const dumpStore = (config: Config): Promise<string> =>
  withOwner(config, (s) => dump(s, { types: true }))

/** The exact GRANTs of a MySQL-family store's accounts, as text. */
export function storeGrants(config: Config, host: string): string {
  return grantsText({ database: databaseOf(config), host })
}

function databaseOf(config: Config): string {
  return isServer(config.store) ? new URL(config.store).pathname.slice(1) || 'dbmedic' : 'dbmedic'
}

/** Runs work as the store's owner; on the MySQL family triggers and routines get the locked owner as definer. */
function withOwner<T>(
  config: Config,
  work: (session: Session, definer: string | null) => Promise<T>,
): Promise<T> {
  if (!isServer(config.store))
    return withOwnerSession({ path: config.store }, (session) => work(session, null))
  const { owner } = config.storeAccounts
  const definer = ownerAccount({ database: databaseOf(config) })
  return withOwnerSession(
    { url: config.store, ...(owner === undefined ? {} : { account: readCredentials(owner) }) },
    (session) => work(session, definer),
  )
}
