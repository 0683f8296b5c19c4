/** Indexes nothing has read since the server started, where the server counted all of them. */
import { isOn, textOrEmpty } from '../cells.ts'
import type { CollectorTarget } from '../collector.ts'
import type { IndexDefinition, UnusedIndex } from '../shapes.ts'
import { NOT_SYSTEM_SCHEMA } from './app-schemas.ts'

const ROWS_MAX = 20_000
const INSTRUMENT_SQL = `SELECT ENABLED AS enabled FROM performance_schema.setup_instruments WHERE NAME = 'wait/io/table/sql/handler'`
/** Only tables opened since the start are listed: one that nobody opened says nothing about its indexes. */
const UNUSED_SQL = `SELECT OBJECT_SCHEMA AS schema_name, OBJECT_NAME AS table_name, INDEX_NAME AS index_name
FROM performance_schema.table_io_waits_summary_by_index_usage
WHERE INDEX_NAME IS NOT NULL AND INDEX_NAME <> 'PRIMARY' AND COUNT_STAR = 0 AND OBJECT_SCHEMA ${NOT_SYSTEM_SCHEMA}
LIMIT ${ROWS_MAX}`
const LOST = [
  'performance_schema_index_stat_lost',
  'performance_schema_table_instances_lost',
  'performance_schema_table_handles_lost',
]

/** Reads them; `because` says why nothing can be said. Indexes the catalog does not show are left out. */
export async function readUnused(
  target: CollectorTarget,
  find: (schema: string, table: string, index: string) => IndexDefinition | undefined,
): Promise<{ readonly indexes: readonly UnusedIndex[]; readonly because: string | null }> {
  const status = (await target.shared.status()).values
  const instrument = (await target.query(INSTRUMENT_SQL).catch(() => []))[0]?.['enabled']
  if (!isOn(instrument))
    return { indexes: [], because: 'the instrument wait/io/table/sql/handler is off or cannot be seen' }
  if (LOST.some((name) => (status[name] ?? 0) > 0)) {
    return { indexes: [], because: 'the server had no room for the counters of some tables or indexes' }
  }
  const uptimeSeconds = status['uptime'] ?? 0
  const rows = await target.query(UNUSED_SQL)
  const indexes = rows.flatMap((row) => {
    const name = {
      schema: textOrEmpty(row['schema_name']),
      table: textOrEmpty(row['table_name']),
      index: textOrEmpty(row['index_name']),
    }
    const index = find(name.schema, name.table, name.index)
    if (index === undefined) return []
    return [{ ...name, uptimeSeconds, unique: index.unique, supportsForeignKey: index.supportsForeignKey }]
  })
  return { indexes, because: null }
}
