/** SQL text of values and rows in the dialect of a store: attacks are written as plain statements. */
import type { DialectName } from '../../../src/store/schema/dialect.ts'

/** SQL that is not a value, e.g. a function call. */
export interface Raw {
  readonly raw: string
}
/** A cell of a row. */
export type Cell = string | number | null | Buffer | Raw | Date
/** A row to insert. */
export type Cells = Readonly<Record<string, Cell>>

/** SQL text as it stands. */
export const raw = (sql: string): Raw => ({ raw: sql })

/** An instant `ms` from now. */
export const fromNow = (ms: number): Date => new Date(Date.now() + ms)

/** The store's text of an instant. */
export function timeText(at: Date, dialect: DialectName): string {
  const iso = at.toISOString().replace('Z', '000Z')
  return dialect === 'sqlite' ? iso : iso.replace('T', ' ').replace('Z', '')
}

/** The literal of a value. */
export function literal(value: Cell, dialect: DialectName): string {
  if (value === null) return 'NULL'
  if (typeof value === 'number') return String(value)
  if (value instanceof Date) return `'${timeText(value, dialect)}'`
  if (Buffer.isBuffer(value)) return `X'${value.toString('hex')}'`
  if (typeof value === 'object') return value.raw
  const doubled = value.replaceAll("'", "''")
  return `'${dialect === 'mysql' ? doubled.replaceAll('\\', '\\\\') : doubled}'`
}

/** `INSERT INTO table (…) VALUES (…)`. */
export function insertSql(table: string, row: Cells, dialect: DialectName, verb = 'INSERT INTO'): string {
  const values = Object.values(row).map((value) => literal(value, dialect))
  return `${verb} ${table} (${Object.keys(row).join(', ')}) VALUES (${values.join(', ')})`
}
