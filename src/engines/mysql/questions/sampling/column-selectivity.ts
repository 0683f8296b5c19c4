/** The question `column-selectivity`: distinct values, commonest value and NULLs of columns. */

import { quoteIdentifier } from '../../../../sql/quoting.ts'
import { type Row, textOrEmpty } from '../../cells.ts'
import type { ColumnDefinition, ColumnSelectivity, TableDefinition } from '../../shapes.ts'
import { exactly, listOf, objectName } from '../params.ts'
import type { Found, Question, Reader } from '../question.ts'
import { readTable } from '../table.ts'
import { countValues, estimateDistinct, type SampleCounts, topShare } from './estimate-distinct.ts'
import { NO_KEY, sampledNumber, sampleRows, valueHash } from './sample-rows.ts'

const COLUMNS_MAX = 16

/**
 * With a planner account, from a sample drawn now (cost: that of `sampleRows`); where that is of the first and last rows of each key,
 * the share of the commonest value is that of the part in which it is larger. Without one, from the stored
 * statistics of indexes that begin with the column; then the shares are not known, and a column that leads no index
 * makes the answer unknown.
 */
export const columnSelectivity: Question<'column-selectivity'> = {
  params: exactly({ schema: objectName, table: objectName, columns: listOf(objectName, 1, COLUMNS_MAX) }),
  answer: async (context, params): Promise<Found<ColumnSelectivity>> => {
    const found = await readTable(context, { schema: params.schema, table: params.table })
    if ('because' in found) return found
    const table = found.value
    const columns = params.columns.map((name) => table?.columns.find((column) => column.column === name))
    const known = columns.filter((column) => column !== undefined)
    if (table === null || known.length !== columns.length) {
      return {
        because: 'there is no such table or column',
        toProceed: 'Check the names against the catalog.',
      }
    }
    if (context.planner === null) return fromStatistics(table, known)
    const sampled = await fromSample(context.planner, table, known)
    if (!('because' in sampled)) return sampled
    const stored = fromStatistics(table, known)
    return 'because' in stored ? sampled : stored
  },
}

function fromStatistics(
  table: TableDefinition,
  columns: readonly ColumnDefinition[],
): Found<ColumnSelectivity> {
  const found = columns.map((column) => {
    const counts = table.indexes.flatMap((index) => {
      const first = index.columns[0]
      return first?.column === column.column && first.prefix === null && first.cardinality !== null
        ? [first.cardinality]
        : []
    })
    return {
      column: column.column,
      distinct: Math.max(0, ...counts),
      topShare: null,
      nullShare: null,
      averageBytes: null,
    }
  })
  if (found.some((column) => column.distinct === 0)) {
    return {
      because: 'no index begins with every one of the columns, so nothing is stored of them',
      toProceed: 'Add `planner:` to the target; then a sample is drawn.',
    }
  }
  const value: ColumnSelectivity = {
    schema: table.schema,
    table: table.table,
    rows: table.rows,
    columns: found,
    from: 'statistics',
    sampledRows: 0,
  }
  return { value, source: 'information_schema.STATISTICS' }
}

const SOURCES = {
  whole: 'all rows',
  fair: 'a random sample of rows',
  ends: 'the first and last rows of random keys',
} as const

const countsOf = (rows: readonly Row[], alias: string): SampleCounts =>
  countValues(rows.map((row) => textOrEmpty(row[alias])))

/** The largest of the shares: a column is as selective as it is where it is least so. */
const most = (shares: readonly (number | null)[]): number | null =>
  shares.reduce((high, share) => (share === null || (high ?? 0) > share ? high : share), null)

async function fromSample(
  planner: Reader,
  table: TableDefinition,
  columns: readonly ColumnDefinition[],
): Promise<Found<ColumnSelectivity>> {
  const asked = columns.flatMap((column, at) => {
    const quoted = quoteIdentifier(column.column, 'mysql')
    return [
      { alias: `v${at}`, sql: valueHash([{ column, prefix: null }]) },
      { alias: `z${at}`, sql: `${quoted} IS NULL` },
      { alias: `b${at}`, sql: `OCTET_LENGTH(${quoted})` },
    ]
  })
  const sample = await sampleRows(planner, table, asked)
  if ('because' in sample) return sample
  const { rows, population, parts } = sample
  if (parts.length === 0) return NO_KEY
  const found = columns.map((column, at) => {
    const counts = countsOf(rows, `v${at}`)
    const lengths = rows.flatMap((row) => sampledNumber(row, `b${at}`) ?? [])
    return {
      column: column.column,
      distinct: estimateDistinct(counts, population),
      topShare: most(parts.map((part) => topShare(countsOf(part, `v${at}`), population))),
      nullShare:
        rows.length === 0
          ? null
          : rows.filter((row) => sampledNumber(row, `z${at}`) === 1).length / rows.length,
      averageBytes:
        lengths.length === 0 ? null : lengths.reduce((sum, length) => sum + length, 0) / lengths.length,
    }
  })
  const value: ColumnSelectivity = {
    schema: table.schema,
    table: table.table,
    rows: population,
    columns: found,
    from: 'sample',
    sampledRows: rows.length,
  }
  return { value, source: SOURCES[sample.isWhole ? 'whole' : sample.isFair ? 'fair' : 'ends'] }
}
