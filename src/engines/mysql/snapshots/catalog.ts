/** Window `catalog`: superfluous and unused indexes, and auto-increment columns (M11, M12, M19). */
import { textOrEmpty } from '../cells.ts'
import {
  type Collected,
  type Collector,
  type CollectorTarget,
  known,
  targetNow,
  unknown,
} from '../collector.ts'
import { redundant } from '../questions/index-use.ts'
import type { CatalogFindings, RedundantIndex } from '../shapes.ts'
import { NOT_SYSTEM_SCHEMA, SCHEMAS_MAX } from './app-schemas.ts'
import { readAutoIncrement } from './auto-increment.ts'
import { readForeignKeyMap } from './foreign-key-map.ts'
import { indexKey, readSchemaIndexes, type SchemaIndexes } from './schema-indexes.ts'
import { readUnused } from './unused-indexes.ts'

const FINDINGS_MAX = 2_000
const INDEX_ROWS_MAX = 200_000

const SCHEMAS_SQL = `SELECT SCHEMA_NAME AS schema_name FROM information_schema.SCHEMATA
WHERE SCHEMA_NAME ${NOT_SYSTEM_SCHEMA} ORDER BY SCHEMA_NAME LIMIT ${SCHEMAS_MAX}`

/** Reads the catalog, one schema a statement. Sees what the account has any privilege on (REFERENCES will do). */
export const catalogCollector: Collector<'catalog', never> = {
  name: 'catalog',
  everyMs: 900_000,
  heavy: true,
  async collect(target): Promise<Collected<CatalogFindings, never>> {
    const schemas = (await target.query(SCHEMAS_SQL)).map((row) => textOrEmpty(row['schema_name']))
    if (schemas.length === 0 && (await hasAppTables(target))) {
      const because = `the account ${target.server.account} has no privilege on any schema of an application`
      const outcome = unknown(because, 'GRANT REFERENCES on each schema, as listed by: dbmedic check')
      return { outcome, state: null }
    }
    const foreignKeys = await readForeignKeyMap(target, schemas)
    const indexes: SchemaIndexes[] = []
    for (const schema of schemas) {
      const read = indexes.reduce((sum, one) => sum + one.rows, 0)
      if (read < INDEX_ROWS_MAX) indexes.push(await readSchemaIndexes(target, schema, foreignKeys))
    }
    const byKey = new Map(indexes.flatMap((one) => [...one.byKey]))
    const unused = await readUnused(target, (schema, table, index) =>
      byKey.get(indexKey(schema, table, index)),
    )
    const autoIncrement = []
    for (const schema of schemas) autoIncrement.push(...(await readAutoIncrement(target, schema)))
    const at = await targetNow(target)
    const value: CatalogFindings = {
      at,
      epoch: target.identity.epoch,
      redundant: indexes.flatMap((one) => redundantOf(one)).slice(0, FINDINGS_MAX),
      unused: unused.indexes.slice(0, FINDINGS_MAX),
      ...(unused.because === null ? {} : { unusedUnknown: unused.because }),
      autoIncrement: autoIncrement.toSorted((a, b) => b.usedPercent - a.usedPercent).slice(0, FINDINGS_MAX),
    }
    return {
      outcome: known(
        value,
        at,
        'information_schema.STATISTICS, COLUMNS, table_io_waits_summary_by_index_usage',
      ),
      state: null,
    }
  },
}

function redundantOf(schema: SchemaIndexes): readonly RedundantIndex[] {
  return schema.tables.flatMap((table) => redundant(table))
}

async function hasAppTables(target: CollectorTarget): Promise<boolean> {
  const sql = `SELECT 1 AS found FROM mysql.innodb_table_stats WHERE database_name ${NOT_SYSTEM_SCHEMA} LIMIT 1`
  return (await target.query(sql).catch(() => [])).length > 0
}
