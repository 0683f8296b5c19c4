/** All foreign keys of the schemas looked at, in both directions. */
import { type Row, textOrEmpty } from '../cells.ts'
import type { CollectorTarget } from '../collector.ts'
import type { ForeignKeys } from '../questions/foreign-keys.ts'
import { tableKey } from './innodb-statistics.ts'

const ROWS_MAX = 50_000
const SQL = `SELECT TABLE_NAME AS table_name, CONSTRAINT_NAME AS name, COLUMN_NAME AS column_name,
  REFERENCED_TABLE_SCHEMA AS ref_schema, REFERENCED_TABLE_NAME AS ref_table, REFERENCED_COLUMN_NAME AS ref_column
FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = ? AND REFERENCED_TABLE_NAME IS NOT NULL
ORDER BY TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION LIMIT ${ROWS_MAX}`

interface Gathered {
  readonly own: ForeignKeys['own'][number][]
  readonly referencedBy: (readonly string[])[]
}

/** Foreign keys by table (see `tableKey`). @throws TargetError */
export async function readForeignKeyMap(
  target: Pick<CollectorTarget, 'query'>,
  schemas: readonly string[],
): Promise<ReadonlyMap<string, ForeignKeys>> {
  const tables = new Map<string, Gathered>()
  const of = (schema: string, table: string): Gathered => {
    const key = tableKey(schema, table)
    const known = tables.get(key) ?? { own: [], referencedBy: [] }
    tables.set(key, known)
    return known
  }
  for (const schema of schemas) {
    const rows = await target.query(SQL, [schema])
    const groups = Map.groupBy(rows, (row) =>
      tableKey(textOrEmpty(row['table_name']), textOrEmpty(row['name'])),
    )
    for (const group of groups.values()) gather(schema, group, of)
  }
  return tables
}

function gather(
  schema: string,
  group: readonly Row[],
  of: (schema: string, table: string) => Gathered,
): void {
  const first = group[0] ?? {}
  const referencedSchema = textOrEmpty(first['ref_schema'])
  const referencedTable = textOrEmpty(first['ref_table'])
  of(schema, textOrEmpty(first['table_name'])).own.push({
    name: textOrEmpty(first['name']),
    columns: group.map((row) => textOrEmpty(row['column_name'])),
    referencedSchema,
    referencedTable,
  })
  of(referencedSchema, referencedTable).referencedBy.push(group.map((row) => textOrEmpty(row['ref_column'])))
}
