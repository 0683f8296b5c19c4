/** A session with the rights to change the schema: an SQLite file, or a server of the MySQL family as its owner. */
import mysql from 'mysql2/promise'
import { type StoreTls, sslOptions } from './mysql/tls.ts'
import { mysqlSession, type Session, sqliteSession } from './session.ts'
import { openSqlite } from './sqlite/open.ts'

/** Which store, and as whom. Without an account the one in the URL is used. */
export interface OwnerAddress {
  readonly path?: string
  /** A file that is not there is DBM_STORE_MISSING instead of made. */
  readonly mustExist?: boolean
  /** `mysql://host:port/database` */
  readonly url?: string
  /** Absent: not encrypted. */
  readonly tls?: StoreTls
  readonly account?: { readonly user: string; readonly password: string }
}

/** Runs `work` on such a session and closes it whatever happens. @throws what opening or `work` throws. */
export async function withOwnerSession<T>(
  address: OwnerAddress,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  if (address.url === undefined) {
    const database = openSqlite({ path: address.path ?? ':memory:', mustExist: address.mustExist ?? false })
    try {
      return await work(sqliteSession(database))
    } finally {
      database.close()
    }
  }
  const url = new URL(address.url)
  const connection = await mysql.createConnection({
    host: url.hostname,
    port: Number(url.port || 3306),
    database: decodeURIComponent(url.pathname.slice(1)),
    user: address.account?.user ?? decodeURIComponent(url.username),
    password: address.account?.password ?? decodeURIComponent(url.password),
    ...(address.tls === undefined ? {} : { ssl: sslOptions(address.tls, url.hostname) }),
    dateStrings: true,
    multipleStatements: false,
  })
  try {
    return await work(mysqlSession(connection))
  } finally {
    await connection.end()
  }
}
