/**
 * Window `tableSizes` (M9, M10): what each InnoDB table takes, by its statistics rather than by DATA_FREE, which
 * misleads both ways: nothing to reclaim after a bulk load, everything after scattered deletes.
 */
import { count, isOn, number, type Row, textOrEmpty, utcTime } from '../cells.ts'
import {
  type Collected,
  type Collector,
  type CollectorTarget,
  known,
  targetNow,
  unknown,
} from '../collector.ts'
import type { TableSize, TableSizes } from '../shapes.ts'
import { NOT_SYSTEM_SCHEMA, SCHEMAS_MAX } from './app-schemas.ts'
import { readKnownVariables } from './global-variables.ts'
import { readStatistics, type StoredStatistics, tableKey } from './innodb-statistics.ts'

const TABLES_MAX = 5_000
const SCHEMA_TIMEOUT_MS = 10_000

const SCHEMAS_SQL = `SELECT SCHEMA_NAME AS schema_name FROM information_schema.SCHEMATA
WHERE SCHEMA_NAME ${NOT_SYSTEM_SCHEMA} ORDER BY SCHEMA_NAME LIMIT ${SCHEMAS_MAX}`
/** One schema a statement: each stays short, and MariaDB opens only that schema's tables. */
const TABLES_SQL = `SELECT TABLE_NAME AS table_name, TABLE_ROWS AS row_count, DATA_LENGTH AS data_bytes,
  INDEX_LENGTH AS index_bytes, UPDATE_TIME AS changed_at, CREATE_OPTIONS AS create_options
FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_TYPE = 'BASE TABLE' AND ENGINE = 'InnoDB'
LIMIT ${TABLES_MAX + 1}`

/**
 * Reads all tables the account may see, largest first. Needs some privilege on each schema (REFERENCES shows no
 * data); with none of those that exist, the sizes are unknown. Without SELECT on mysql.innodb_table_stats bytes per
 * row are `null`.
 */
export const tableSizesCollector: Collector<'tableSizes', never> = {
  name: 'tableSizes',
  everyMs: 900_000,
  heavy: true,
  async collect(target): Promise<Collected<TableSizes, never>> {
    const statistics = await readStatistics(target).catch(() => new Map<string, StoredStatistics>())
    const settings = await readKnownVariables(target, ['innodb_page_size', 'innodb_stats_auto_recalc'])
    const server = {
      pageBytes: count(settings['innodb_page_size']) || 16_384,
      autoRecalc: isOn(settings['innodb_stats_auto_recalc']),
    }
    const tables: TableSize[] = []
    for (const row of await target.query(SCHEMAS_SQL)) {
      const schema = textOrEmpty(row['schema_name'])
      const rows = await target.query(TABLES_SQL, [schema], { timeoutMs: SCHEMA_TIMEOUT_MS })
      tables.push(...rows.map((table) => tableSize(schema, table, { statistics, server })))
    }
    const at = await targetNow(target)
    if (tables.length === 0 && statistics.size > 0)
      return { outcome: hidden(target, statistics.size), state: null }
    const largest = tables.toSorted((a, b) => b.dataBytes + b.indexBytes - a.dataBytes - a.indexBytes)
    const value: TableSizes = {
      at,
      epoch: target.identity.epoch,
      tables: largest.slice(0, TABLES_MAX),
      truncated: largest.length > TABLES_MAX,
    }
    return { outcome: known(value, at, 'information_schema.TABLES, mysql.innodb_table_stats'), state: null }
  },
}

function hidden(target: CollectorTarget, tables: number) {
  return unknown(
    `the account ${target.server.account} sees none of the ${tables} tables, because it has no privilege on their schemas`,
    'GRANT REFERENCES on each schema, as listed by: dbmedic check',
  )
}

function tableSize(
  schema: string,
  row: Row,
  from: {
    readonly statistics: ReadonlyMap<string, StoredStatistics>
    readonly server: { readonly pageBytes: number; readonly autoRecalc: boolean }
  },
): TableSize {
  const table = textOrEmpty(row['table_name'])
  const options = textOrEmpty(row['create_options'])
  const stored = from.statistics.get(tableKey(schema, table))
  const pageBytes = pageBytesOf(options) ?? from.server.pageBytes
  const rows = stored?.rows ?? count(row['row_count'])
  return {
    schema,
    table,
    rows,
    dataBytes: stored === undefined ? count(row['data_bytes']) : stored.clusteredPages * pageBytes,
    indexBytes: stored === undefined ? count(row['index_bytes']) : stored.otherPages * pageBytes,
    bytesPerRow: stored === undefined || rows === 0 ? null : (stored.clusteredPages * pageBytes) / rows,
    statisticsAt: stored?.statisticsAt ?? null,
    changedAt: utcTime(row['changed_at']),
    autoRecalc: autoRecalcOf(options) ?? from.server.autoRecalc,
  }
}

/** A compressed table's statistics count its own, smaller pages. */
function pageBytesOf(createOptions: string): number | null {
  const kibibytes = number(/\bkey_block_size=(\d+)/i.exec(createOptions)?.[1])
  return kibibytes === null || kibibytes === 0 ? null : kibibytes * 1024
}

function autoRecalcOf(createOptions: string): boolean | null {
  const stated = /\bstats_auto_recalc=([01])/i.exec(createOptions)?.[1]
  return stated === undefined ? null : stated === '1'
}
