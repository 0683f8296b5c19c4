/**
 * Which index would serve a table reference: equality columns first, then the sort if it can be used, else
 * the most selective range (the order rule of Lahdenmäki and Leach, Relational Database Index Design, 2005;
 * the greedy enumeration of AutoAdmin, Chaudhuri and Narasayya, VLDB 1997). Existing indexes are never
 * duplicated.
 */
import type {
  ColumnSelectivity,
  IndexDefinition,
  TableDefinition,
  TableUse,
} from '../../engines/mysql/shapes.ts'
import type { ColumnValue } from '../../core/parameters.ts'

/** Most key columns of a recommended index. */
export const MOST_COLUMNS = 5
/** Most secondary indexes a table may end up with. */
export const MOST_SECONDARIES = 8
/** Longest InnoDB key of a DYNAMIC row, bytes; COMPACT and REDUNDANT allow 767 a column. */
export const LONGEST_KEY_BYTES = { DYNAMIC: 3072, COMPACT: 767 } as const
/** Strings longer than this are indexed by a prefix, bytes. */
export const PREFIX_FROM_BYTES = 256

/** A recommended index with what is expected of it. */
export interface IndexAdvice {
  readonly columns: readonly ColumnValue[]
  /** Share of the table one lookup reads, 0..1. */
  readonly selectivity: number
  /** Names of the equality and range columns it serves. */
  readonly serves: readonly string[]
}

/** Why there is no recommendation. */
export interface NoAdvice {
  readonly because: string
}

/** The index for one table reference, or why none would help. */
export function recommendIndex(
  table: TableDefinition,
  use: TableUse,
  selectivity: ColumnSelectivity,
): IndexAdvice | NoAdvice {
  const usable = new Map(table.columns.map((c) => [c.column, c]))
  const wrapped = new Set(use.wrapped.map((w) => w.column))
  const equal = [...new Set(use.equal)].filter((c) => usable.has(c) && !wrapped.has(c))
  const ranges = [...new Set(use.range)].filter((c) => usable.has(c) && !wrapped.has(c) && !equal.includes(c))
  if (equal.length + ranges.length === 0) return { because: 'no predicate on it can use an index' }
  const distinct = new Map(selectivity.columns.map((c) => [c.column, c]))
  const share = (column: string): number => {
    const known = distinct.get(column)
    return known === undefined ? 1 : Math.max(1 / Math.max(1, known.distinct), known.topShare ?? 0)
  }
  const ordered = [...equal].sort((a, b) => share(a) - share(b) || (a < b ? -1 : 1))
  const range = [...ranges].sort((a, b) => share(a) - share(b))[0]
  const sort = ranges.length === 0 ? sortColumns(use, ordered) : []
  const names = [...ordered, ...(range === undefined ? sort.map((s) => s.column) : [range])].slice(
    0,
    MOST_COLUMNS,
  )
  const serving = existingPrefix(table.indexes, names, ordered.length)
  if (serving !== null) return { because: `index ${serving} already serves these columns` }
  if (table.indexes.filter((i) => !i.primary).length >= MOST_SECONDARIES) {
    return { because: `the table already has ${MOST_SECONDARIES} secondary indexes` }
  }
  return withLengths(table, {
    names,
    sort,
    serves: [...ordered, ...(range === undefined ? [] : [range])],
    // One range is taken to leave a third of the rows (the textbook guess of Selinger et al., SIGMOD 1979).
    selectivity: combine(ordered.map(share)) * (range === undefined ? 1 : 1 / 3),
  })
}

/** s1 * s2^(1/2) * s3^(1/4) * … over ascending shares: later predicates overlap with earlier ones. */
export function combine(shares: readonly number[]): number {
  return [...shares].sort((a, b) => a - b).reduce((product, s, i) => product * s ** (1 / 2 ** i), 1)
}

function sortColumns(use: TableUse, equal: readonly string[]): TableUse['sort'] {
  const rest = use.sort.filter((s) => !equal.includes(s.column))
  const oneWay = rest.every((s) => s.direction === rest[0]?.direction)
  return oneWay ? rest : []
}

/** The visible index that starts with these columns (the equality part in any order); null if none does. */
function existingPrefix(
  indexes: readonly IndexDefinition[],
  names: readonly string[],
  equals: number,
): string | null {
  const wanted = new Set(names.slice(0, equals))
  const rest = names.slice(equals)
  const serving = indexes.find((index) => {
    if (!index.visible || index.kind !== 'BTREE') return false
    const columns = index.columns.map((c) => c.column)
    const head = columns.slice(0, equals)
    return (
      head.every((c) => c !== null && wanted.has(c)) &&
      head.length === equals &&
      rest.every((c, i) => columns[equals + i] === c)
    )
  })
  return serving?.index ?? null
}

function withLengths(
  table: TableDefinition,
  draft: {
    readonly names: readonly string[]
    readonly sort: TableUse['sort']
    readonly serves: readonly string[]
    readonly selectivity: number
  },
): IndexAdvice | NoAdvice {
  const columns: ColumnValue[] = []
  let bytes = 0
  const limit =
    table.rowFormat.toUpperCase() === 'COMPACT' || table.rowFormat.toUpperCase() === 'REDUNDANT'
      ? LONGEST_KEY_BYTES.COMPACT
      : LONGEST_KEY_BYTES.DYNAMIC
  for (const name of draft.names) {
    const column = table.columns.find((c) => c.column === name)
    const direction = draft.sort.find((s) => s.column === name)?.direction ?? 'ASC'
    const longest = column?.maxBytes ?? 0
    const textual = column !== undefined && /char|text|blob|binary/i.test(column.dataType)
    const prefix = textual && longest > PREFIX_FROM_BYTES && /text|blob/i.test(column.dataType) ? 64 : null
    bytes += prefix === null ? longest : prefix * 4
    if (bytes > limit) break
    columns.push({ column: name, prefix, direction })
  }
  if (columns.length === 0)
    return { because: `its columns are longer than an index entry may be (${limit} bytes)` }
  return { columns, selectivity: draft.selectivity, serves: draft.serves }
}
