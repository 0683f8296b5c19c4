/** The questions `index-reads`, `redundant-indexes` and `histogram-columns` about one table. */
import { count, isOn, textOrEmpty } from '../cells.ts'
import type { IndexDefinition, RedundantIndex, TableDefinition } from '../shapes.ts'
import { exactly, objectName } from './params.ts'
import type { Question } from './question.ts'
import { serverFacts } from './server-facts.ts'
import { readTable } from './table.ts'
import { tableName } from './table-name.ts'
import { globalStatus } from './variables.ts'

const READS_SQL = `SELECT COUNT_STAR AS reads_total FROM performance_schema.table_io_waits_summary_by_index_usage
WHERE OBJECT_SCHEMA = ? AND OBJECT_NAME = ? AND INDEX_NAME = ? LIMIT 1`
const INSTRUMENT_SQL = `SELECT ENABLED AS enabled FROM performance_schema.setup_instruments WHERE NAME = 'wait/io/table/sql/handler'`

/**
 * How often the index was used to find rows since the server started, for reading or for changing them. Not known
 * while the instrument is off or the server had no room for some table's or index's counters.
 */
export const indexReads: Question<'index-reads'> = {
  params: exactly({ schema: objectName, table: objectName, index: objectName }),
  answer: async ({ reader }, params) => {
    if (!isOn((await reader.query(INSTRUMENT_SQL))[0]?.['enabled'])) {
      return {
        because: 'the instrument wait/io/table/sql/handler is off',
        toProceed: 'Start the server with performance_schema=ON.',
      }
    }
    const lostNames = [
      'Performance_schema_index_stat_lost',
      'Performance_schema_table_instances_lost',
      'Performance_schema_table_handles_lost',
    ]
    const { uptime, ...lost } = await globalStatus(reader, ['Uptime', ...lostNames])
    if (uptime === undefined || Object.values(lost).some((value) => value > 0)) {
      return {
        because: 'the server had no room for the counters of some tables or indexes',
        toProceed:
          'Raise performance_schema_max_table_instances and performance_schema_max_index_stat; restart.',
      }
    }
    const rows = await reader.query(READS_SQL, [params.schema, params.table, params.index])
    return {
      value: { reads: count(rows[0]?.['reads_total']), sinceSeconds: uptime },
      source: 'performance_schema.table_io_waits_summary_by_index_usage',
    }
  },
}

/** Ordinary indexes of the table that a visible one makes superfluous, one row an index. */
export const redundantIndexes: Question<'redundant-indexes'> = {
  params: tableName,
  answer: async (context, params) => {
    const found = await readTable(context, params)
    if ('because' in found) return found
    return { value: found.value === null ? [] : redundant(found.value), source: found.source }
  },
}

/**
 * An index is redundant when it is not unique and its columns lead another's, or when its columns equal another's
 * and the other is unique or comes first by name (the rule of sys.schema_redundant_indexes without its last
 * clause, which calls an index redundant because a shorter unique one exists). Prefix lengths and directions must
 * agree. Only BTREE indexes over plain columns are compared.
 */
export function redundant(
  table: Pick<TableDefinition, 'schema' | 'table' | 'indexes'>,
): readonly RedundantIndex[] {
  const comparable = table.indexes.filter(
    (index) => index.kind === 'BTREE' && index.columns.every((part) => part.column !== null),
  )
  return comparable.flatMap((index) => {
    if (index.primary) return []
    const dominants = comparable.filter(
      (other) => other.index !== index.index && other.visible && dominates(other, index),
    )
    const dominant = dominants.sort(
      (a, b) => a.columns.length - b.columns.length || (a.index < b.index ? -1 : 1),
    )[0]
    if (dominant === undefined) return []
    return [
      {
        schema: table.schema,
        table: table.table,
        index: index.index,
        columns: columnNames(index),
        dominantIndex: dominant.index,
        dominantColumns: columnNames(dominant),
        exact: dominant.columns.length === index.columns.length,
        unique: index.unique,
        supportsForeignKey: index.supportsForeignKey,
      },
    ]
  })
}

function dominates(other: IndexDefinition, index: IndexDefinition): boolean {
  const leads = index.columns.every((part, at) => {
    const own = other.columns[at]
    return own?.column === part.column && own.prefix === part.prefix && own.direction === part.direction
  })
  if (!leads) return false
  if (other.columns.length > index.columns.length) return !index.unique
  return index.unique === other.unique ? other.primary || other.index < index.index : other.unique
}

function columnNames(index: IndexDefinition): readonly string[] {
  return index.columns.map((part) => part.column ?? '')
}

const HISTOGRAM_SQL = {
  mysql: `SELECT COLUMN_NAME AS column_name FROM information_schema.COLUMN_STATISTICS
WHERE SCHEMA_NAME = ? AND TABLE_NAME = ? LIMIT 4096`,
  mariadb: `SELECT column_name AS column_name FROM mysql.column_stats WHERE db_name = ? AND table_name = ? LIMIT 4096`,
} as const

/** Columns with a histogram (MySQL) or engine-independent statistics (MariaDB; needs SELECT on mysql.column_stats). */
export const histogramColumns: Question<'histogram-columns'> = {
  params: tableName,
  answer: async ({ reader }, { schema, table }) => {
    const { flavour } = await serverFacts(reader)
    const rows = await reader.query(HISTOGRAM_SQL[flavour], [schema, table])
    return {
      value: rows.map((row) => textOrEmpty(row['column_name'])),
      source: flavour === 'mysql' ? 'information_schema.COLUMN_STATISTICS' : 'mysql.column_stats',
    }
  },
}
