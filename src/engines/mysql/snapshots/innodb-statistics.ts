/** InnoDB's persistent statistics of tables (`mysql.innodb_table_stats`): no table is opened for them. */
import { count, type Row, text, textOrEmpty, utcTime } from '../cells.ts'
import type { CollectorTarget } from '../collector.ts'
import { NOT_SYSTEM_SCHEMA } from './app-schemas.ts'

/** Statistics of one table, its partitions summed. */
export interface StoredStatistics {
  readonly schema: string
  readonly table: string
  readonly rows: number
  readonly clusteredPages: number
  readonly otherPages: number
  /** The oldest of its partitions'. */
  readonly statisticsAt: string | null
}

const ROWS_MAX = 50_000
const SQL = `SELECT database_name AS schema_name, table_name AS table_name, last_update AS last_update, n_rows AS row_count,
  clustered_index_size AS clustered_pages, sum_of_other_index_sizes AS other_pages
FROM mysql.innodb_table_stats WHERE database_name ${NOT_SYSTEM_SCHEMA}
ORDER BY clustered_index_size + sum_of_other_index_sizes DESC LIMIT ${ROWS_MAX}`

/** Statistics by `schema` and `table` (see `tableKey`), largest first. Needs SELECT on the table. @throws TargetError */
export async function readStatistics(
  target: Pick<CollectorTarget, 'query'>,
): Promise<ReadonlyMap<string, StoredStatistics>> {
  const tables = new Map<string, StoredStatistics>()
  for (const row of await target.query(SQL)) {
    const one = statistics(row)
    const key = tableKey(one.schema, one.table)
    tables.set(key, together(tables.get(key), one))
  }
  return tables
}

/** Key of a table in maps: names are compared as the server writes them. */
export function tableKey(schema: string, table: string): string {
  return JSON.stringify([schema, table])
}

/** A partition is stored as `t#P#p0` (MariaDB) or `t#p#p0` (MySQL), its subpartition behind `#SP#`. */
function statistics(row: Row): StoredStatistics {
  return {
    schema: textOrEmpty(row['schema_name']),
    table: textOrEmpty(row['table_name']).replace(/#p#.*$/is, ''),
    rows: count(row['row_count']),
    clusteredPages: count(row['clustered_pages']),
    otherPages: count(row['other_pages']),
    statisticsAt: text(row['last_update']) === null ? null : utcTime(row['last_update']),
  }
}

function together(before: StoredStatistics | undefined, one: StoredStatistics): StoredStatistics {
  if (before === undefined) return one
  const times = [before.statisticsAt, one.statisticsAt].filter((time) => time !== null).toSorted()
  return {
    ...one,
    rows: before.rows + one.rows,
    clusteredPages: before.clusteredPages + one.clusteredPages,
    otherPages: before.otherPages + one.otherPages,
    statisticsAt: times[0] ?? null,
  }
}
