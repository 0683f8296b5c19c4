/** CREATE TABLE and CREATE INDEX of one table in one dialect. Idempotent: IF NOT EXISTS throughout. */
import { type Column, columnCheck, columnType } from './columns.ts'
import { DIALECTS, type Dialect, type DialectName } from './dialect.ts'
import { wrapSql } from './layout.ts'
import type { Table } from './table.ts'

/** A key that the primary or a unique key does not already begin with. */
const isCovered = (table: Table, key: readonly string[]): boolean =>
  [table.primaryKey, ...table.unique].some((each) => key.every((column, at) => each[at] === column))

/** The statement that creates a table. */
export function createTable(table: Table, dialect: Dialect): string {
  const lines = [
    ...table.columns.map((column) => columnLine(table, column, dialect)),
    ...keyLines(table, dialect),
    ...table.columns.flatMap((column) => {
      const check = columnCheck(column, dialect.name)
      return check === null || column.generated !== undefined
        ? []
        : [`CONSTRAINT ${table.name}_${column.name}_ck CHECK (${check})`]
    }),
    ...table.checks.map((check) => `CONSTRAINT ${check.name} CHECK (${check.sql(dialect)})`),
  ]
  const body = lines.map((line) => `  ${wrapSql(line, '  ')}`).join(',\n')
  const end =
    dialect.name === 'sqlite'
      ? ') STRICT'
      : ') ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin ROW_FORMAT = DYNAMIC'
  return `CREATE TABLE IF NOT EXISTS ${table.name} (\n${body}\n${end}`
}

/** One column as CREATE TABLE and ALTER TABLE have it. */
export function columnLine(table: Table, column: Column, dialect: Dialect): string {
  const type = columnType(column.kind, dialect.name)
  if (column.generated !== undefined) {
    const kept = column.stored === true ? 'STORED' : 'VIRTUAL'
    return `${column.name} ${type} GENERATED ALWAYS AS (${column.generated(dialect.name)}) ${kept}`
  }
  if (column.kind.is === 'id' && table.primaryKey.length === 1)
    return `${column.name} ${idType(dialect.name)}`
  const required = column.nullable ? ' NULL' : ' NOT NULL'
  const fallback = fallbackOf(column, dialect)
  return `${column.name} ${type}${required}${fallback === null ? '' : ` DEFAULT ${fallback}`}`
}

const idType = (dialect: DialectName): string =>
  dialect === 'sqlite' ? 'INTEGER PRIMARY KEY AUTOINCREMENT' : 'BIGINT UNSIGNED NOT NULL AUTO_INCREMENT'

function fallbackOf(column: Column, dialect: Dialect): string | null {
  if (column.fallback !== undefined) return column.fallback
  if (column.kind.is !== 'stamp') return null
  // SQLite's trigger compares the value with this default; MySQL's overwrites whatever is given.
  return dialect.name === 'sqlite' ? `(${dialect.now})` : "'2000-01-01 00:00:00'"
}

function keyLines(table: Table, dialect: Dialect): string[] {
  const sqlite = dialect.name === 'sqlite'
  const counted = table.columns.some((column) => column.kind.is === 'id')
  const primary = sqlite && counted ? [] : [`PRIMARY KEY (${table.primaryKey.join(', ')})`]
  const unique = table.unique.map((key, at) =>
    sqlite ? `UNIQUE (${key.join(', ')})` : `UNIQUE KEY ${table.name}_uq${at + 1} (${key.join(', ')})`,
  )
  const foreign = table.foreignKeys.map((key, at) => {
    const name = sqlite ? '' : `CONSTRAINT ${table.name}_fk${at + 1} `
    const target = `${key.to} (${key.toColumns.join(', ')})`
    return `${name}FOREIGN KEY (${key.columns.join(', ')}) REFERENCES ${target} ON DELETE RESTRICT ON UPDATE RESTRICT`
  })
  const indexes = sqlite
    ? []
    : table.indexes.map((key, at) => `KEY ${table.name}_ix${at + 1} (${key.join(', ')})`)
  const later = sqlite ? [] : laterIndexes(table).map(({ name, key }) => `KEY ${name} (${key})`)
  return [...primary, ...unique, ...foreign, ...indexes, ...later]
}

/** Indexes that came after the table, with their names and columns. */
export const laterIndexes = ({
  name,
  laterIndexes: keys,
}: Table): readonly { readonly name: string; readonly key: string }[] =>
  keys.map((key, at) => ({ name: `${name}_rx${at + 1}`, key: key.join(', ') }))

/** Indexes that SQLite declares apart from the table: those asked for, and one for each foreign key. */
export function createIndexes(table: Table): string[] {
  const keys = [...table.indexes, ...table.foreignKeys.map((key) => key.columns)]
  const distinct = keys.filter(
    (key, at) => !isCovered(table, key) && keys.findIndex((each) => each.join() === key.join()) === at,
  )
  const named = distinct.map((key, at) => ({ name: `${table.name}_ix${at + 1}`, key: key.join(', ') }))
  return [...named, ...laterIndexes(table)].map(
    ({ name, key }) => `CREATE INDEX IF NOT EXISTS ${name} ON ${table.name} (${key})`,
  )
}

/** All statements that create a table in a dialect. */
export function tableStatements(table: Table, dialectName: DialectName): string[] {
  const dialect = DIALECTS[dialectName]
  return dialectName === 'sqlite'
    ? [createTable(table, dialect), ...createIndexes(table)]
    : [createTable(table, dialect)]
}
