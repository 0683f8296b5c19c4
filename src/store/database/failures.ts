/**
 * What an error of either driver means: a collision worth another attempt, a row that exists, a rule that
 * refuses, or a store that cannot be used. Texts of servers may repeat values, so only rule texts, error
 * numbers and names of constraints pass on.
 */
import { DbmedicError } from '../../core/errors.ts'

/** A unique key holds such a row already. `key` is the index (MySQL family) or empty (SQLite). */
export class DuplicateRow extends Error {
  override readonly name = 'DuplicateRow'
  readonly key: string

  constructor(key: string) {
    super('the row exists already')
    this.key = key
  }
}

/** A collision with another transaction: the whole transaction may be tried again. */
export class Collision extends Error {
  override readonly name = 'Collision'
}

/** Whose error it was, for the text. */
export interface FailureContext {
  readonly address: string
  readonly role: string
}

interface DriverError {
  readonly code?: unknown
  readonly errno?: unknown
  readonly sqlMessage?: unknown
  readonly message: string
}

const RULE = /GOV-\d{3} [^\n]{1,128}/

/** The meaning of a driver's error; what is ours already stays as it is. */
export function failureOf(error: unknown, context: FailureContext): Error {
  if (error instanceof DbmedicError || error instanceof DuplicateRow || error instanceof Collision)
    return error
  if (!(error instanceof Error)) return new Error('the store’s driver threw something that is no error')
  const driver = error as DriverError
  const rule = RULE.exec(driver.message)?.[0]
  if (rule !== undefined) {
    if (rule.startsWith('GOV-006')) return new DuplicateRow('')
    return new DbmedicError('DBM_STORE_REFUSED', { rule }, without(driver))
  }
  if (typeof driver.code === 'string' && driver.code.startsWith('SQLITE_')) {
    return sqliteFailure(driver.code, driver, context)
  }
  if (typeof driver.errno === 'number' && driver.errno > 0) return mysqlFailure(driver.errno, driver, context)
  if (typeof driver.code === 'string') {
    return new DbmedicError(
      'DBM_STORE_UNREACHABLE',
      { address: context.address, reason: driver.code },
      without(driver),
    )
  }
  return error
}

// https://www.sqlite.org/rescode.html; extended codes begin with the primary code's name.
function sqliteFailure(code: string, error: DriverError, { address }: FailureContext): Error {
  const starts = (prefix: string): boolean => code === prefix || code.startsWith(`${prefix}_`)
  if (starts('SQLITE_BUSY') || starts('SQLITE_LOCKED')) return new Collision(code, { cause: without(error) })
  if (code === 'SQLITE_CONSTRAINT_UNIQUE' || code === 'SQLITE_CONSTRAINT_PRIMARYKEY')
    return new DuplicateRow('')
  if (starts('SQLITE_CONSTRAINT')) return refused(`${code}${constraintName(error.message)}`, error)
  if (code === 'SQLITE_FULL') return new DbmedicError('DBM_STORE_FULL', { address }, without(error))
  if (starts('SQLITE_READONLY') || starts('SQLITE_PERM')) {
    return new DbmedicError('DBM_STORE_READ_ONLY', { address, reason: code }, without(error))
  }
  if (starts('SQLITE_CORRUPT') || starts('SQLITE_NOTADB')) {
    return new DbmedicError('DBM_STORE_DAMAGED', { address, reason: code }, without(error))
  }
  if (starts('SQLITE_CANTOPEN') || starts('SQLITE_IOERR')) {
    return new DbmedicError('DBM_STORE_UNREACHABLE', { address, reason: code }, without(error))
  }
  return new DbmedicError('DBM_STORE_STATEMENT', { errno: code }, without(error))
}

// MySQL: 1213 deadlock, 1205 lock wait, 3101 group replication rolled back; MariaDB: 1020 row changed
// under innodb_snapshot_isolation, 1047 is a Galera node that has no quorum.
const COLLISIONS: ReadonlySet<number> = new Set([1213, 1205, 1020, 3101])
const DUPLICATE = 1062
// Not null, no default, too long, out of range, wrong value, foreign keys (4), CHECK (MySQL, MariaDB).
const CONSTRAINTS: ReadonlySet<number> = new Set([
  1048, 1364, 1406, 1264, 1366, 1292, 1265, 1216, 1217, 1451, 1452, 3819, 4025,
])
const DENIED: ReadonlySet<number> = new Set([1044, 1045, 1142, 1143, 1227, 1370, 1698])
const FULL: ReadonlySet<number> = new Set([1021, 1114, 1026])
const READ_ONLY: ReadonlySet<number> = new Set([1290, 1836, 1792])
const UNREACHABLE: ReadonlySet<number> = new Set([
  1040, 1047, 1049, 1053, 1077, 1129, 1130, 1152, 1153, 1158, 1159, 1160, 1161, 1203, 1226, 1927, 2006, 2013,
])

function mysqlFailure(errno: number, error: DriverError, { address, role }: FailureContext): Error {
  if (COLLISIONS.has(errno)) return new Collision(`error ${errno}`, { cause: without(error) })
  if (errno === DUPLICATE) return new DuplicateRow(/for key '([^']+)'$/.exec(error.message)?.[1] ?? '')
  if (CONSTRAINTS.has(errno)) return refused(`error ${errno}${constraintName(error.message)}`, error)
  if (DENIED.has(errno)) return new DbmedicError('DBM_STORE_DENIED', { role, errno }, without(error))
  if (FULL.has(errno)) return new DbmedicError('DBM_STORE_FULL', { address }, without(error))
  if (READ_ONLY.has(errno)) {
    return new DbmedicError('DBM_STORE_READ_ONLY', { address, reason: `error ${errno}` }, without(error))
  }
  if (UNREACHABLE.has(errno)) {
    return new DbmedicError('DBM_STORE_UNREACHABLE', { address, reason: `error ${errno}` }, without(error))
  }
  return new DbmedicError('DBM_STORE_STATEMENT', { errno }, without(error))
}

/** `CHECK constraint failed: x`, `Check constraint 'x' is violated`, CONSTRAINT `x` failed: the name only. */
function constraintName(message: string): string {
  const found = /(?:CHECK constraint failed: |[Cc]onstraint [`']|CONSTRAINT [`'])([a-z0-9_.]{1,80})/.exec(
    message,
  )?.[1]
  return found === undefined ? '' : ` of ${found}`
}

function refused(rule: string, cause: DriverError): DbmedicError {
  return new DbmedicError('DBM_STORE_REFUSED', { rule }, without(cause))
}

/** The driver's error by its number alone: its text, statement and stack may repeat values of rows. */
function without(error: DriverError): Error {
  const number = typeof error.errno === 'number' ? error.errno : error.code
  return new Error(
    `the driver’s error ${typeof number === 'string' || typeof number === 'number' ? number : ''}`,
  )
}
