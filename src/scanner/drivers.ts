/** The drivers and query libraries that are known, as data: their dialect and how they send. Names are those on npm. */
import { MARIADB, MYSQL, POSTGRESQL, SQLITE, type SqlDialect } from '../sql/index.ts'

/** What is known of one package. */
export interface Driver {
  /** Null for a library that speaks to several engines. */
  readonly dialect: SqlDialect | null
  /** True if a call returns rows and not a promise: there is no round trip to wait for. */
  readonly synchronous: boolean
}

const of = (dialect: SqlDialect | null, names: string, synchronous = false): [string, Driver][] =>
  names.split(' ').map((name) => [name, { dialect, synchronous }])

/** By package name. */
export const DRIVERS: ReadonlyMap<string, Driver> = new Map([
  ...of(
    MYSQL,
    'mysql mysql2 promise-mysql serverless-mysql @planetscale/database mysql-promise @mysql/xdevapi',
  ),
  ...of(MARIADB, 'mariadb'),
  ...of(
    POSTGRESQL,
    'pg postgres pg-promise slonik @neondatabase/serverless @vercel/postgres pg-native pg-pool @electric-sql/pglite ' +
      'postgres-migrations @databases/pg @pgtyped/runtime zapatos node-pg-migrate',
  ),
  ...of(
    SQLITE,
    'sqlite3 sqlite @libsql/client expo-sqlite libsql @databases/sqlite react-native-sqlite-storage',
  ),
  ...of(SQLITE, 'better-sqlite3 node:sqlite bun:sqlite sql.js', true),
  ...of(
    null,
    'knex sequelize sequelize-typescript typeorm @prisma/client drizzle-orm kysely objection bookshelf @mikro-orm/knex ' +
      '@mikro-orm/core @nestjs/typeorm sql-template-strings sql-template-tag @databases/sql umzug',
  ),
])

/** The known package a specifier names, e.g. `mysql2` of `mysql2/promise`; null if none. */
export function driverPackage(specifier: string): string | null {
  if (DRIVERS.has(specifier)) return specifier
  const parts = specifier.split('/')
  const name = specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? '')
  return DRIVERS.has(name) ? name : null
}

/** The dialect a library's setting names: `client: 'pg'`, `provider = "sqlite"`, `dialect: 'mariadb'`. */
export function dialectNamed(word: string): SqlDialect | null {
  const lower = word.toLowerCase()
  if (/^(pg|postgres|postgresql|cockroachdb|pgnative|neon)/.test(lower)) return POSTGRESQL
  if (/^maria/.test(lower)) return MARIADB
  if (/^(mysql|planetscale)/.test(lower)) return MYSQL
  return /^(better-sqlite|sqlite|libsql|turso|d1)/.test(lower) ? SQLITE : null
}

/** What a statement's own text shows of its dialect; null if nothing. */
export function dialectOfText(text: string): SqlDialect | null {
  if (/`\w+`|\bON DUPLICATE KEY\b|\bAUTO_INCREMENT\b|\bENGINE\s*=/i.test(text)) return MYSQL
  if (/\$\d|::[a-z]|\bILIKE\b|\bJSONB\b|\bSERIAL\b|\bTIMESTAMPTZ\b|\$\$|\bGEN_RANDOM_UUID\b/i.test(text))
    return POSTGRESQL
  return /\bAUTOINCREMENT\b|\bPRAGMA\b|\bINSERT OR (IGNORE|REPLACE)\b|\bWITHOUT ROWID\b/i.test(text)
    ? SQLITE
    : null
}
