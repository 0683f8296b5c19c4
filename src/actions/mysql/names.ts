/** How named objects of an action are written: into a statement, and into a sentence for people. */
import type { ColumnValue, ResolvedIndex, ResolvedTable } from '../../core/parameters.ts'
import { quoteIdentifier, quoteQualified } from '../../sql/quoting.ts'

type TableName = Pick<ResolvedTable, 'schema' | 'table'>

/** `` `schema`.`table` ``, ready for a statement. @throws RangeError for a name no catalog returns. */
export const quotedTable = (table: TableName): string => quoteQualified([table.schema, table.table], 'mysql')

/** A name in backticks. @throws RangeError for a name no catalog returns. */
export const quotedName = (name: string): string => quoteIdentifier(name, 'mysql')

/** The columns of an index to be: `` `a`, `b`(10) DESC ``. @throws RangeError for a prefix that is no length. */
export function quotedColumns(columns: readonly ColumnValue[]): string {
  return columns.map(quotedColumn).join(', ')
}

function quotedColumn({ column, prefix, direction }: ColumnValue): string {
  if (prefix !== null && !(Number.isSafeInteger(prefix) && prefix >= 1 && prefix <= 3072))
    throw new RangeError('a prefix is 1 to 3072 characters long')
  const length = prefix === null ? '' : `(${prefix})`
  return `${quotedName(column)}${length}${direction === 'DESC' ? ' DESC' : ''}`
}

/**
 * The index a parameter names. After a run parameters come as they were given, and an index is given by its name
 * alone.
 */
export const indexName = (value: ResolvedIndex | string): string =>
  typeof value === 'string' ? value : value.index
