/** Foreign keys of a table and those that point at it, and which index each of them needs. */
import { type Row, text, textOrEmpty } from '../cells.ts'
import type { IndexDefinition, TableDefinition } from '../shapes.ts'
import type { Reader } from './question.ts'
import type { ServerFacts } from './server-facts.ts'
import type { TableName } from './table-name.ts'

/** Foreign keys around one table. */
export interface ForeignKeys {
  readonly own: TableDefinition['foreignKeys']
  /** Columns of this table other tables point at, one entry a foreign key. */
  readonly referencedBy: readonly (readonly string[])[]
}

const OWN_SQL = `SELECT CONSTRAINT_NAME AS name, COLUMN_NAME AS column_name, REFERENCED_TABLE_SCHEMA AS ref_schema,
  REFERENCED_TABLE_NAME AS ref_table
FROM information_schema.KEY_COLUMN_USAGE
WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND REFERENCED_TABLE_NAME IS NOT NULL
ORDER BY CONSTRAINT_NAME, ORDINAL_POSITION LIMIT 1024`

/** MySQL 8+ answers this from its dictionary. On MariaDB it opens every table, hence the one below. */
const REFERENCING_SQL = `SELECT CONCAT(TABLE_SCHEMA, '/', TABLE_NAME, '/', CONSTRAINT_NAME) AS name,
  REFERENCED_COLUMN_NAME AS column_name, REFERENCED_TABLE_SCHEMA AS ref_schema, REFERENCED_TABLE_NAME AS ref_table
FROM information_schema.KEY_COLUMN_USAGE
WHERE REFERENCED_TABLE_SCHEMA = ? AND REFERENCED_TABLE_NAME = ?
ORDER BY name, POSITION_IN_UNIQUE_CONSTRAINT LIMIT 1024`

/** InnoDB's own dictionary; needs PROCESS. Names there are in the file-name character set. */
const REFERENCING_INNODB_SQL = `SELECT f.ID AS name, c.REF_COL_NAME AS column_name, NULL AS ref_table
FROM information_schema.INNODB_SYS_FOREIGN f
JOIN information_schema.INNODB_SYS_FOREIGN_COLS c ON c.ID = f.ID
WHERE f.REF_NAME = ? ORDER BY f.ID, c.POS LIMIT 1024`

/** Reads both directions. Rejects with the server's error. */
export async function readForeignKeys(
  reader: Reader,
  facts: ServerFacts,
  name: TableName,
): Promise<ForeignKeys> {
  const own = await reader.query(OWN_SQL, [name.schema, name.table])
  return { own: ownKeys(own), referencedBy: await referencing(reader, facts, name) }
}

async function referencing(
  reader: Reader,
  facts: ServerFacts,
  name: TableName,
): Promise<readonly (readonly string[])[]> {
  const files = [fileName(name.schema), fileName(name.table)]
  const encoded = files.includes(null) ? null : files.join('/')
  const isInDictionary = facts.flavour === 'mariadb' && encoded !== null
  const rows = isInDictionary
    ? await reader.query(REFERENCING_INNODB_SQL, [encoded]).catch(orWithoutProcess(reader, name))
    : await reader.query(REFERENCING_SQL, [name.schema, name.table])
  // information_schema compares names without accents on MariaDB: `täble` would answer for `table`.
  const exact = rows.filter(
    (row) =>
      row['ref_table'] === null ||
      (text(row['ref_schema']) === name.schema && text(row['ref_table']) === name.table),
  )
  const groups = Map.groupBy(exact, (row) => textOrEmpty(row['name']))
  return [...groups.values()].map((group) => group.map((row) => textOrEmpty(row['column_name'])))
}

function orWithoutProcess(reader: Reader, name: TableName): (error: unknown) => Promise<readonly Row[]> {
  return (error) => {
    if ((error as { errno?: number }).errno !== 1227) throw error
    return reader.query(REFERENCING_SQL, [name.schema, name.table])
  }
}

function ownKeys(rows: readonly Row[]): TableDefinition['foreignKeys'] {
  const groups = Map.groupBy(rows, (row) => textOrEmpty(row['name']))
  return [...groups].map(([name, group]) => ({
    name,
    columns: group.map((row) => textOrEmpty(row['column_name'])),
    referencedSchema: textOrEmpty(group[0]?.['ref_schema']),
    referencedTable: textOrEmpty(group[0]?.['ref_table']),
  }))
}

/**
 * A name as InnoDB writes it on MariaDB: letters, digits and `_` of ASCII as they are, other ASCII characters as
 * `@` and four hex digits (https://mariadb.com/kb/en/identifier-to-file-name-mapping/). Null for names with other
 * letters, which have a table of codes of their own.
 */
function fileName(name: string): string | null {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is "ASCII"
  if (!/^[\x00-\x7f]*$/.test(name)) return null
  return name.replace(/[^A-Za-z0-9_]/g, (char) => `@${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/**
 * Whether a foreign key needs this index: its columns lead the index, and no other visible index could take over.
 * Both sides count, the child's and the parent's (error 1553 guards both).
 */
export function servesForeignKey(
  index: IndexDefinition,
  all: readonly IndexDefinition[],
  keys: ForeignKeys,
): boolean {
  const needs = [...keys.own.map((key) => key.columns), ...keys.referencedBy]
  const others = all.filter((other) => other.index !== index.index && other.visible)
  return needs.some((columns) => leads(index, columns) && !others.some((other) => leads(other, columns)))
}

/** The first columns of the index are these, in any order, whole and not by prefix. */
function leads(index: IndexDefinition, columns: readonly string[]): boolean {
  if (index.kind !== 'BTREE') return false
  const head = index.columns.slice(0, columns.length)
  const plain = head.every((part) => part.column !== null && part.prefix === null)
  return plain && columns.every((column) => head.some((part) => sameColumn(part.column, column)))
}

/** Column names compare without case on every server of the family. */
function sameColumn(left: string | null, right: string): boolean {
  return left?.toLowerCase() === right.toLowerCase()
}
