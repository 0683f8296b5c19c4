/** How much of the range of each auto-increment column is used (M19), by the column's own type. */
import { number, textOrEmpty } from '../cells.ts'
import type { CollectorTarget } from '../collector.ts'
import type { AutoIncrementUse } from '../shapes.ts'

/**
 * Two statements, not a join of both: MariaDB opens every table for each, and the join costs a half more than the two. The second
 * is not sent for a schema without such columns.
 */
const COLUMNS_MAX = 10_000
const TABLES_MAX = 50_000
const COLUMNS_SQL = `SELECT TABLE_NAME AS table_name, COLUMN_NAME AS column_name, COLUMN_TYPE AS column_type
FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND EXTRA LIKE '%auto_increment%' LIMIT ${COLUMNS_MAX}`
const NEXT_SQL = `SELECT TABLE_NAME AS table_name, AUTO_INCREMENT AS next_value
FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND AUTO_INCREMENT IS NOT NULL LIMIT ${TABLES_MAX}`

/** Bits of the integer types; FLOAT and DOUBLE count up to their exact integers (24 and 53 bits). */
const BITS: Readonly<Record<string, number>> = {
  tinyint: 8,
  smallint: 16,
  mediumint: 24,
  int: 32,
  integer: 32,
  bigint: 64,
}
const EXACT_BITS: Readonly<Record<string, number>> = { float: 24, double: 53 }

/** Largest value of an auto-increment column of this type, as a double; `null` for a type that cannot be one. */
export function largestValue(columnType: string): number | null {
  const type = /^[a-z]+/i.exec(columnType)?.[0].toLowerCase() ?? ''
  const exact = EXACT_BITS[type]
  if (exact !== undefined) return 2 ** exact
  const bits = BITS[type]
  if (bits === undefined) return null
  return 2 ** (/\bunsigned\b/i.test(columnType) ? bits : bits - 1) - 1
}

/** How much of its type a column with this next value has used, percent; `null` where the type or the value is not known. */
export function usedPercentOf(columnType: string, next: number | null): number | null {
  const largest = largestValue(columnType)
  if (next === null || largest === null) return null
  return Math.min(100, (100 * Math.max(0, next - 1)) / largest)
}

/** Reads the columns of one schema. @throws TargetError */
export async function readAutoIncrement(
  target: Pick<CollectorTarget, 'query'>,
  schema: string,
): Promise<readonly AutoIncrementUse[]> {
  const rows = await target.query(COLUMNS_SQL, [schema])
  if (rows.length === 0) return []
  const nextOf = new Map(
    (await target.query(NEXT_SQL, [schema])).map((row) => [
      textOrEmpty(row['table_name']),
      number(row['next_value']),
    ]),
  )
  return rows.flatMap((row) => {
    const columnType = textOrEmpty(row['column_type'])
    const next = nextOf.get(textOrEmpty(row['table_name'])) ?? null
    const usedPercent = usedPercentOf(columnType, next)
    if (usedPercent === null) return []
    const used = {
      schema,
      table: textOrEmpty(row['table_name']),
      column: textOrEmpty(row['column_name']),
      columnType,
    }
    return [{ ...used, usedPercent }]
  })
}
