/**
 * What differs between the two SQL dialects of the store, as text fragments. Rules, effects and audit
 * entries are written once with these fragments and rendered for each dialect, so they cannot drift.
 * SQLite: 3.45 or later. MySQL family: MySQL 8.0.19+ and 9, MariaDB 10.11+.
 */

/** The two dialects of the store. */
export type DialectName = 'sqlite' | 'mysql'

/** Fragments of one dialect. Every method takes and gives SQL text. */
export interface Dialect {
  readonly name: DialectName
  /** The present moment, in the store's own time format, from a clock a session cannot forge. */
  readonly now: string
  /** The role of the connection: one of the account roles, or '' for the owner. */
  readonly role: string
  /** Appended to a subquery that must see the newest committed row and keep it until commit. */
  readonly share: string
  /** Null-safe equality. */
  same(a: string, b: string): string
  /** `time` moved by `amount` units. */
  plus(time: string, amount: number, unit: 'MINUTE' | 'HOUR' | 'DAY'): string
  /** Whole seconds from one time to another; negative where it was before. */
  seconds(from: string, to: string): string
  /** SHA-256 of a text or byte column, 64 lower-case hex digits. */
  sha256(value: string): string
  /** The scalar at a JSON path as text; NULL for a missing member and for JSON null. */
  jsonText(document: string, path: string): string
  /** The JSON fragment at a path as JSON text; NULL for a missing member. */
  jsonPart(document: string, path: string): string
  /** An ISO 8601 text as the store's own time value. */
  isoTime(text: string): string
  /** Number of elements of a JSON array or members of an object; 0 if it is NULL. */
  jsonLength(document: string): string
  /** An object of these names and values. */
  jsonObject(pairs: readonly (readonly [string, string])[]): string
  /** Is this JSON text an object? NULL for NULL. */
  isObject(document: string): string
  /** So many bytes from the server's generator for keys. */
  randomBytes(count: number): string
  /** The text of a byte column in upper-case hex. */
  hex(value: string): string
  /** Does this text match 64 lower-case hex digits? */
  isDigest(value: string): string
  /** True if `value` (a JSON array) holds the whole number `item`. */
  jsonHoldsNumber(value: string, item: string): string
}

const SQLITE_TIME = "'%Y-%m-%dT%H:%M:%f000Z'"

/** SQLite. Times are text, ISO 8601 in UTC with six decimals (the last three 0: SQLite counts in ms). */
export const sqliteDialect: Dialect = {
  name: 'sqlite',
  now: `strftime(${SQLITE_TIME}, 'now')`,
  role: 'dbm_role()',
  share: '',
  same: (a, b) => `${a} IS ${b}`,
  plus: (time, amount, unit) =>
    `strftime(${SQLITE_TIME}, ${time}, '${amount < 0 ? '' : '+'}${amount} ${unit.toLowerCase()}')`,
  seconds: (from, to) => `(unixepoch(${to}) - unixepoch(${from}))`,
  sha256: (value) => `dbm_sha256(${value})`,
  jsonText: (document, path) => `(${document} ->> '${path}')`,
  jsonPart: (document, path) => `(${document} -> '${path}')`,
  isoTime: (text) => text,
  jsonLength: (document) => `(SELECT COUNT(*) FROM json_each(${document}))`,
  jsonObject: (pairs) => `json_object(${pairs.map(([name, value]) => `'${name}', ${value}`).join(', ')})`,
  isObject: (document) => `json_type(${document}) = 'object'`,
  // SQLite 3.45+: ChaCha20, seeded by the system.
  randomBytes: (count) => `randomblob(${count})`,
  hex: (value) => `hex(${value})`,
  isDigest: (value) => `(length(${value}) = 64 AND ${value} NOT GLOB '*[^0-9a-f]*')`,
  jsonHoldsNumber: (value, item) =>
    `EXISTS (SELECT 1 FROM json_each(${value}) j WHERE j.type = 'integer' AND j.value = ${item})`,
}

/** MySQL and MariaDB. Times are DATETIME(6) in UTC; SYSDATE, because a session can forge NOW(). */
export const mysqlDialect: Dialect = {
  name: 'mysql',
  now: 'SYSDATE(6)',
  role: 'dbm_session_role()',
  share: ' LOCK IN SHARE MODE',
  same: (a, b) => `${a} <=> ${b}`,
  plus: (time, amount, unit) => `${time} + INTERVAL ${amount} ${unit}`,
  seconds: (from, to) => `TIMESTAMPDIFF(SECOND, ${from}, ${to})`,
  sha256: (value) => `CONVERT(SHA2(${value}, 256) USING ascii)`,
  // JSON_VALUE gives NULL beyond 512 characters: only short scalars are ever compared.
  // MySQL gives it a collation (utf8mb4_0900_bin) that cannot be compared with ours: it is said explicitly.
  jsonText: (document, path) =>
    `CONVERT(JSON_VALUE(${document}, '${path}') USING utf8mb4) COLLATE utf8mb4_bin`,
  jsonPart: (document, path) => `JSON_EXTRACT(${document}, '${path}')`,
  isoTime: (text) => `CAST(REPLACE(REPLACE(${text}, 'T', ' '), 'Z', '') AS DATETIME(6))`,
  jsonLength: (document) => `COALESCE(JSON_LENGTH(${document}), 0)`,
  jsonObject: (pairs) => `JSON_OBJECT(${pairs.map(([name, value]) => `'${name}', ${value}`).join(', ')})`,
  isObject: (document) => `JSON_TYPE(${document}) = 'OBJECT'`,
  randomBytes: (count) => `RANDOM_BYTES(${count})`,
  hex: (value) => `HEX(${value})`,
  isDigest: (value) => `(${value} REGEXP '^[0-9a-f]{64}$')`,
  jsonHoldsNumber: (value, item) => `JSON_CONTAINS(${value}, CAST(${item} AS CHAR))`,
}

/** Both dialects, by name. */
export const DIALECTS: Readonly<Record<DialectName, Dialect>> = { sqlite: sqliteDialect, mysql: mysqlDialect }
