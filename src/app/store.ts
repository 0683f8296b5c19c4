/** The store of the configuration: opened by role for the pipeline, or as its owner to migrate it. */
import { existsSync, readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { DbmedicError } from '../core/errors.ts'
import type { Store } from '../core/store-ports.ts'
import type { Role } from '../core/vocabulary.ts'
import {
  dump,
  failureOf,
  grantsText,
  type MigrationStatus,
  openStore,
  ownerAccount,
  rollback,
  type Session,
  type StoreTls,
  status,
  up,
  withOwnerSession,
} from '../store/index.ts'
import type { Config } from './config/schema.ts'
import { readCredentials } from './secrets.ts'

/** Is the store a server, not a file? */
export const isServer = (store: string): boolean => /^mysql:\/\//.test(store)

/**
 * Opens the store with the ports of the roles. A file that is not there yet, or is empty, is made and migrated; so
 * two processes that start at once on a new store both find it whole.
 */
export async function openConfiguredStore(config: Config, roles: readonly Role[]): Promise<Store> {
  if (isServer(config.store)) {
    const credentialsByRole = Object.fromEntries(
      Object.entries(config.storeAccounts).map(([role, account]) => [role, readCredentials(account)]),
    )
    return openStore({ url: config.store, roles, credentialsByRole, ...storeTls(config) })
  }
  if (!existsSync(config.store) || (await isEmpty(config))) await migrateStore(config)
  return openStore({ path: config.store, roles })
}

/**
 * The same, but nothing is made or migrated: a wrong folder or path must not look like an empty store.
 * @throws DbmedicError DBM_STORE_MISSING, DBM_STORE_VERSION
 */
export const openExistingStore = (config: Config, roles: readonly Role[]): Promise<Store> =>
  isServer(config.store) ? openConfiguredStore(config, roles) : openStore({ path: config.store, roles })

/**
 * How the server's connections are protected: as `storeTls` says; where it says nothing, verified, except towards this
 * machine. @throws DbmedicError DBM_STORE_TLS if a file cannot be read
 */
function storeTls(config: Config): { readonly tls?: StoreTls } {
  const given = config.storeTls
  const { hostname } = new URL(config.store)
  const here = /^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname)
  if (given === null ? here : given.mode === 'disable') return {}
  const { mode = 'verify-full', caFile = null, certFile = null, keyFile = null } = given ?? {}
  const pem = (file: string): string => {
    try {
      return readFileSync(file, 'utf8')
    } catch (error) {
      const problem = `${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`
      throw new DbmedicError('DBM_STORE_TLS', { address: hostname, problem }, error)
    }
  }
  const identity = certFile === null || keyFile === null ? null : { cert: pem(certFile), key: pem(keyFile) }
  if (identity !== null) requirePair(identity, hostname)
  return {
    tls: { verifyName: mode === 'verify-full', ca: caFile === null ? null : pem(caFile), identity },
  }
}

/** @throws DbmedicError DBM_STORE_TLS for a certificate and a key that no connection could be opened with */
function requirePair(identity: NonNullable<StoreTls['identity']>, address: string): void {
  try {
    createSecureContext(identity)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unusable'
    const problem = `certFile and keyFile are no PEM certificate with its key, without a passphrase (${code})`
    throw new DbmedicError('DBM_STORE_TLS', { address, problem }, error)
  }
}

/**
 * Whose account reads everything and writes nothing: none of the roles, which is the auditor's; `serve` where a server
 * store has no account of an auditor here.
 */
export const readingRoles = (config: Config): readonly Role[] =>
  isServer(config.store) && config.storeAccounts.auditor === undefined ? ['serve'] : []

const isEmpty = (config: Config): Promise<boolean> =>
  withOwner(config, async (s) => (await s.rows('SELECT 1 FROM sqlite_master LIMIT 1')).length === 0)

/** Applies pending migrations; gives the versions applied. */
export const migrateStore = (config: Config): Promise<readonly number[]> =>
  withOwner(config, (session, definer) => up(session, definer === null ? {} : { definer }), {
    makesFile: true,
  })

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

function databaseOf(config: Pick<Config, 'store'>): string {
  return isServer(config.store) ? new URL(config.store).pathname.slice(1) || 'dbmedic' : 'dbmedic'
}

/**
 * Schemas no action may touch: those of the configuration and, where the store is on a server, its own. That server may be
 * a target too, and an executor that could alter the store's tables could take its rules away.
 */
export function deniedSchemas({ store, actions }: Pick<Config, 'store' | 'actions'>): readonly string[] {
  return isServer(store) ? [...actions.denySchemas, databaseOf({ store })] : actions.denySchemas
}

/** Runs work as the store's owner; on the MySQL family triggers and routines get the locked owner as definer. */
async function withOwner<T>(
  config: Config,
  work: (session: Session, definer: string | null) => Promise<T>,
  { makesFile }: { readonly makesFile: boolean } = { makesFile: false },
): Promise<T> {
  try {
    if (!isServer(config.store)) {
      const address = { path: config.store, mustExist: !makesFile }
      return await withOwnerSession(address, (session) => work(session, null))
    }
    const { owner } = config.storeAccounts
    if (owner === undefined) {
      const problem =
        'there is no account of the owner, which migrates it; add `owner:` under `storeAccounts:`'
      throw new DbmedicError('DBM_STORE_ADDRESS', { problem })
    }
    const definer = ownerAccount({ database: databaseOf(config) })
    return await withOwnerSession(
      { url: config.store, account: readCredentials(owner), ...storeTls(config) },
      (session) => work(session, definer),
    )
  } catch (error) {
    const address = isServer(config.store) ? config.store.replace(/^mysql:\/\//, '') : config.store
    const failure = failureOf(error, { address, role: 'owner' })
    if (failure.name !== 'Collision') throw failure
    throw new DbmedicError('DBM_STORE_BUSY', { address, attempts: 1 }, failure)
  }
}
