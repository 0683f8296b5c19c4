/** One connection that runs the store's own statements: migrations, dumps, grants. Not for the pipeline's rows. */
import type Database from 'better-sqlite3'
import type { Connection } from 'mysql2/promise'
import type { DialectName } from './schema/dialect.ts'

/** A row as the driver gives it. */
export type Row = Readonly<Record<string, unknown>>

/** One connection, one statement at a time. */
export interface Session {
  readonly dialect: DialectName
  run(sql: string): Promise<void>
  rows(sql: string, values?: readonly (string | number | null)[]): Promise<readonly Row[]>
}

/** A session over an open SQLite connection (see ./sqlite/open.ts). */
export function sqliteSession(database: Database.Database): Session {
  return {
    dialect: 'sqlite',
    run: async (sql) => {
      database.exec(sql)
    },
    rows: async (sql, values = []) => {
      const statement = database.prepare(sql)
      if (statement.reader) return statement.all(...values) as Row[]
      statement.run(...values)
      return []
    },
  }
}

/** A session over one connection of the MySQL family. Prepared only where there are values: DDL cannot be. */
export function mysqlSession(connection: Connection): Session {
  return {
    dialect: 'mysql',
    run: async (sql) => {
      await connection.query(sql)
    },
    rows: async (sql, values = []) => {
      const [rows] = await connection.query(sql, [...values])
      return Array.isArray(rows) ? (rows as Row[]) : []
    },
  }
}
