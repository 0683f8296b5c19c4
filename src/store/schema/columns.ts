/**
 * The kinds of column the store has, and what each is in the two dialects. A kind fixes type, character
 * set and the CHECKs that keep a session without strict mode from storing a fallback value.
 */
import type { DialectName } from './dialect.ts'
import { DIALECTS } from './dialect.ts'

/** What a column holds. */
export type ColumnKind =
  /** Primary key, counted by the store, never reused. */
  | { readonly is: 'id' }
  /** A primary key elsewhere. */
  | { readonly is: 'ref' }
  /** Text for people, at most `max` characters; never blank unless `mayBeEmpty`. */
  | { readonly is: 'text'; readonly max: number; readonly mayBeEmpty?: true }
  /** A name compared byte by byte (objects of a target, series). */
  | { readonly is: 'name'; readonly max: number }
  /** ASCII identifier compared byte by byte. */
  | { readonly is: 'code'; readonly max: number }
  /** One of a closed list of words. */
  | { readonly is: 'word'; readonly values: readonly string[] }
  /** A user name: ASCII, compared without letter case, so that `Bob` and `bob` are one. */
  | { readonly is: 'user' }
  /** SHA-256 as 64 lower-case hex digits. */
  | { readonly is: 'digest' }
  /** Text kept byte for byte. */
  | { readonly is: 'document' }
  /** JSON kept as the text it was written as; the server's JSON type would reorder and drop keys. */
  | { readonly is: 'json' }
  /** An instant a caller supplies (a target's clock, a validity). */
  | { readonly is: 'time' }
  /** The moment the row was inserted, set by the store. */
  | { readonly is: 'stamp' }
  /** A moment the store sets later, once; NULL until then. */
  | { readonly is: 'mark' }
  | { readonly is: 'bool' }
  /** A count, never negative. */
  | { readonly is: 'count' }
  /** A measurement, IEEE 754 double, finite. */
  | { readonly is: 'measure' }
  /**
   * An exact decimal of `scale` digits after the point. MySQL: DECIMAL(precision, scale). SQLite has no
   * decimals: INTEGER, multiplied by 10^scale.
   */
  | { readonly is: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly is: 'bytes'; readonly length: number }

/** One column of a table. */
export interface Column {
  readonly name: string
  readonly kind: ColumnKind
  readonly nullable: boolean
  /** SQL literal, the same in both dialects. */
  readonly fallback?: string
  /** Computed by the store from other columns; nobody writes it. */
  readonly generated?: (dialect: DialectName) => string
  /** The computed value is stored, so that a UNIQUE key can hold on it. */
  readonly stored?: true
  /** What the column means where its name does not say it. */
  readonly note?: string
}

const ASCII_BIN = 'CHARACTER SET ascii COLLATE ascii_bin'
const UTF8_BIN = 'CHARACTER SET utf8mb4 COLLATE utf8mb4_bin'

/** The type of a column in SQLite (STRICT tables) or the MySQL family. */
export function columnType(kind: ColumnKind, dialect: DialectName): string {
  return dialect === 'sqlite' ? sqliteType(kind) : mysqlType(kind)
}

function sqliteType(kind: ColumnKind): string {
  switch (kind.is) {
    case 'id':
    case 'ref':
    case 'bool':
    case 'count':
    case 'decimal':
      return 'INTEGER'
    case 'measure':
      return 'REAL'
    case 'bytes':
      return 'BLOB'
    case 'user':
      return 'TEXT COLLATE NOCASE'
    default:
      return 'TEXT'
  }
}

const MYSQL_PLAIN: Partial<Record<ColumnKind['is'], string>> = {
  id: 'BIGINT UNSIGNED',
  ref: 'BIGINT UNSIGNED',
  user: 'VARCHAR(100) CHARACTER SET ascii COLLATE ascii_general_ci',
  digest: `VARCHAR(64) ${ASCII_BIN}`,
  document: `LONGTEXT ${UTF8_BIN}`,
  json: `LONGTEXT ${UTF8_BIN}`,
  time: 'DATETIME(6)',
  stamp: 'DATETIME(6)',
  mark: 'DATETIME(6)',
  bool: 'BOOLEAN',
  count: 'BIGINT UNSIGNED',
  measure: 'DOUBLE',
}

function mysqlType(kind: ColumnKind): string {
  switch (kind.is) {
    case 'text':
      return `VARCHAR(${kind.max}) ${UTF8_BIN}`
    case 'name':
      return `VARCHAR(${kind.max}) ${UTF8_BIN}`
    case 'code':
      return `VARCHAR(${kind.max}) ${ASCII_BIN}`
    case 'word':
      return `VARCHAR(${Math.max(...kind.values.map((word) => word.length)) + 4}) ${ASCII_BIN}`
    case 'decimal':
      return `DECIMAL(${kind.precision},${kind.scale})`
    case 'bytes':
      return `VARBINARY(${kind.length})`
    default:
      return MYSQL_PLAIN[kind.is] ?? 'LONGTEXT'
  }
}

/**
 * The CHECK of a column, or null. Written so that NULL passes (NOT NULL is said separately) and so that
 * what a session without strict mode would store instead of an error ('', 0, a clipped value) fails.
 */
export function columnCheck(column: Column, dialect: DialectName): string | null {
  const { name, kind } = column
  const sqlite = dialect === 'sqlite'
  if (kind.is === 'word') return wordCheck(name, kind.values)
  if (kind.is === 'text' || kind.is === 'name') {
    return textCheck(name, kind.max, sqlite, kind.is === 'text' && kind.mayBeEmpty === true)
  }
  if (kind.is === 'code') return codeCheck(name, kind.max, sqlite)
  if (kind.is === 'bytes') return `length(${name}) = ${kind.length}`
  return PLAIN_CHECKS[kind.is]?.(name, dialect) ?? null
}

/** The ascii_bin collation ignores trailing spaces in IN (…): 'APPROVED ' would pass without LIKE. */
const wordCheck = (name: string, values: readonly string[]): string =>
  `${name} IN (${values.map((word) => `'${word}'`).join(', ')}) AND ${name} NOT LIKE '% '`

const codeCheck = (name: string, max: number, sqlite: boolean): string =>
  sqlite
    ? `length(${name}) BETWEEN 1 AND ${max} AND ${name} NOT GLOB '*[^!-~]*'`
    : `${name} REGEXP '^[!-~]+$'`

const ISO_GLOB = `2${digits(3)}-[01]${digits(1)}-[0-3]${digits(1)}T[0-2]${digits(1)}:[0-5]${digits(1)}:[0-6]${digits(1)}.${digits(6)}Z`

function digits(count: number): string {
  return '[0-9]'.repeat(count)
}

const timeCheck = (name: string, dialect: DialectName): string =>
  dialect === 'sqlite' ? `length(${name}) = 27 AND ${name} GLOB '${ISO_GLOB}'` : `${name} >= '2000-01-01'`

const PLAIN_CHECKS: Partial<Record<ColumnKind['is'], (name: string, dialect: DialectName) => string>> = {
  user: (name, dialect) =>
    dialect === 'sqlite'
      ? `length(${name}) BETWEEN 3 AND 100 AND ${name} NOT GLOB '*[^A-Za-z0-9._@+-]*'`
      : `${name} REGEXP '^[A-Za-z0-9._@+-]{3,100}$'`,
  digest: (name, dialect) => DIALECTS[dialect].isDigest(name),
  json: (name, dialect) => (dialect === 'sqlite' ? `json_valid(${name})` : `JSON_VALID(${name})`),
  bool: (name) => `${name} IN (0, 1)`,
  time: timeCheck,
  stamp: timeCheck,
  mark: timeCheck,
  count: (name) => `${name} >= 0`,
  measure: (name) => `${name} BETWEEN -1.0e300 AND 1.0e300`,
}

function textCheck(name: string, max: number, sqlite: boolean, mayBeEmpty: boolean): string | null {
  const filled = mayBeEmpty ? null : sqlite ? `length(trim(${name})) > 0` : `CHAR_LENGTH(TRIM(${name})) > 0`
  const short = sqlite ? `length(${name}) <= ${max}` : mayBeEmpty ? `CHAR_LENGTH(${name}) <= ${max}` : null
  const both = [filled, short].filter((part) => part !== null)
  return both.length === 0 ? null : both.join(' AND ')
}
