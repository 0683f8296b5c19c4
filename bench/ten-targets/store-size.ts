/** How large a store is: its pages while it is written, its tables once it is closed. */
import Database from 'better-sqlite3'

/** One table of the store. */
export interface TableSize {
  readonly table: string
  readonly rows: number
  /** With its indexes. */
  readonly bytes: number
}

/**
 * Bytes of the pages in use, as a reader sees them now. The files say less: the write-ahead log is filled and reused, and
 * the database grows when it is emptied into it.
 */
export function storeBytes(file: string): number {
  const db = new Database(file, { readonly: true })
  try {
    const pragma = (name: string): number => Number(db.pragma(name, { simple: true }))
    return (pragma('page_count') - pragma('freelist_count')) * pragma('page_size')
  } finally {
    db.close()
  }
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
