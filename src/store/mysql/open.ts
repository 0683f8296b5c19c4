/**
 * Opens the MySQL-family store: a pool whose every connection is in the one session state the rules accept
 * (UTC, key checks on, strict). The rules do not trust this: a trigger checks the session again.
 */
import mysql from 'mysql2'
import { DbmedicError } from '../../core/errors.ts'
import { type FailureContext, failureOf } from '../database/failures.ts'
import { type StoreTls, sslOptions } from './tls.ts'

/** Where the store is and as whom to log in. */
export interface MysqlOptions {
  /** `mysql://account:password@host:port/database`; the account is one role's, see ../accounts. */
  readonly uri: string
  /** Absent: not encrypted. */
  readonly tls?: StoreTls
  /** Connections at most. Default 4. */
  readonly poolSize?: number
  /** How long a statement waits for a row lock, seconds. Default 10. */
  readonly lockWaitSeconds?: number
  /** How long to wait for a connection, ms. Default 10,000. */
  readonly connectTimeoutMs?: number
}

/**
 * What every session is set to. READ COMMITTED, because the rules read with locks and the repositories
 * compare-and-set: gap locks would only make stateless copies wait for each other.
 */
export function sessionStatement(lockWaitSeconds: number): string {
  return [
    "SET SESSION time_zone = '+00:00'",
    'foreign_key_checks = 1',
    'unique_checks = 1',
    "sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'",
    `innodb_lock_wait_timeout = ${Math.max(1, Math.floor(lockWaitSeconds))}`,
    'autocommit = 1',
  ].join(', ')
}

const ISOLATION = 'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED'

/** Options of the driver: dates as text (keeps microseconds), decimals as text, one statement a query. */
export function driverOptions(options: MysqlOptions): mysql.PoolOptions {
  const parsed = parseUri(options.uri)
  return {
    ...parsed,
    ...(options.tls === undefined ? {} : { ssl: sslOptions(options.tls, parsed.host ?? '') }),
    connectionLimit: options.poolSize ?? 4,
    connectTimeout: options.connectTimeoutMs ?? 10_000,
    charset: 'utf8mb4',
    timezone: 'Z',
    dateStrings: true,
    decimalNumbers: false,
    supportBigNumbers: true,
    bigNumberStrings: false,
    multipleStatements: false,
    // The server keeps 16,382 prepared statements for everybody (max_prepared_stmt_count).
    maxPreparedStatements: 300,
    queueLimit: 2000,
    // LOAD DATA LOCAL would let a server ask this process for files.
    flags: ['-LOCAL_FILES'],
  }
}

function parseUri(uri: string): Pick<mysql.PoolOptions, 'host' | 'port' | 'user' | 'password' | 'database'> {
  if (!URL.canParse(uri)) {
    throw new DbmedicError('DBM_STORE_UNREACHABLE', { address: 'store.uri', reason: 'it is not a URI' })
  }
  const url = new URL(uri)
  return {
    host: url.hostname,
    port: url.port === '' ? 3306 : Number(url.port),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    ...(url.pathname.length > 1 ? { database: decodeURIComponent(url.pathname.slice(1)) } : {}),
  }
}

/**
 * A pool for kysely's MysqlDialect. Connections are made on first use; one that cannot be brought into the
 * session state is closed and its statements fail.
 */
export function openMysql(options: MysqlOptions): mysql.Pool {
  const pool = mysql.createPool(driverOptions(options))
  const statement = sessionStatement(options.lockWaitSeconds ?? 10)
  pool.on('connection', (connection) => {
    for (const sql of [statement, ISOLATION]) {
      connection.query(sql, (error) => {
        if (error !== null) connection.destroy()
      })
    }
  })
  return pool
}

const MINIMUM = { mariadb: [10, 11], mysql: [8, 0] } as const

/**
 * Refuses a server the schema is not for: too old, one whose SYSDATE() follows a session's forged clock, or one that
 * loses commits. @throws DbmedicError DBM_STORE_UNREACHABLE with the reason, DBM_STORE_LOGIN, DBM_STORE_TLS.
 */
export async function requireStoreServer(pool: mysql.Pool, context: FailureContext): Promise<string> {
  const rows = await queryRows(pool, 'SELECT @@version AS version').catch((error: unknown) => {
    throw failureOf(error, context)
  })
  const version = String(rows[0]?.['version'] ?? '')
  const against = tooOld(version) ?? (await unfit(pool))
  if (against === null) return version
  throw new DbmedicError('DBM_STORE_UNREACHABLE', { address: context.address, reason: against })
}

function tooOld(version: string): string | null {
  const [wantedMajor, wantedMinor] = MINIMUM[/MariaDB/i.test(version) ? 'mariadb' : 'mysql']
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10))
  const isOlder = major < wantedMajor || (major === wantedMajor && minor < wantedMinor)
  return isOlder ? `${version} is older than ${wantedMajor}.${wantedMinor}` : null
}

async function unfit(pool: mysql.Pool): Promise<string | null> {
  const clock = await queryRows(
    pool,
    'SELECT SYSDATE(6) <> NOW(6) OR SLEEP(0.002) AS first, SYSDATE(6) > NOW(6) AS live',
  )
  if (Number(clock[0]?.['live']) !== 1)
    return 'SYSDATE() is NOW() here (--sysdate-is-now): a session could forge times'
  // Lost with the server's process: a run that was begun would be unheard of, and its approval would carry it again.
  const kept = await queryRows(pool, 'SELECT @@GLOBAL.innodb_flush_log_at_trx_commit AS at_commit')
  return Number(kept[0]?.['at_commit']) === 0
    ? 'it loses commits when it dies (innodb_flush_log_at_trx_commit=0; it must be 1)'
    : null
}

/** Rows of one statement, as the driver gives them. */
export function queryRows(pool: mysql.Pool, sql: string): Promise<readonly Record<string, unknown>[]> {
  return new Promise((resolve, reject) => {
    pool.query(sql, (error, rows) => {
      if (error !== null) reject(error)
      else resolve(rows as Record<string, unknown>[])
    })
  })
}
