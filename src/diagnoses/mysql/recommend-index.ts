/**
 * Which index would serve a table reference: equality columns first, then the sort if it can be used, else
 * the most selective range, then what makes it covering (the order rule of Lahdenmäki and Leach, Relational
 * Database Index Design, 2005; the greedy enumeration of AutoAdmin, Chaudhuri and Narasayya, VLDB 1997).
 * Existing indexes are never duplicated.
 */

import type { ColumnValue } from '../../core/parameters.ts'
import type {
  ColumnDefinition,
  ColumnSelectivity,
  TableDefinition,
  TableUse,
} from '../../engines/mysql/shapes.ts'
import { servingIndex, withoutPrimarySuffix } from './existing-index.ts'

/** Most key columns of a recommended index. */
export const MOST_COLUMNS = 5
/** Most secondary indexes a table may end up with. */
export const MOST_SECONDARIES = 8
/** Longest InnoDB key, bytes; COMPACT and REDUNDANT rows allow 767 a column. https://dev.mysql.com/doc/refman/8.4/en/innodb-limits.html */
export const LONGEST_KEY_BYTES = { DYNAMIC: 3072, COMPACT: 767 } as const
/** Characters of a TEXT or BLOB that are indexed, and bytes a character takes at most (utf8mb4). */
const PREFIX_CHARACTERS = 64
const CHARACTER_BYTES = 4
/** An index is made covering only for as many rows a call, and if that adds at most as many bytes an entry. */
const COVERING_FROM_ROWS = 50
const COVERING_BYTES = 32

/** A recommended index with what is expected of it. */
export interface IndexAdvice {
  readonly columns: readonly ColumnValue[]
  /** Share of the table one lookup reads, 0..1; null where a range alone decides and nothing tells how wide it is. */
  readonly selectivity: number | null
  /** Names of the equality and range columns it serves. */
  readonly serves: readonly string[]
}

/** Why there is no recommendation; `hidden` names an index that would serve if it were shown. */
export interface NoAdvice {
  readonly because: string
  readonly hidden?: string
}

/** What a recommendation is made from. */
export interface IndexQuestion {
  readonly table: TableDefinition
  readonly use: TableUse
  readonly selectivity: ColumnSelectivity
  /** Rows a call returns, for covering; 0 if it is not known. */
  readonly rowsPerCall: number
}

/** The index for one table reference, or why none would help. Deterministic. */
export function recommendIndex(question: IndexQuestion): IndexAdvice | NoAdvice {
  const { table, use } = question
  const indexable = new Set(table.columns.filter(canBeIndexed).map((c) => c.column))
  const unusable = new Set([...use.wrapped, ...use.mismatched].map((w) => w.column))
  const can = (column: string): boolean => indexable.has(column) && !unusable.has(column)
  const equal = [...new Set(use.equal)].filter(can)
  const ranges = [...new Set(use.range)].filter((c) => can(c) && !equal.includes(c))
  if (equal.length + ranges.length === 0) return { because: 'no predicate on it can use an index' }
  const share = shareOf(question.selectivity)
  const byShare = (a: string, b: string): number => share(a) - share(b) || (a < b ? -1 : 1)
  const draft: Draft = {
    equal: equal.sort(byShare),
    range: ranges.sort(byShare)[0] ?? null,
    sort: ranges.length === 0 ? usableSort(use, can, equal) : [],
  }
  const keys = withoutPrimarySuffix(table, keyColumns(table, draft))
  const names = new Set(keys.map((k) => k.column))
  const serves = [...draft.equal, ...(draft.range === null ? [] : [draft.range])].filter((c) => names.has(c))
  if (serves.length === 0) return { because: 'its columns are longer than an index entry may be' }
  const serving = servingIndex(table, keys, draft.equal)
  if (serving !== null)
    return serving.visible
      ? { because: `index ${serving.index} already serves these columns` }
      : {
          because: `index ${serving.index} would serve these columns, but it is hidden`,
          hidden: serving.index,
        }
  if (table.indexes.filter((i) => !i.primary).length >= MOST_SECONDARIES)
    return { because: `the table already has ${MOST_SECONDARIES} secondary indexes` }
  return {
    columns: covering(question, keys),
    selectivity: selectivityOf(draft, names, share),
    serves,
  }
}

interface Draft {
  readonly equal: readonly string[]
  readonly range: string | null
  readonly sort: TableUse['sort']
}

/** s1 * s2^(1/2) * s3^(1/4) * … over ascending shares: later predicates overlap with earlier ones. */
export function combine(shares: readonly number[]): number {
  return [...shares].sort((a, b) => a - b).reduce((product, s, i) => product * s ** (1 / 2 ** i), 1)
}

/** Share of the rows a value of a column stands for: on average, or the commonest one's if it is more. Unknown is all. */
function shareOf(selectivity: ColumnSelectivity): (column: string) => number {
  const known = new Map(selectivity.columns.map((c) => [c.column, c]))
  return (column) => {
    const found = known.get(column)
    return found === undefined ? 1 : Math.max(1 / Math.max(1, found.distinct), found.topShare ?? 0)
  }
}

/** One range is taken to leave a third of the rows (the guess of Selinger et al., SIGMOD 1979), beside equalities only. */
const RANGE_SHARE = 1 / 3

function selectivityOf(
  draft: Draft,
  names: ReadonlySet<string>,
  share: (column: string) => number,
): number | null {
  const equal = draft.equal.filter((c) => names.has(c))
  if (equal.length === 0) return null
  const range = draft.range !== null && names.has(draft.range) ? RANGE_SHARE : 1
  return combine(equal.map(share)) * range
}

/** The order asked for, where an index that begins with the equality columns gives it: all one way. */
function usableSort(
  use: TableUse,
  can: (column: string) => boolean,
  equal: readonly string[],
): TableUse['sort'] {
  const first = new Map(use.sort.toReversed().map((s) => [s.column, s]))
  // A column named again further on orders nothing any more.
  const rest = use.sort.filter((s) => !equal.includes(s.column) && first.get(s.column) === s)
  const oneWay = rest.every((s) => s.direction === rest[0]?.direction)
  return oneWay && rest.every((s) => can(s.column)) ? rest : []
}

const isLong = (column: ColumnDefinition): boolean => /text|blob/i.test(column.dataType)
const canBeIndexed = (column: ColumnDefinition): boolean =>
  isLong(column) || (column.maxBytes !== null && !/^(?:json|geometry|vector)$/i.test(column.dataType))

/** Bytes an entry of the column takes, as it would be indexed. */
const entryBytes = (column: ColumnDefinition): number =>
  isLong(column) ? PREFIX_CHARACTERS * CHARACTER_BYTES : (column.maxBytes ?? 0)

/** Whether a column is short enough to be in a key of this table. */
function fitsRowFormat({ rowFormat }: TableDefinition): (column: ColumnDefinition) => boolean {
  const compact = /^(?:compact|redundant)$/i.test(rowFormat)
  const most = compact ? LONGEST_KEY_BYTES.COMPACT : LONGEST_KEY_BYTES.DYNAMIC
  return (column) => entryBytes(column) <= most
}

/** Key columns in order, as many as fit; a sort is no use behind a prefix, whose order is not the column's. */
function keyColumns(table: TableDefinition, draft: Draft): ColumnValue[] {
  const fits = fitsRowFormat(table)
  const wanted = [
    ...draft.equal.map((column) => ({ column, direction: 'ASC' as const })),
    ...(draft.range === null ? draft.sort : [{ column: draft.range, direction: 'ASC' as const }]),
  ]
  const keys: ColumnValue[] = []
  let bytes = 0
  for (const { column: name, direction } of wanted) {
    const column = table.columns.find((c) => c.column === name)
    if (column === undefined || !fits(column)) continue
    const sorts = draft.range === null && !draft.equal.includes(name)
    if (sorts && (isLong(column) || keys.some((k) => k.prefix !== null))) break
    bytes += entryBytes(column)
    if (bytes > LONGEST_KEY_BYTES.DYNAMIC || keys.length === MOST_COLUMNS) break
    keys.push({ column: name, prefix: isLong(column) ? PREFIX_CHARACTERS : null, direction })
  }
  return keys
}

/** The same index with the columns that spare reading the row, where many rows a call make that worth it. */
function covering({ table, use, rowsPerCall }: IndexQuestion, keys: readonly ColumnValue[]): ColumnValue[] {
  const there = new Set([...keys.map((k) => k.column), ...primaryColumns(table)])
  const missing = [...new Set(use.output)].filter((c) => !there.has(c)).sort()
  const columns = missing.flatMap((c) => table.columns.find((d) => d.column === c) ?? [])
  const bytes = columns.reduce(
    (sum, c) => sum + (isLong(c) ? COVERING_BYTES + 1 : (c.maxBytes ?? COVERING_BYTES + 1)),
    0,
  )
  const worth =
    rowsPerCall > COVERING_FROM_ROWS &&
    columns.length === missing.length &&
    keys.length + columns.length <= MOST_COLUMNS &&
    keys.every((k) => k.prefix === null) &&
    bytes <= COVERING_BYTES
  return worth
    ? [...keys, ...missing.map((column) => ({ column, prefix: null, direction: 'ASC' as const }))]
    : [...keys]
}

const primaryColumns = (table: TableDefinition): string[] =>
  table.indexes.find((i) => i.primary)?.columns.flatMap((c) => c.column ?? []) ?? []
