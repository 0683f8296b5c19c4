/** What SQLite's own catalog says of a table, and whether its text can be taken apart for certain. */
import { createHash } from 'node:crypto'
import type Database from 'better-sqlite3'
import { type DefinedTable, readSqliteTable } from '../../sql/sqlite-table.ts'
import type { CatalogColumn, RowKey, TableFacts } from './shapes.ts'

/** Why something cannot be told of a database, for people. */
export class NoAnswer extends Error {}

/** An object of the database as `sqlite_schema` has it. */
export interface SchemaRow {
  readonly type: string
  readonly name: string
  readonly tbl_name: string
  readonly sql: string | null
}

/** SHA-256 of a value's JSON. */
export const digestOf = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex')

/** Every object of the database, in the order they were made. */
export const readSchema = (db: Database.Database): readonly SchemaRow[] =>
  db
    .prepare<[], SchemaRow>('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY rowid')
    .all()
    .map(({ type, name, tbl_name, sql }) => ({ type, name, tbl_name, sql }))

/** Over all objects, whatever their order: a rebuild makes the same ones again, later than others. */
export const schemaDigest = (rows: readonly SchemaRow[]): string =>
  digestOf(
    rows
      .map(({ type, name, tbl_name, sql }) => [type, name, tbl_name, sql])
      .map((row) => JSON.stringify(row))
      .sort(),
  )

/** The columns, in order. `hidden` is 2 for virtual and 3 for stored generated columns. */
export function readColumns(db: Database.Database, table: string): readonly CatalogColumn[] {
  const rows = db
    .prepare<[string], { name: string; type: string; pk: number; hidden: number }>(
      'SELECT name, type, pk, hidden FROM pragma_table_xinfo(?) ORDER BY cid',
    )
    .all(table)
  return rows.map(({ name, type, pk, hidden }) => ({
    name,
    type,
    keyPlace: pk,
    isGenerated: hidden === 2 || hidden === 3,
  }))
}

/** Everything about one table. @throws NoAnswer where there is no such table, or it is not one that is rebuilt */
export function readTable(db: Database.Database, table: string): TableFacts {
  const schema = readSchema(db)
  const own = schema.find(({ type, name }) => type === 'table' && name === table)
  const listed = db
    .prepare<[string], { type: string; wr: number; strict: number }>(
      "SELECT type, wr, strict FROM pragma_table_list WHERE schema = 'main' AND name = ?",
    )
    .get(table)
  if (own?.sql == null || listed === undefined) throw new NoAnswer(`there is no table ${table}`)
  if (listed.type !== 'table' || /^sqlite_/i.test(table))
    throw new NoAnswer(
      `${table} is a ${listed.type === 'table' ? 'table of SQLite itself' : `${listed.type} table`}`,
    )
  const columns = readColumns(db, table)
  const defined = readSqliteTable(own.sql)
  return {
    file: db.name,
    table,
    sql: own.sql,
    problem: disagreement(defined, columns, listed),
    columns,
    strict: listed.strict === 1,
    autoincrement: defined?.autoincrement === true,
    key: keyOf(db, table, { columns, withoutRowid: listed.wr === 1 }),
    own: ownObjects(schema, table),
    names: schema.map(({ name }) => name.toLowerCase()),
    hasStatistics: schema.some(({ name }) => name === 'sqlite_stat1'),
    schemaDigest: schemaDigest(schema),
  }
}

/** Where what was read in the text is not what SQLite made of it. */
function disagreement(
  defined: DefinedTable | null,
  columns: readonly CatalogColumn[],
  listed: { readonly wr: number; readonly strict: number },
): string | null {
  if (defined === null) return 'its definition cannot be taken apart'
  if (defined.strict !== (listed.strict === 1) || defined.withoutRowid !== (listed.wr === 1))
    return 'its options are not those its text seems to have'
  if (defined.columns.length !== columns.length) return 'its text seems to have other columns'
  const other = columns.find((column, index) => {
    const read = defined.columns[index]
    const type = read === undefined ? '' : defined.sql.slice(read.type.start, read.type.end)
    return read?.name !== column.name || type.toUpperCase() !== column.type.toUpperCase()
  })
  return other === undefined ? null : `its text seems to have another column or type than ${other.name}`
}

const ROWID_NAMES = ['rowid', '_rowid_', 'oid']

function keyOf(
  db: Database.Database,
  table: string,
  { columns, withoutRowid }: { readonly columns: readonly CatalogColumn[]; readonly withoutRowid: boolean },
): RowKey | null {
  const key = columns.filter(({ keyPlace }) => keyPlace > 0).sort((a, b) => a.keyPlace - b.keyPlace)
  if (withoutRowid) return { kind: 'columns', columns: key.map(({ name }) => name) }
  const indexed = db.prepare("SELECT 1 FROM pragma_index_list(?) WHERE origin = 'pk'").get(table)
  const [alias] = key
  // A primary key without an index of its own is the rowid under another name; INTEGER PRIMARY KEY DESC is not.
  if (alias !== undefined && indexed === undefined) return { kind: 'rowid', name: alias.name, isColumn: true }
  const taken = new Set(columns.map(({ name }) => name.toLowerCase()))
  const free = ROWID_NAMES.find((name) => !taken.has(name))
  return free === undefined ? null : { kind: 'rowid', name: free, isColumn: false }
}

const ownObjects = (schema: readonly SchemaRow[], table: string): TableFacts['own'] =>
  schema.flatMap(({ type, name, tbl_name, sql }) =>
    tbl_name.toLowerCase() === table.toLowerCase() && sql !== null && (type === 'index' || type === 'trigger')
      ? [{ type, name, sql }]
      : [],
  )
