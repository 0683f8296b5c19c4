/** What the indexes a table has already serve. An InnoDB secondary index ends in the primary key's columns. */
import type { ColumnValue } from '../../core/parameters.ts'
import type { IndexDefinition, TableDefinition } from '../../engines/mysql/shapes.ts'

const primaryOf = (table: TableDefinition): readonly string[] =>
  table.indexes.find((i) => i.primary)?.columns.flatMap((c) => c.column ?? []) ?? []

/** The keys without the columns at their end that every secondary index has there anyway. */
export function withoutPrimarySuffix(table: TableDefinition, keys: readonly ColumnValue[]): ColumnValue[] {
  const primary = primaryOf(table)
  for (let n = Math.min(primary.length, keys.length - 1); n > 0; n -= 1) {
    const tail = keys.slice(-n)
    if (tail.every((k, i) => k.column === primary[i] && k.direction === 'ASC' && k.prefix === null))
      return keys.slice(0, -n)
  }
  return [...keys]
}

/**
 * The index that serves these keys: its first columns are the equality columns in any order, then the rest in this
 * order. A visible one before a hidden one; null if there is none.
 */
export function servingIndex(
  table: TableDefinition,
  keys: readonly ColumnValue[],
  equal: readonly string[],
): IndexDefinition | null {
  const serving = table.indexes.filter((index) => serves(index, { keys, equal, primary: primaryOf(table) }))
  return serving.find((i) => i.visible) ?? serving[0] ?? null
}

function serves(
  index: IndexDefinition,
  wanted: {
    readonly keys: readonly ColumnValue[]
    readonly equal: readonly string[]
    readonly primary: readonly string[]
  },
): boolean {
  if (index.kind !== 'BTREE') return false
  const own = index.columns.map((c) => c.column)
  const columns = index.primary ? own : [...own, ...wanted.primary.filter((c) => !own.includes(c))]
  const head = wanted.keys.filter((k) => wanted.equal.includes(k.column)).map((k) => k.column)
  const rest = wanted.keys.slice(head.length)
  const first = new Set(columns.slice(0, head.length))
  return (
    first.size === head.length &&
    head.every((c) => first.has(c)) &&
    rest.every((k, i) => columns[head.length + i] === k.column)
  )
}
