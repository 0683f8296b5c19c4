/** The question `statistics-drift`: stored against sampled distinct counts of a table's indexes. */
import { toMs } from '../../../../core/time.ts'
import { number, type Row, textOrEmpty, utcTime } from '../../cells.ts'
import type { IndexDefinition, StatisticsDrift, TableDefinition } from '../../shapes.ts'
import { isDenied } from '../failure.ts'
import type { Found, Question, Reader } from '../question.ts'
import { readTable } from '../table.ts'
import { tableName } from '../table-name.ts'
import { countValues, estimateDistinct } from './estimate-distinct.ts'
import { NO_KEY, sampleRows, valueHash } from './sample-rows.ts'

/** Index prefixes compared at most, so that one row of the sample stays short. */
const PREFIXES_MAX = 24

interface Prefix {
  readonly index: string
  readonly parts: readonly {
    readonly column: TableDefinition['columns'][number]
    readonly prefix: number | null
  }[]
  readonly stored: number
}

/**
 * Compares `mysql.innodb_index_stats` (without the privilege, STATISTICS.CARDINALITY) with a sample drawn now; its
 * cost is that of `sampleRows`. Whole unique keys are left out: their count is the number of rows by definition.
 */
export const statisticsDrift: Question<'statistics-drift'> = {
  params: tableName,
  answer: async (context, params): Promise<Found<StatisticsDrift>> => {
    const { planner, reader } = context
    if (planner === null)
      return {
        because: 'there is no planner account to sample rows with',
        toProceed: 'Add `planner:` to the target.',
      }
    const found = await readTable(context, params)
    if ('because' in found) return found
    const table = found.value
    if (table === null)
      return { because: 'there is no such table', toProceed: 'Check its name against the catalog.' }
    const stored = await storedCounts(reader, table)
    const prefixes = comparable(table, stored)
    const asked = prefixes.map(({ parts }, at) => ({ alias: `p${at}`, sql: valueHash(parts) }))
    const sample = await sampleRows(planner, table, asked.length === 0 ? [{ alias: 'p0', sql: '1' }] : asked)
    if ('because' in sample) return sample
    if (!sample.isFair) return NO_KEY
    const now = utcTime((await reader.query('SELECT UTC_TIMESTAMP(6) AS now'))[0]?.['now'])
    const value: StatisticsDrift = {
      schema: table.schema,
      table: table.table,
      statisticsAt: table.statisticsAt,
      ageSeconds:
        table.statisticsAt === null || now === null
          ? null
          : Math.max(0, (toMs(now) - toMs(table.statisticsAt)) / 1000),
      autoRecalc: table.autoRecalc,
      rowsStored: stored.rows ?? table.rows,
      prefixes: prefixes.map((prefix, at) =>
        compare(
          prefix,
          sample.rows.map((row) => textOrEmpty(row[`p${at}`])),
          sample.population,
        ),
      ),
      sampledRows: sample.rows.length,
    }
    return { value, source: 'mysql.innodb_index_stats, a random sample of rows' }
  },
}

function compare(
  prefix: Prefix,
  values: readonly string[],
  population: number,
): StatisticsDrift['prefixes'][number] {
  const sampledDistinct = estimateDistinct(countValues(values), population)
  const [low, high] = [
    Math.max(1, Math.min(prefix.stored, sampledDistinct)),
    Math.max(1, prefix.stored, sampledDistinct),
  ]
  return {
    index: prefix.index,
    columns: prefix.parts.map((part) => part.column.column),
    storedDistinct: prefix.stored,
    sampledDistinct,
    factor: high / low,
  }
}

interface Stored {
  readonly rows: number | null
  readonly distinct: ReadonlyMap<string, number>
}

const DISTINCT_SQL = `SELECT index_name AS index_name, stat_name AS stat_name, stat_value AS stat_value
FROM mysql.innodb_index_stats WHERE database_name = ? AND table_name = ? AND stat_name LIKE 'n\\_diff\\_pfx%' LIMIT 1000`
const ROWS_SQL =
  'SELECT n_rows AS row_count FROM mysql.innodb_table_stats WHERE database_name = ? AND table_name = ? LIMIT 1'

/** Stored counts by index and number of parts. */
async function storedCounts(reader: Reader, table: TableDefinition): Promise<Stored> {
  const bound = [table.schema, table.table]
  try {
    const rows = await reader.query(DISTINCT_SQL, bound)
    const [counted] = await reader.query(ROWS_SQL, bound)
    return { rows: number(counted?.['row_count']), distinct: new Map(rows.flatMap(storedEntry)) }
  } catch (error) {
    if (isDenied(error)) return { rows: null, distinct: new Map() }
    throw error
  }
}

function storedEntry(row: Row): readonly (readonly [string, number])[] {
  const parts = /pfx(\d+)$/.exec(textOrEmpty(row['stat_name']))?.[1]
  const value = number(row['stat_value'])
  return parts === undefined || value === null
    ? []
    : [[prefixKey(textOrEmpty(row['index_name']), Number(parts)), value]]
}

function prefixKey(index: string, parts: number): string {
  return `${parts} ${index}`
}

function comparable(table: TableDefinition, stored: Stored): readonly Prefix[] {
  return table.indexes
    .filter((index) => index.kind === 'BTREE')
    .flatMap((index) => prefixesOf(index, table, stored))
    .slice(0, PREFIXES_MAX)
}

function prefixesOf(index: IndexDefinition, table: TableDefinition, stored: Stored): readonly Prefix[] {
  const parts = index.columns.map((part) => ({
    column: table.columns.find((column) => column.column === part.column),
    prefix: part.prefix,
  }))
  return parts.flatMap((_, at) => {
    const some = parts.slice(0, at + 1)
    const isWholeUnique = index.unique && at + 1 === parts.length
    const count =
      stored.distinct.get(prefixKey(index.index, at + 1)) ?? index.columns[at]?.cardinality ?? null
    const known = some.flatMap(({ column, prefix }) => (column === undefined ? [] : [{ column, prefix }]))
    return isWholeUnique || count === null || known.length !== some.length
      ? []
      : [{ index: index.index, parts: known, stored: count }]
  })
}
