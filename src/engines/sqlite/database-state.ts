/** What holds of a database and one of its tables: asked before a rebuild, computed for after it, and asked again before COMMIT. */
import type Database from 'better-sqlite3'
import { quoteSqliteName } from '../../sql/quoting.ts'
import { digestOf, readColumns, readSchema, schemaDigest } from './catalog.ts'
import type { DatabaseState } from './shapes.ts'

/** One column's type as it is to be. */
interface Retyped {
  readonly column: string
  readonly type: string
  /** The table's text then. */
  readonly sql: string
}

/** The state now. Reads the table, its indexes and the tables that refer to it whole. */
export const readState = (db: Database.Database, table: string): DatabaseState => ({
  ...describe(db, table, null),
  foreignKeyViolations: countViolations(db, table),
  integrity: checkIntegrity(db, table),
})

/** The state to be, where only this is to change and the table is sound. Reads definitions only. */
export const expectedState = (db: Database.Database, table: string, change: Retyped): DatabaseState => ({
  ...describe(db, table, change),
  foreignKeyViolations: 0,
  integrity: 'ok',
})

function describe(
  db: Database.Database,
  table: string,
  change: Retyped | null,
): Omit<DatabaseState, 'foreignKeyViolations' | 'integrity'> {
  const schema = readSchema(db).map((row) =>
    change !== null && row.type === 'table' && row.name === table ? { ...row, sql: change.sql } : row,
  )
  return {
    schema: schemaDigest(schema),
    shape: digestOf(shapeOf(db, table, change)),
    unusable: unusable(db),
    journalMode: String(db.pragma('journal_mode', { simple: true })),
    userVersion: Number(db.pragma('user_version', { simple: true })),
    applicationId: Number(db.pragma('application_id', { simple: true })),
  }
}

/** What the catalog states of a table: columns, foreign keys, and indexes with their columns, orders and collations. */
function shapeOf(db: Database.Database, table: string, change: Retyped | null): unknown {
  const columns = db.prepare('SELECT * FROM pragma_table_xinfo(?) ORDER BY cid').all(table) as {
    name: string
  }[]
  const indexes = db
    .prepare<[string], { name: string }>(
      'SELECT name, "unique", origin, partial FROM pragma_index_list(?) ORDER BY name',
    )
    .all(table)
  const parts = db.prepare('SELECT * FROM pragma_index_xinfo(?) ORDER BY seqno')
  return {
    columns: columns.map((row) => (row.name === change?.column ? { ...row, type: change.type } : row)),
    indexes: indexes.map((index) => ({ ...index, parts: parts.all(index.name) })),
    foreignKeys: db.prepare('SELECT * FROM pragma_foreign_key_list(?) ORDER BY id, seq').all(table),
    options: db
      .prepare("SELECT type, ncol, wr, strict FROM pragma_table_list WHERE schema = 'main' AND name = ?")
      .get(table),
  }
}

/**
 * Views, and tables and views with triggers, that a statement cannot be prepared on. Preparing compiles every trigger that
 * the statement would fire, and runs nothing.
 */
function unusable(db: Database.Database): readonly string[] {
  const schema = readSchema(db)
  const views = schema.filter(({ type }) => type === 'view').map(({ name }) => name)
  const withTriggers = new Set(schema.filter(({ type }) => type === 'trigger').map((row) => row.tbl_name))
  return [
    ...views.flatMap((name) => problemOf(db, name, `SELECT * FROM ${quoteSqliteName(name)}`)),
    ...[...withTriggers].flatMap((name) =>
      writesOn(db, name).flatMap((statement) => problemOf(db, name, statement)),
    ),
  ].sort()
}

function writesOn(db: Database.Database, name: string): readonly string[] {
  const table = quoteSqliteName(name)
  const columns = readColumns(db, name).filter(({ isGenerated }) => !isGenerated)
  const same = columns.map((column) => `${quoteSqliteName(column.name)} = ${quoteSqliteName(column.name)}`)
  return [
    `INSERT INTO ${table} DEFAULT VALUES`,
    `DELETE FROM ${table}`,
    ...(same.length === 0 ? [] : [`UPDATE ${table} SET ${same.join(', ')}`]),
  ]
}

function problemOf(db: Database.Database, name: string, statement: string): readonly string[] {
  try {
    db.prepare(statement)
    return []
  } catch (error) {
    return [`${name}: ${(error as Error).message}`]
  }
}

function countViolations(db: Database.Database, table: string): number {
  const children = db
    .prepare<[string], { name: string }>(
      `SELECT DISTINCT m.name FROM sqlite_schema m JOIN pragma_foreign_key_list(m.name) f
       WHERE m.type = 'table' AND m.rootpage > 0 AND lower(f."table") = lower(?)`,
    )
    .all(table)
  const count = db.prepare<[string], { n: number }>('SELECT count(*) AS n FROM pragma_foreign_key_check(?)')
  const tables = new Set([table, ...children.map(({ name }) => name)])
  return [...tables].reduce((sum, name) => sum + (count.get(name)?.n ?? 0), 0)
}

/** Its messages name rows, columns and indexes, and no value. */
function checkIntegrity(db: Database.Database, table: string): string {
  const rows = db.pragma(`integrity_check(${quoteSqliteName(table)})`) as { integrity_check: string }[]
  return rows
    .slice(0, 5)
    .map((row) => row.integrity_check)
    .join('; ')
}
