/** Whether a column can be a part of an ordinary index, whole or by a prefix. */
import type { ColumnDefinition } from '../shapes.ts'

/** Kept outside the row or without an order: never a part of a BTREE index. */
const NEVER = new Set([
  'json',
  'vector',
  'geometry',
  'point',
  'linestring',
  'polygon',
  'multipoint',
  'multilinestring',
  'multipolygon',
  'geometrycollection',
  'geomcollection',
])
/** Only a prefix of these can be indexed (error 1170 without one). */
const PREFIX_ONLY = new Set([
  'tinytext',
  'text',
  'mediumtext',
  'longtext',
  'tinyblob',
  'blob',
  'mediumblob',
  'longblob',
])
/** A prefix can be taken of these (error 1089 of others). */
const PREFIX_POSSIBLE = new Set([...PREFIX_ONLY, 'char', 'varchar', 'binary', 'varbinary'])

/** Why the column cannot be indexed so, or null if it can. Rules as https://dev.mysql.com/doc/refman/8.4/en/create-index.html */
export function indexableColumn(column: ColumnDefinition, prefix: number | null): string | null {
  if (NEVER.has(column.dataType)) return `a ${column.dataType} column cannot be part of an ordinary index`
  if (prefix === null) {
    return PREFIX_ONLY.has(column.dataType) ? `a ${column.dataType} column needs a prefix length` : null
  }
  if (!PREFIX_POSSIBLE.has(column.dataType)) return `a ${column.dataType} column has no prefixes`
  const declared = /\((\d+)\)/.exec(column.columnType)?.[1]
  const isWhole = !PREFIX_ONLY.has(column.dataType) && declared !== undefined && prefix >= Number(declared)
  return isWhole ? 'the prefix is as long as the column; leave it out' : null
}
