/** All indexes of one schema, with what each is needed for. */
import { count, isOn, number, type Row, text, textOrEmpty } from '../cells.ts'
import type { CollectorTarget } from '../collector.ts'
import { type ForeignKeys, servesForeignKey } from '../questions/foreign-keys.ts'
import type { IndexDefinition, TableDefinition } from '../shapes.ts'
import { tableKey } from './innodb-statistics.ts'

/** Rows of one schema; a schema with more index columns is left out from there on. */
const ROWS_MAX = 100_000
const SCHEMA_TIMEOUT_MS = 10_000

/** MariaDB says IGNORED (10.6), MySQL IS_VISIBLE and EXPRESSION (8.0). */
const SQL = {
  mariadb: statisticsSql("IF(IGNORED = 'YES', 'NO', 'YES')", 'NULL'),
  mysql: statisticsSql('IS_VISIBLE', 'EXPRESSION'),
} as const

function statisticsSql(visible: string, expression: string): string {
  return `SELECT TABLE_NAME AS table_name, INDEX_NAME AS index_name, NON_UNIQUE AS non_unique, COLUMN_NAME AS column_name,
  SUB_PART AS sub_part, COLLATION AS direction, CARDINALITY AS cardinality, INDEX_TYPE AS index_type,
  ${visible} AS visible, ${expression} AS expression
FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ?
ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX LIMIT ${ROWS_MAX}`
}

/** A table as far as its indexes go. */
export type TableIndexes = Pick<TableDefinition, 'schema' | 'table' | 'indexes'>

/** The indexes of one schema. */
export interface SchemaIndexes {
  readonly tables: readonly TableIndexes[]
  /** By `indexKey`. */
  readonly byKey: ReadonlyMap<string, IndexDefinition>
  /** Rows read. */
  readonly rows: number
}

/** Key of an index in maps. */
export function indexKey(schema: string, table: string, index: string): string {
  return JSON.stringify([schema, table, index])
}

/** Reads the indexes of the tables the account may see. @throws TargetError */
export async function readSchemaIndexes(
  target: CollectorTarget,
  schema: string,
  foreignKeys: ReadonlyMap<string, ForeignKeys>,
): Promise<SchemaIndexes> {
  const rows = await target.query(SQL[target.server.flavour], [schema], { timeoutMs: SCHEMA_TIMEOUT_MS })
  const tables = [...Map.groupBy(rows, (row) => textOrEmpty(row['table_name']))].map(([table, ofTable]) => {
    const keys = foreignKeys.get(tableKey(schema, table)) ?? { own: [], referencedBy: [] }
    return { schema, table, indexes: indexesOf(ofTable, keys) }
  })
  const byKey = new Map(
    tables.flatMap(({ table, indexes }) =>
      indexes.map((index) => [indexKey(schema, table, index.index), index] as const),
    ),
  )
  return { tables, byKey, rows: rows.length }
}

function indexesOf(rows: readonly Row[], keys: ForeignKeys): readonly IndexDefinition[] {
  const plain = [...Map.groupBy(rows, (row) => textOrEmpty(row['index_name']))].map(([index, parts]) => ({
    index,
    unique: count(parts[0]?.['non_unique']) === 0,
    primary: index === 'PRIMARY',
    kind: textOrEmpty(parts[0]?.['index_type']).toUpperCase(),
    visible: isOn(parts[0]?.['visible']),
    columns: parts.map((part) => ({
      column: text(part['expression']) === null ? text(part['column_name']) : null,
      prefix: number(part['sub_part']),
      direction: text(part['direction']) === 'D' ? ('DESC' as const) : ('ASC' as const),
      cardinality: number(part['cardinality']),
    })),
    supportsForeignKey: false,
  }))
  return plain.map((index) => ({ ...index, supportsForeignKey: servesForeignKey(index, plain, keys) }))
}
