/**
 * Whether comparing a column with something keeps an index on the column usable.
 * A string column compared with a number, and columns of different character set or collation, are converted row
 * by row (https://dev.mysql.com/doc/refman/8.4/en/type-conversion.html).
 */

import { member, type Node, unwrapped, variant } from '../../../../sql/index.ts'
import type { ColumnDefinition } from '../../shapes.ts'

/** Families of types that compare without converting the column. */
export type TypeFamily = 'number' | 'string' | 'binary' | 'temporal' | 'other'

const FAMILIES: readonly (readonly [TypeFamily, RegExp])[] = [
  ['number', /^(?:tinyint|smallint|mediumint|int|bigint|decimal|float|double|bit|year)$/],
  ['string', /^(?:char|varchar|tinytext|text|mediumtext|longtext|enum|set)$/],
  ['binary', /^(?:binary|varbinary|tinyblob|blob|mediumblob|longblob)$/],
  ['temporal', /^(?:date|time|datetime|timestamp)$/],
]

/** The family of a column. */
export function columnFamily(column: ColumnDefinition): TypeFamily {
  return FAMILIES.find(([, pattern]) => pattern.test(column.dataType))?.[0] ?? 'other'
}

/** Families of the parser's literals; of parameters and NULL nothing is known. */
const LITERAL_FAMILIES: { readonly [name: string]: TypeFamily } = {
  Number: 'number',
  Boolean: 'number',
  SingleQuotedString: 'string',
  DoubleQuotedString: 'string',
  HexStringLiteral: 'binary',
}

/** The family of a literal; null for parameters, NULL, functions and whatever is no literal. */
export function literalFamily(node: Node): TypeFamily | null {
  const found = variant(unwrapped(node))
  if (found?.name === 'UnaryOp') return literalFamily(member(found.payload, 'expr'))
  if (found?.name === 'TypedString') return 'temporal'
  const value = found?.name === 'Value' ? variant(member(found.payload, 'value')) : null
  return value === null ? null : (LITERAL_FAMILIES[value.name] ?? null)
}

/** Why an index on the column cannot serve a comparison with this literal; null if it can, or nobody knows. */
export function literalMismatch(column: ColumnDefinition, literal: Node): string | null {
  const family = literalFamily(literal)
  if (columnFamily(column) !== 'string' || family === null) return null
  return family === 'number' || family === 'temporal' ? family : null
}

/** Why an index on `column` cannot serve a comparison with `other`; null if it can. */
export function columnMismatch(column: ColumnDefinition, other: ColumnDefinition): string | null {
  const [own, its] = [columnFamily(column), columnFamily(other)]
  if (own === 'string' && its === 'string') {
    return column.collation === other.collation ? null : `${other.columnType} ${other.collation ?? ''}`.trim()
  }
  const isConverted = own === 'string' && (its === 'number' || its === 'temporal')
  return isConverted ? other.columnType : null
}
