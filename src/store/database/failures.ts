/**
 * What an error of either driver means: a collision worth another attempt, a row that exists, a rule that
 * refuses, or a store that cannot be used. Texts of servers may repeat values, so only rule texts, error
 * numbers and names of constraints pass on.
 */
import { DbmedicError } from '../../core/errors.ts'
import { tlsProblem } from '../mysql/tls.ts'
import { loginMeaning } from './login-meaning.ts'

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

/** Our own message is the whole of it; a value of a row that a server repeats stands within its text. */
const RULE = /^GOV-\d{3} [^\n]{1,128}/

/** The meaning of a driver's error; what is ours already stays as it is. */
export function failureOf(error: unknown, context: FailureContext): Error {
  if (error instanceof DbmedicError || error instanceof DuplicateRow || error instanceof Collision)
    return error
  if (!(error instanceof Error)) return new Error('the store’s driver threw something that is no error')
  const driver = error as DriverError
  const rule = RULE.exec(driver.message)?.[0]
  if (rule !== undefined) {
    if (rule.startsWith('GOV-006')) return new DuplicateRow('')
    return new DbmedicError('DBM_STORE_REFUSED', { rule }, withoutText(driver))
  }
  const login = loginMeaning(driver)
  if (login !== null)
    return new DbmedicError('DBM_STORE_LOGIN', { ...context, ...login }, withoutText(driver))
  const problem = tlsProblem(driver)
  if (problem !== null)
    return new DbmedicError('DBM_STORE_TLS', { address: context.address, problem }, withoutText(driver))
  const number = numberOf(driver)
  if (number !== null) return numbered(number, driver, context)
  if (typeof driver.code !== 'string') return error
  const values = { address: context.address, reason: driver.code }
  return new DbmedicError('DBM_STORE_UNREACHABLE', values, withoutText(driver))
}

/** The number of a server's own error; network errors of Node have negative ones and names instead. */
function numberOf({ code, errno }: DriverError): string | number | null {
  if (typeof code === 'string' && code.startsWith('SQLITE_')) return code
  return typeof errno === 'number' && errno > 0 ? errno : null
}

type Meaning =
  | 'collision'
  | 'duplicate'
  | 'refused'
  | 'full'
  | 'read-only'
  | 'damaged'
  | 'unreachable'
  | 'io'
  | 'ownerless'
  | 'denied'
  | 'untrusted'

// https://www.sqlite.org/rescode.html; extended codes begin with the primary code's name. First match counts.
const SQLITE_MEANINGS: readonly (readonly [prefix: string, Meaning])[] = [
  ['SQLITE_BUSY', 'collision'],
  ['SQLITE_LOCKED', 'collision'],
  ['SQLITE_CONSTRAINT_UNIQUE', 'duplicate'],
  ['SQLITE_CONSTRAINT_PRIMARYKEY', 'duplicate'],
  ['SQLITE_CONSTRAINT', 'refused'],
  ['SQLITE_FULL', 'full'],
  ['SQLITE_READONLY', 'read-only'],
  ['SQLITE_PERM', 'read-only'],
  ['SQLITE_CORRUPT', 'damaged'],
  ['SQLITE_NOTADB', 'damaged'],
  ['SQLITE_CANTOPEN', 'unreachable'],
  ['SQLITE_IOERR', 'io'],
]

// Collisions: 1213 deadlock, 1205 lock wait, 3101 group replication rolled back; 1020 MariaDB's row changed
// under innodb_snapshot_isolation. Refused: not null, no default, too long, out of range, wrong value,
// foreign keys (4), CHECK (MySQL, MariaDB). Unreachable: 1047 is a Galera node without a quorum.
// https://dev.mysql.com/doc/mysql-errors/en/server-error-reference.html
const MYSQL_MEANINGS: Readonly<Record<Meaning, readonly number[]>> = {
  collision: [1213, 1205, 1020, 3101],
  duplicate: [1062],
  refused: [1048, 1364, 1406, 1264, 1366, 1292, 1265, 1216, 1217, 1451, 1452, 3819, 4025],
  denied: [1044, 1142, 1143, 1227, 1370],
  full: [1021, 1114, 1026],
  'read-only': [1290, 1836, 1792],
  unreachable: [
    1040, 1047, 1049, 1053, 1077, 1129, 1152, 1153, 1158, 1159, 1160, 1161, 1203, 1226, 1927, 2006, 2013,
  ],
  damaged: [1034, 1035, 1194, 1195, 145],
  io: [1030, 1911],
  ownerless: [1449],
  untrusted: [1419],
}

/** The meaning of an error number of either driver; null if it has none of these. */
function meaningOf(number: string | number): Meaning | null {
  if (typeof number === 'string') {
    return (
      SQLITE_MEANINGS.find(([prefix]) => number === prefix || number.startsWith(`${prefix}_`))?.[1] ?? null
    )
  }
  const found = Object.entries(MYSQL_MEANINGS).find(([, numbers]) => numbers.includes(number))
  return (found?.[0] as Meaning | undefined) ?? null
}

function numbered(number: string | number, error: DriverError, { address, role }: FailureContext): Error {
  const cause = withoutText(error)
  const text = typeof number === 'string' ? number : `error ${number}`
  const meaning = meaningOf(number)
  switch (meaning) {
    case 'collision':
      return new Collision(text, { cause })
    case 'duplicate':
      return new DuplicateRow(/for key '([^']+)'$/.exec(error.message)?.[1] ?? '')
    case 'refused':
      return new DbmedicError('DBM_STORE_REFUSED', { rule: `${text}${constraintName(error.message)}` }, cause)
    case 'denied':
      return new DbmedicError('DBM_STORE_DENIED', { role, errno: number }, cause)
    case null:
      return new DbmedicError('DBM_STORE_STATEMENT', { errno: number }, cause)
    default:
      return new DbmedicError(UNUSABLE[meaning], { address, reason: text }, cause)
  }
}

/** The whole store cannot be used, not only for this statement. */
const UNUSABLE = {
  full: 'DBM_STORE_FULL',
  'read-only': 'DBM_STORE_READ_ONLY',
  damaged: 'DBM_STORE_DAMAGED',
  unreachable: 'DBM_STORE_UNREACHABLE',
  io: 'DBM_STORE_IO',
  ownerless: 'DBM_STORE_OWNER',
  untrusted: 'DBM_STORE_BINARY_LOG',
} as const

/** `CHECK constraint failed: x`, `Check constraint 'x' is violated`, CONSTRAINT `x` failed: the name only. */
function constraintName(message: string): string {
  const found = /(?:CHECK constraint failed: |[Cc]onstraint [`']|CONSTRAINT [`'])([a-z0-9_.]{1,80})/.exec(
    message,
  )?.[1]
  return found === undefined ? '' : ` of ${found}`
}

/** The driver's error by its number alone: its text, statement and stack may repeat values of rows. */
function withoutText(error: Pick<DriverError, 'code' | 'errno'>): Error {
  const number = typeof error.errno === 'number' ? error.errno : error.code
  return new Error(
    `the driver’s error ${typeof number === 'string' || typeof number === 'number' ? number : ''}`,
  )
}
