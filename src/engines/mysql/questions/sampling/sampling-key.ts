/** The first column of a table's primary key, as points are drawn over it. */
import { quoteIdentifier } from '../../../../sql/quoting.ts'
import type { ColumnDefinition, TableDefinition } from '../../shapes.ts'

/** A column whose values random points can be drawn between, and how it is written. */
export interface SamplingKey {
  readonly quoted: string
  /** Whether the primary key has further columns, so that many rows may have one value of this one. */
  readonly isShared: boolean
  /** The column that follows in the primary key, quoted, if its rows can be read in its order; else null. */
  readonly next: string | null
  /** How a key is bound: as it is, or from hexadecimal. */
  readonly bound: string
  /** How a key is read. */
  readonly read: string
  readonly kind: 'integer' | 'hex' | 'uuid' | 'binary'
  readonly bytes: number
}

/** The key of a table; null where the table has none that points could be drawn over. */
export function samplingKey(table: TableDefinition): SamplingKey | null {
  const [part, second] = table.indexes.find((index) => index.primary)?.columns ?? []
  const column = table.columns.find((item) => item.column === part?.column)
  if (column === undefined || part?.prefix != null) return null
  const quoted = quoteIdentifier(column.column, 'mysql')
  const kind = keyKind(column)
  if (kind === null) return null
  const isBinary = kind === 'binary'
  return {
    quoted,
    isShared: second !== undefined,
    next: orderedBy(second),
    kind,
    bytes: column.maxBytes ?? 16,
    bound: isBinary ? 'UNHEX(?)' : '?',
    read: isBinary ? `HEX(MIN(${quoted}))` : `MIN(${quoted})`,
  }
}

/** The column of a key's part, quoted, where the key holds all of it: a prefix or an expression keeps no order of the column. */
function orderedBy(part: TableDefinition['indexes'][number]['columns'][number] | undefined): string | null {
  const isWhole = part !== undefined && part.column !== null && part.prefix === null
  return isWhole ? quoteIdentifier(part.column, 'mysql') : null
}

function keyKind(column: ColumnDefinition): SamplingKey['kind'] | null {
  if (/^(?:tinyint|smallint|mediumint|int|bigint)$/.test(column.dataType)) return 'integer'
  if (/^(?:char|varchar)$/.test(column.dataType)) return 'hex'
  if (/^(?:binary|varbinary)$/.test(column.dataType)) return 'binary'
  return column.dataType === 'uuid' ? 'uuid' : null
}
