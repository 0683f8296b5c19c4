/**
 * Opens the embedded store the one way its rules allow: foreign keys, recursive triggers and CHECKs on, WAL,
 * a waiting writer instead of an error, and the two functions the schema calls. Without those functions every
 * governed write is refused by SQLite itself.
 */
import { createHash } from 'node:crypto'
import Database from 'better-sqlite3'
import { DbmedicError } from '../../core/errors.ts'
import { ACCOUNT_ROLES, type AccountRole } from '../schema/access.ts'
import { fileIdentity } from './same-file.ts'

/** How to open. */
export interface SqliteOptions {
  /** Path of the file; created if missing, unless `mustExist`. */
  readonly path: string
  /** A file that is not there is an error, and none is made. */
  readonly mustExist?: boolean
  /**
   * Role of this connection; `owner` for migrations, the command line and the single-process store. Triggers
   * refuse a role's write into another's table: a guard against mistakes, not against who holds the file.
   */
  readonly role?: AccountRole | 'owner'
  /** How long a writer waits for another, ms. Default 5000. */
  readonly busyTimeoutMs?: number
  readonly readonly?: boolean
}

const MINIMUM_VERSION = 3_045_000

/**
 * An open connection with everything the rules rest on, checked after setting.
 * @throws DbmedicError DBM_STORE_UNREACHABLE if the file cannot be opened or a setting does not hold;
 *   DBM_STORE_MISSING
 */
export function openSqlite(options: SqliteOptions): Database.Database {
  const { path, role = 'owner', busyTimeoutMs = 5000, readonly = false, mustExist = false } = options
  if (role !== 'owner' && !ACCOUNT_ROLES.includes(role)) throw new RangeError(`no role ${role}`)
  if (mustExist) fileIdentity(path)
  const database = openFile(path, { timeout: busyTimeoutMs, readonly, fileMustExist: mustExist })
  try {
    registerFunctions(database, role)
    if (!readonly) database.pragma('journal_mode = WAL')
    database.pragma('synchronous = FULL')
    database.pragma('foreign_keys = ON')
    database.pragma('recursive_triggers = ON')
    database.pragma('ignore_check_constraints = OFF')
    database.pragma('trusted_schema = ON')
    database.pragma('cell_size_check = ON')
    requireSettings(database, path)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

function openFile(path: string, options: Database.Options): Database.Database {
  try {
    return new Database(path, options)
  } catch (error) {
    throw new DbmedicError('DBM_STORE_UNREACHABLE', { address: path, reason: reasonOf(error) }, error)
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** SHA-256 of the UTF-8 bytes of a text, or of a blob; 64 lower-case hex digits. NULL stays NULL. */
export function sqliteSha256(value: unknown): string | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'string') return createHash('sha256').update(value, 'utf8').digest('hex')
  if (Buffer.isBuffer(value)) return createHash('sha256').update(value).digest('hex')
  throw new TypeError('dbm_sha256 takes text or a blob')
}

function registerFunctions(database: Database.Database, role: AccountRole | 'owner'): void {
  database.function('dbm_sha256', { deterministic: true }, sqliteSha256)
  const roleWord = role === 'owner' ? '' : role
  // Not deterministic: a constant-folded role could outlive a prepared statement's connection.
  database.function('dbm_role', () => roleWord)
}

const REQUIRED: readonly (readonly [string, number])[] = [
  ['foreign_keys', 1],
  ['recursive_triggers', 1],
  ['ignore_check_constraints', 0],
]

function requireSettings(database: Database.Database, path: string): void {
  const version = String(database.prepare('SELECT sqlite_version()').pluck().get())
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number)
  if (major * 1_000_000 + minor * 1000 + patch < MINIMUM_VERSION) {
    const reason = `SQLite ${version} is older than 3.45`
    throw new DbmedicError('DBM_STORE_UNREACHABLE', { address: path, reason })
  }
  for (const [pragma, wanted] of REQUIRED) {
    const found = database.pragma(pragma, { simple: true })
    if (found === wanted) continue
    const reason = `PRAGMA ${pragma} is ${String(found)}, not ${wanted}`
    throw new DbmedicError('DBM_STORE_UNREACHABLE', { address: path, reason })
  }
}
