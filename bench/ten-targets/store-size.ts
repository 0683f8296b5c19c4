/** How large a store is: its files while it is written, its tables once it is closed. */
import { statSync } from 'node:fs'
import Database from 'better-sqlite3'

/** One table of the store. */
export interface TableSize {
  readonly table: string
  readonly rows: number
  /** With its indexes. */
  readonly bytes: number
}

/** Bytes of the store's files: database and write-ahead log. */
export function storeBytes(file: string): number {
  return [file, `${file}-wal`].reduce(
    (sum, path) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0),
    0,
  )
}

/** Rows and bytes of each table that has rows, the largest first; bytes by SQLite's dbstat table. */
export function tableSizes(file: string): readonly TableSize[] {
  const db = new Database(file, { readonly: true })
  try {
    const bytes = new Map(
      db
        .prepare<[], { table: string; bytes: number }>(
          `SELECT m.tbl_name AS "table", SUM(s.pgsize) AS bytes
             FROM dbstat s JOIN sqlite_schema m ON m.name = s.name GROUP BY m.tbl_name`,
        )
        .all()
        .map((row) => [row.table, row.bytes]),
    )
    return db
      .prepare<[], { name: string }>(
        `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name`,
      )
      .all()
      .map(({ name }) => ({
        table: name,
        rows:
          db.prepare<[], { n: number }>(`SELECT COUNT(*) AS n FROM "${name.replaceAll('"', '""')}"`).get()
            ?.n ?? 0,
        bytes: bytes.get(name) ?? 0,
      }))
      .filter((one) => one.rows > 0)
      .sort((a, b) => b.bytes - a.bytes)
  } finally {
    db.close()
  }
}
