/** How much each table of the store holds: rows, bytes with indexes, and the time of the oldest row. */
import { sql } from 'kysely'
import type { TableSize } from '../../core/retention-port.ts'
import { statement } from '../database/raw-sql.ts'
import type { StoreDatabase } from '../database/store-database.ts'
import { utc } from '../rows/cells.ts'
import type { Table } from '../schema/table.ts'
import { TABLES } from '../schema/tables.ts'

interface Held {
  readonly name: string
  readonly rows: number | null
  readonly bytes: number | null
}

/**
 * Every table that grows, the largest first. On the MySQL family rows and bytes are the server's statistics
 * (information_schema.TABLES: an estimate for InnoDB); on SQLite rows are counted and bytes are those of the pages the
 * table and its indexes occupy (the virtual table dbstat, which reads every page).
 */
export async function tableSizes(db: StoreDatabase): Promise<readonly TableSize[]> {
  const held = db.dialect === 'mysql' ? await serverSizes(db) : await fileSizes(db)
  const sizes: TableSize[] = []
  for (const table of TABLES.filter((each) => each.name !== 'state_transitions')) {
    const found = held.get(table.name)
    // A server lists only the tables the account may use.
    if (found === undefined) continue
    const rows = found.rows ?? (await counted(db, table.name))
    const oldest = rows === 0 ? null : await oldestOf(db, table)
    sizes.push({ table: table.name, rows, estimated: found.rows !== null, bytes: found.bytes, oldest })
  }
  return sizes.sort((a, b) => (b.bytes ?? 0) - (a.bytes ?? 0) || b.rows - a.rows)
}

async function serverSizes(db: StoreDatabase): Promise<ReadonlyMap<string, Held>> {
  const rows = await db.all(
    statement(
      'mysql',
      sql<Held>`SELECT TABLE_NAME AS name, TABLE_ROWS AS \`rows\`, DATA_LENGTH + INDEX_LENGTH AS bytes FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE'`,
    ),
  )
  return new Map(
    rows.map((r) => [r.name, { name: r.name, rows: numberOr(r.rows), bytes: numberOr(r.bytes) }]),
  )
}

const numberOr = (value: number | null): number | null => (value === null ? null : Number(value))

async function fileSizes(db: StoreDatabase): Promise<ReadonlyMap<string, Held>> {
  const rows = await db.all(
    statement(
      'sqlite',
      sql<{
        name: string
        bytes: number
      }>`SELECT s.tbl_name AS name, SUM(d.pgsize) AS bytes FROM dbstat d JOIN sqlite_schema s ON s.name = d.name WHERE d.aggregate = TRUE GROUP BY s.tbl_name`,
    ),
  )
  return new Map(rows.map((r) => [r.name, { name: r.name, rows: null, bytes: Number(r.bytes) }]))
}

async function counted(db: StoreDatabase, table: string): Promise<number> {
  const row = await db.first(
    statement(db.dialect, sql<{ n: number }>`SELECT COUNT(*) AS n FROM ${sql.table(table)}`),
  )
  return Number(row?.n ?? 0)
}

/** By the index a table has on its time, else by its key, which grows with time. */
async function oldestOf(db: StoreDatabase, table: Table): Promise<string | null> {
  const indexed = table.name === 'metric_samples' ? 'window_end' : null
  const stamp = table.columns.find((column) => column.kind.is === 'stamp')?.name
  const column = indexed ?? stamp
  const [key] = table.primaryKey
  if (column === undefined || key === undefined) return null
  const row = await db.first(
    statement(
      db.dialect,
      sql<{
        at: string
      }>`SELECT ${sql.ref(column)} AS at FROM ${sql.table(table.name)} ORDER BY ${sql.ref(indexed ?? key)} LIMIT 1`,
    ),
  )
  return row === null ? null : utc(row.at)
}
