/**
 * Statements of a migration that adds computed columns and indexes to tables that are there, and takes them away. The
 * MySQL family has no IF NOT EXISTS for them, so a procedure of one call looks first: a run that died goes on.
 */
import { columnLine, laterIndexes } from './create-table.ts'
import { DIALECTS, type DialectName } from './dialect.ts'
import type { Statement } from './generate.ts'
import { TABLES } from './tables.ts'

/** What is added: computed columns by name, and all later indexes of the table. */
export interface LaterParts {
  readonly table: string
  readonly columns: readonly string[]
}

/** Adds them. @throws RangeError for a table or column the schema does not have */
export const addLater = (dialect: DialectName, parts: readonly LaterParts[]): readonly Statement[] =>
  dialect === 'sqlite' ? parts.flatMap(addToSqlite) : throughProcedure(parts.flatMap(addToMysql))

/** Takes them away again. @throws RangeError as `addLater` */
export const dropLater = (dialect: DialectName, parts: readonly LaterParts[]): readonly Statement[] =>
  dialect === 'sqlite' ? parts.flatMap(dropFromSqlite) : throughProcedure(parts.flatMap(dropFromMysql))

function tableNamed(name: string) {
  const found = TABLES.find((each) => each.name === name)
  if (found === undefined) throw new RangeError(`the schema has no table ${name}`)
  return found
}

function columnText(of: LaterParts, name: string, dialect: DialectName): string {
  const table = tableNamed(of.table)
  const column = table.columns.find((each) => each.name === name)
  if (column === undefined) throw new RangeError(`${of.table} has no column ${name}`)
  return `ALTER TABLE ${of.table} ADD COLUMN ${columnLine(table, column, DIALECTS[dialect])}`
}

const aboutTable = (of: LaterParts): string => `what ${of.table} is looked up by`
const indexText = (of: LaterParts, { name, key }: ReturnType<typeof laterIndexes>[number]): string =>
  `CREATE INDEX ${name} ON ${of.table} (${key})`

const addToSqlite = (of: LaterParts): Statement[] =>
  [
    ...of.columns.map((name) => columnText(of, name, 'sqlite')),
    ...laterIndexes(tableNamed(of.table)).map((index) => indexText(of, index)),
  ].map((sql) => ({ about: aboutTable(of), sql }))

const dropFromSqlite = (of: LaterParts): Statement[] =>
  [
    ...laterIndexes(tableNamed(of.table)).map(({ name }) => `DROP INDEX IF EXISTS ${name}`),
    ...of.columns.map((name) => `ALTER TABLE ${of.table} DROP COLUMN ${name}`),
  ].map((sql) => ({ about: aboutTable(of), sql }))

/** A statement and the row of information_schema that says whether it is done. */
interface Looked {
  readonly sql: string
  readonly isThere: string
  /** True: it adds, and is left out where it is there. */
  readonly adds: boolean
}

const indexRow = (of: LaterParts, name: string): string =>
  `SELECT 1 FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = '${of.table}' AND index_name = '${name}'`
const columnRow = (of: LaterParts, name: string): string =>
  `SELECT 1 FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = '${of.table}' AND column_name = '${name}'`

const addToMysql = (of: LaterParts): Looked[] => [
  ...of.columns.map((name) => ({
    sql: columnText(of, name, 'mysql'),
    isThere: columnRow(of, name),
    adds: true,
  })),
  ...laterIndexes(tableNamed(of.table)).map((index) => ({
    sql: indexText(of, index),
    isThere: indexRow(of, index.name),
    adds: true,
  })),
]

const dropFromMysql = (of: LaterParts): Looked[] => [
  ...laterIndexes(tableNamed(of.table)).map(({ name }) => ({
    sql: `DROP INDEX ${name} ON ${of.table}`,
    isThere: indexRow(of, name),
    adds: false,
  })),
  ...of.columns.map((name) => ({
    sql: `ALTER TABLE ${of.table} DROP COLUMN ${name}`,
    isThere: columnRow(of, name),
    adds: false,
  })),
]

const ONCE = 'dbm_change_once'

function throughProcedure(statements: readonly Looked[]): Statement[] {
  const lines = statements.map(
    ({ sql, isThere, adds }) => `  IF ${adds ? 'NOT ' : ''}EXISTS (${isThere}) THEN\n    ${sql};\n  END IF;`,
  )
  return [
    `DROP PROCEDURE IF EXISTS ${ONCE}`,
    `CREATE PROCEDURE ${ONCE}()\n  SQL SECURITY INVOKER\nBEGIN\n${lines.join('\n')}\nEND`,
    `CALL ${ONCE}()`,
    `DROP PROCEDURE IF EXISTS ${ONCE}`,
  ].map((sql) => ({ about: 'what tables are looked up by', sql }))
}
