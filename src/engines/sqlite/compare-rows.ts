/**
 * Which values survive another type, and whether a copy holds what its table holds. A value survives if it has the storage
 * class of the type and, made its old class again, is what it was: nothing is lost, and the way back is open. Nothing
 * of a value leaves here.
 */
import Database from 'better-sqlite3'
import { quoteSqliteName } from '../../sql/quoting.ts'
import { NoAnswer, readTable } from './catalog.ts'
import type { CopyReport, LossReport, SqliteQuestions, TableFacts } from './shapes.ts'

const EXAMPLES_MOST = 20

/** A column and the type it is to have. */
interface Change {
  readonly column: string
  readonly type: string
}

interface Classes {
  /** Those a column of the type may hold afterwards, as a list in SQL. */
  readonly classes: string
  /** What a cast makes of a value as the column's affinity does; null where it converts nothing. */
  readonly cast: string | null
}

/**
 * What a type makes of values (https://www.sqlite.org/datatype3.html, section 3). In a table that is not STRICT, BLOB
 * converts nothing and takes all; a type of the owner's own wording, to which a way back leads, takes all that its affinity leaves.
 */
function classesOf(type: string, strict: boolean): Classes {
  switch (type.toUpperCase()) {
    case 'INTEGER':
    case 'INT':
      return { classes: "'null', 'integer'", cast: 'INTEGER' }
    case 'REAL':
      return { classes: "'null', 'real'", cast: 'REAL' }
    case 'NUMERIC':
      return { classes: "'null', 'integer', 'real'", cast: 'NUMERIC' }
    case 'TEXT':
      return { classes: "'null', 'text'", cast: 'TEXT' }
    case 'BLOB':
      return { classes: strict ? "'null', 'blob'" : ALL, cast: null }
    default:
      return { classes: ALL, cast: strict ? null : affinityOf(type.toUpperCase()) }
  }
}

/** The rules of section 3.1, in their order; null for no affinity. */
function affinityOf(type: string): string | null {
  if (type.includes('INT')) return 'INTEGER'
  if (/CHAR|CLOB|TEXT/.test(type)) return 'TEXT'
  if (type === '' || type.includes('BLOB')) return null
  return /REAL|FLOA|DOUB/.test(type) ? 'REAL' : 'NUMERIC'
}
const ALL = "'null', 'integer', 'real', 'text', 'blob'"

/** Whether the value of `was` lives on as the value of `is`. Both are SQL. */
const survives = (was: string, is: string, classes: string): string => `(typeof(${is}) IN (${classes})
  AND CASE typeof(${was}) WHEN 'null' THEN ${is} IS NULL
    WHEN 'text' THEN CAST(${is} AS TEXT) IS +${was} COLLATE BINARY
    WHEN 'integer' THEN CAST(${is} AS INTEGER) IS +${was}
    WHEN 'real' THEN CAST(${is} AS REAL) IS +${was}
    ELSE typeof(${is}) = 'blob' AND ${is} IS ${was} END)`

/** Reads the table once. */
export function findLosses(db: Database.Database, table: string, change: Change): LossReport {
  const { strict, key } = readTable(db, table)
  const was = quoteSqliteName(change.column)
  const { classes, cast } = classesOf(change.type, strict)
  // A cast reads the front of '7abc' as 7: what it makes of a value is what the way back is tried with.
  const lives = survives(was, cast === null ? was : `CAST(${was} AS ${cast})`, classes)
  const [counted] = db
    .prepare<[], { rows: number; lost: number | null }>(
      `SELECT count(*) AS rows, sum(NOT ${lives}) AS lost FROM ${quoteSqliteName(table)}`,
    )
    .all()
  const { rows, lost } = { rows: counted?.rows ?? 0, lost: counted?.lost ?? 0 }
  const report = { rows, lost, defaultSurvives: defaultSurvives(db, { table, strict, ...change }) }
  if (lost === 0) return { ...report, examples: [] }
  const rowid = key?.kind === 'rowid' ? `CAST(${quoteSqliteName(key.name)} AS TEXT)` : 'NULL'
  const examples = db
    .prepare<[], LossReport['examples'][number]>(
      `SELECT ${rowid} AS rowid, typeof(${was}) AS storageClass, length(CAST(${was} AS BLOB)) AS length
       FROM ${quoteSqliteName(table)} WHERE NOT ${lives} LIMIT ${EXAMPLES_MOST}`,
    )
    .all()
  return { ...report, examples }
}

/** Tried on a column of the old type in memory; a default that SQLite does not take there is in doubt, and does not. */
function defaultSurvives(
  db: Database.Database,
  { table, strict, column, type }: Change & { readonly table: string; readonly strict: boolean },
): boolean {
  const stated = db
    .prepare<[string, string], { type: string; dflt_value: string | null }>(
      'SELECT type, dflt_value FROM pragma_table_xinfo(?) WHERE name = ?',
    )
    .get(table, column)
  if (stated === undefined || stated.dflt_value === null) return true
  const { classes, cast } = classesOf(type, strict)
  const stage = new Database(':memory:')
  try {
    stage.exec(
      `CREATE TABLE d (v ${stated.type} DEFAULT (${stated.dflt_value})); INSERT INTO d DEFAULT VALUES`,
    )
    const lives = survives('v', cast === null ? 'v' : `CAST(v AS ${cast})`, classes)
    return stage.prepare<[], { lives: number }>(`SELECT ${lives} AS lives FROM d`).get()?.lives === 1
  } catch {
    return false
  } finally {
    stage.close()
  }
}

/** Reads both tables once, the copy in the order of the table. @throws NoAnswer where rows cannot be told apart */
export function compareCopy(
  db: Database.Database,
  { table, copy, anyClass, ...change }: SqliteQuestions['copied']['params'],
): CopyReport {
  const facts = readTable(db, table)
  const { classes, cast } = classesOf(change.type, facts.strict)
  const wanted = anyClass ? ALL : classes
  const others = facts.columns.filter(({ name }) => name !== change.column)
  const differs = others.map(
    ({ name }) => `o.${quoteSqliteName(name)} IS NOT n.${quoteSqliteName(name)} COLLATE BINARY`,
  )
  const [o, n] = [`o.${quoteSqliteName(change.column)}`, `n.${quoteSqliteName(change.column)}`]
  const { on, found } = meeting(facts, change.column, cast)
  const counted = db
    .prepare<[], { rows: number; missing: number; different: number; lost: number }>(
      `SELECT count(*) AS rows, total(${found} IS NULL) AS missing,
         total(${found} IS NOT NULL AND (${differs.join(' OR ') || '0'})) AS different,
         total(${found} IS NOT NULL AND NOT ${survives(o, n, wanted)}) AS lost
       FROM ${quoteSqliteName(table)} AS o LEFT JOIN ${quoteSqliteName(copy)} AS n ON ${on}`,
    )
    .get()
  const copies = db
    .prepare<[], { rows: number }>(`SELECT count(*) AS rows FROM ${quoteSqliteName(copy)}`)
    .get()
  if (counted === undefined || copies === undefined) throw new NoAnswer('the copy cannot be counted')
  const { rows, missing, different, lost } = counted
  const extra = copies.rows - (rows - missing)
  const foreignKeys = db.pragma('foreign_keys', { simple: true }) !== 0
  return { missing, extra, different, lost, sequence: goesOn(db, facts, copy), foreignKeys }
}

/** How a row of the table meets its copy, and what is NULL where it has none. */
function meeting(
  { key }: TableFacts,
  column: string,
  cast: string | null,
): { readonly on: string; readonly found: string } {
  if (key === null) throw new NoAnswer('the rows of the table cannot be told apart')
  const names = key.kind === 'rowid' ? [key.name] : key.columns
  const on = names.map((name) => {
    const was = `o.${quoteSqliteName(name)}`
    return `n.${quoteSqliteName(name)} = ${name === column && cast !== null ? `CAST(${was} AS ${cast})` : was}`
  })
  return { on: on.join(' AND '), found: `n.${quoteSqliteName(names[0] ?? '')}` }
}

function goesOn(db: Database.Database, { autoincrement, table }: TableFacts, copy: string): boolean {
  if (!autoincrement) return true
  const last = db.prepare<[string], { seq: unknown }>('SELECT seq FROM sqlite_sequence WHERE name = ?')
  return last.get(table)?.seq === last.get(copy)?.seq
}
