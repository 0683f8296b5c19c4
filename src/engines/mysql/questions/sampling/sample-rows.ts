/**
 * A bounded random sample of a table's rows, through the planner's account. Values do not come back: each asked
 * expression is hashed by the server. Cost: at most 2,001 rows read in order, and, where that is not the whole
 * table, 1,000 dives into the primary key and at most 4,000 rows by key, within the session's 2 s limit a statement; where many rows
 * share the key's first column, sizes are asked of the optimizer: one more dive for each key drawn, one for each gap between two, and
 * at most 100 for each time the largest gaps are halved.
 */
import { randomInt } from 'node:crypto'
import { quoteIdentifier, quoteQualified } from '../../../../sql/quoting.ts'
import { number, type Row, text, textOrEmpty } from '../../cells.ts'
import type { ColumnDefinition, TableDefinition } from '../../shapes.ts'
import type { Reader } from '../question.ts'
import { type Drawing, POINTS_A_STATEMENT, type SizedKey, sizedKeys } from './key-sizes.ts'
import { type SamplingKey, samplingKey } from './sampling-key.ts'

/** A table of at most this many rows is read whole. */
export const WHOLE_MAX = 2_000
const POINTS = 1_000

/** Sampled rows, with the population they stand for. */
export interface RowSample {
  readonly rows: readonly Row[]
  /** Rows of the table: counted where it was read whole, else the optimizer's figure. */
  readonly population: number
  readonly isWhole: boolean
  /**
   * Every row was about as likely to be drawn. False where many rows share the first column of the primary key: then as many of each
   * are taken as it has, from both ends of its rows, which says how a column varies and not how many values it has.
   */
  readonly isFair: boolean
  /**
   * The rows by where they were drawn, each part to be looked at by itself: one where the sample is fair; else the first and the last
   * of each key, of which one may be all alike. Empty where rows were drawn from one end only, which says nothing of the others.
   */
  readonly parts: readonly (readonly Row[])[]
}

/** Why no fair sample can be had. */
export interface NoSample {
  readonly because: string
  readonly toProceed: string
}

/** What is asked of each row: alias and SQL expression made by this engine from the catalog's own names. */
export type Asked = readonly { readonly alias: string; readonly sql: string }[]

/**
 * Samples rows. A larger table needs a primary key whose first column is an integer, a UUID or hexadecimal text:
 * random points between its smallest and largest key are looked up, and the next row of each is taken. A row after
 * a gap in the keys is likelier to be drawn; on keys with few deletions the sample is as good as uniform.
 * Rejects with the server's error.
 */
export async function sampleRows(
  planner: Reader,
  table: TableDefinition,
  asked: Asked,
): Promise<RowSample | NoSample> {
  const name = quoteQualified([table.schema, table.table], 'mysql')
  const list = asked.map(({ alias, sql }) => `${sql} AS ${alias}`).join(', ')
  const first = await planner.query(`SELECT ${list} FROM ${name} LIMIT ${WHOLE_MAX + 1}`)
  if (first.length <= WHOLE_MAX)
    return { rows: first, population: first.length, isWhole: true, isFair: true, parts: [first] }
  const key = samplingKey(table)
  if (key === null) return NO_KEY
  const keys = await randomKeys(planner, name, key)
  if (keys === null) return NO_KEY
  const marks = keys.map(() => key.bound).join(', ')
  const sql = `SELECT ${list} FROM ${name} WHERE ${key.quoted} IN (${marks}) LIMIT ${POINTS * 2}`
  const drawn = await planner.query(sql, keys)
  const population = Math.max(table.rows, first.length)
  const drawing = { name, key }
  const sized = key.isShared ? await sizedKeys(planner, keys, { ...drawing, population }) : null
  if (drawn.length < POINTS * 2 && (sized === null || sized.length === keys.length))
    return { rows: drawn, population, isWhole: false, isFair: true, parts: [drawn] }
  const parts = sized === null ? null : await endsOfEach(planner, sized, { ...drawing, list })
  return { rows: parts?.flat() ?? drawn, population, isWhole: false, isFair: false, parts: parts ?? [] }
}

/**
 * The first and the last rows of each key, about a thousand in all, as many of each as its share of the table: the rows of a key lie
 * in the order of what follows in the primary key, often of time, and its first ones are all old. Null where the server cannot read
 * the last rows without sorting all.
 */
async function endsOfEach(
  planner: Reader,
  sized: readonly SizedKey[],
  { name, list, key }: Drawing & { readonly list: string },
): Promise<readonly (readonly Row[])[] | null> {
  if (key.next === null) return null
  const all = sized.reduce((sum, { rows }) => sum + rows, 0)
  const parts: Row[][] = []
  for (const direction of ['ASC', 'DESC']) {
    const part: Row[] = []
    for (let from = 0; from < sized.length; from += POINTS_A_STATEMENT) {
      const some = sized.slice(from, from + POINTS_A_STATEMENT)
      const selects = some.map(({ rows }) => {
        const limit = Math.max(1, Math.round((POINTS * rows) / (2 * all)))
        return `(SELECT ${list} FROM ${name} WHERE ${key.quoted} = ${key.bound} ORDER BY ${key.next} ${direction} LIMIT ${limit})`
      })
      const keys = some.map((one) => one.key)
      part.push(...(await planner.query(selects.join(' UNION ALL '), keys)))
    }
    parts.push(part)
  }
  return parts
}

/** Why a sample of a table has no use for counting values. */
export const NO_KEY: NoSample = {
  because: 'the table has no key at whose random points rows could be drawn',
  toProceed:
    'Run ANALYZE TABLE on it yourself; a fair sample needs a primary key of an integer, a UUID or hexadecimal text.',
}

/** Keys of the rows at random points, each once; null where the keys are text of another alphabet. */
async function randomKeys(
  planner: Reader,
  name: string,
  key: SamplingKey,
): Promise<readonly string[] | null> {
  const [ends] = await planner.query(
    `SELECT ${key.read} AS low, ${key.read.replace('MIN(', 'MAX(')} AS high FROM ${name}`,
  )
  const [low, high] = [textOrEmpty(ends?.['low']), textOrEmpty(ends?.['high'])]
  const point = pointMaker(key, low, high)
  if (point === null) return null
  // Both ends always: no gap lies before the one or behind the other.
  const found = new Set(key.kind === 'integer' ? [low, high] : [])
  for (let asked = 0; asked < POINTS; asked += POINTS_A_STATEMENT) {
    const one = `SELECT (SELECT ${key.read} FROM ${name} WHERE ${key.quoted} >= ${key.bound}) AS k`
    const sql = Array.from({ length: POINTS_A_STATEMENT }, () => one).join(' UNION ALL ')
    const rows = await planner.query(sql, Array.from({ length: POINTS_A_STATEMENT }, point))
    for (const row of rows) {
      const value = text(row['k'])
      if (value !== null) found.add(value)
    }
  }
  return found.size === 0 ? null : [...found]
}

function pointMaker(key: SamplingKey, low: string, high: string): (() => string) | null {
  if (key.kind === 'integer') {
    if (!/^-?\d+$/.test(low) || !/^-?\d+$/.test(high)) return null
    const span = BigInt(high) - BigInt(low) + 1n
    return () => String(BigInt(low) + randomBelow(span))
  }
  if (key.kind === 'uuid') return () => uuidText(hexDigits(32))
  if (key.kind === 'binary') return () => hexDigits(Math.min(16, key.bytes) * 2)
  const isHex = /^[0-9a-f-]{8,}$/i.test(low) && /^[0-9a-f-]{8,}$/i.test(high)
  if (!isHex) return null
  return () => (low.includes('-') ? uuidText(hexDigits(32)) : hexDigits(low.length))
}

function randomBelow(span: bigint): bigint {
  // 96 random bits over at most 64: the bias of the remainder is below one in four thousand million.
  const bits = (BigInt(randomInt(2 ** 48 - 1)) << 48n) | BigInt(randomInt(2 ** 48 - 1))
  return bits % span
}

function hexDigits(length: number): string {
  return Array.from({ length }, () => randomInt(16).toString(16)).join('')
}

function uuidText(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/**
 * A hash of the first `prefix` characters of columns that is equal where the server holds them equal: text goes by
 * the weights of its collation, so `A` and `a` are one value where the index has them as one.
 * SHA2, because MySQL 9.6 and later have no MD5 function any more.
 */
export function valueHash(
  parts: readonly { readonly column: ColumnDefinition; readonly prefix: number | null }[],
): string {
  const texts = parts.map(({ column, prefix }) => {
    const quoted = quoteIdentifier(column.column, 'mysql')
    const part = prefix === null ? quoted : `LEFT(${quoted}, ${prefix})`
    const isText = column.collation !== null && !/^(?:enum|set)$/.test(column.dataType)
    const value = isText
      ? `HEX(WEIGHT_STRING(${part}))`
      : `HEX(CAST(${part} AS ${isBytes(column) ? 'BINARY' : 'CHAR'}))`
    return `IFNULL(${value}, '-')`
  })
  return `SHA2(CONCAT_WS('|', ${texts.join(', ')}), 256)`
}

function isBytes(column: ColumnDefinition): boolean {
  return /binary|blob|bit/.test(column.dataType)
}

/** A number of a sampled row; null where the row has none. */
export function sampledNumber(row: Row, alias: string): number | null {
  return number(row[alias])
}
