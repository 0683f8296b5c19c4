/** The question `table`: a base table as the catalog describes it now, and the digest of its definition. */
import { createHash } from 'node:crypto'
import { canonicalJson, type Json } from '../../../core/canonical.ts'
import { count, isOn, number, type Row, text, textOrEmpty, utcTime } from '../cells.ts'
import type { ColumnDefinition, IndexDefinition, TableDefinition } from '../shapes.ts'
import { longestIndexEntry } from './column-bytes.ts'
import { type ForeignKeys, readForeignKeys, servesForeignKey } from './foreign-keys.ts'
import type { Found, Question, QuestionContext, Reader } from './question.ts'
import { type ServerFacts, serverFacts } from './server-facts.ts'
import { type TableName, tableName } from './table-name.ts'

/** The question. */
export const table: Question<'table'> = {
  params: tableName,
  answer: (context, params) => readTable(context, params),
}

const SOURCE = 'information_schema.TABLES, COLUMNS, STATISTICS, KEY_COLUMN_USAGE'

/**
 * Reads a base table by exact name (without case where the server compares so). At most one table's rows:
 * 4,096 columns and 1,024 index parts are the servers' own limits. `null`: no such base table that this
 * account can see. Rejects with the server's error.
 */
export async function readTable(
  context: Pick<QuestionContext, 'reader'>,
  name: TableName,
): Promise<Found<TableDefinition | null>> {
  const facts = await serverFacts(context.reader)
  const row = await findTable(context.reader, facts, name)
  if (row === null) return { value: null, source: SOURCE }
  const found = { schema: textOrEmpty(row['table_schema']), table: textOrEmpty(row['table_name']) }
  if (text(row['table_engine']) === null) {
    // The servers answer with an empty row where the table could not be opened in time.
    return {
      because: 'the table could not be opened: it is locked by DDL or damaged',
      toProceed: 'Ask again in a minute.',
    }
  }
  const columns = (await context.reader.query(COLUMNS_SQL, [found.schema, found.table])).map(readColumn)
  if (columns.length === 0 || columns.some((column, index) => column.position !== index + 1)) {
    return {
      because: 'the account cannot see the columns of the table',
      toProceed: 'Grant REFERENCES on the schema to the account; it reveals names and no data.',
    }
  }
  const keys = await readForeignKeys(context.reader, facts, found)
  const statistics = await readStatistics(context.reader, found)
  const parts = await context.reader.query(STATISTICS_SQL[facts.flavour], [found.schema, found.table])
  return { value: define({ found, row, columns, keys, statistics, parts }), source: SOURCE }
}

async function findTable(reader: Reader, facts: ServerFacts, name: TableName): Promise<Row | null> {
  const rows = await reader.query(TABLES_SQL, [name.schema, name.table])
  const same = (found: string | null, given: string): boolean =>
    found === given || (facts.lowerCaseTableNames !== 0 && found?.toLowerCase() === given.toLowerCase())
  const row = rows.find(
    (item) => same(text(item['table_schema']), name.schema) && same(text(item['table_name']), name.table),
  )
  return row !== undefined && text(row['table_type']) === 'BASE TABLE' ? row : null
}

const TABLES_SQL = `SELECT TABLE_SCHEMA AS table_schema, TABLE_NAME AS table_name, TABLE_TYPE AS table_type,
  ENGINE AS table_engine, ROW_FORMAT AS row_format, TABLE_ROWS AS table_rows, DATA_LENGTH AS data_bytes,
  INDEX_LENGTH AS index_bytes, CREATE_OPTIONS AS create_options, TABLE_COLLATION AS table_collation,
  CREATE_TIME AS created
FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? LIMIT 10`

const COLUMNS_SQL = `SELECT COLUMN_NAME AS column_name, ORDINAL_POSITION AS position, DATA_TYPE AS data_type,
  COLUMN_TYPE AS column_type, IS_NULLABLE AS is_nullable, CHARACTER_SET_NAME AS character_set,
  COLLATION_NAME AS collation_name, CHARACTER_OCTET_LENGTH AS octets, NUMERIC_PRECISION AS numeric_precision,
  NUMERIC_SCALE AS numeric_scale, DATETIME_PRECISION AS fraction_digits, EXTRA AS extra,
  GENERATION_EXPRESSION AS expression
FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION LIMIT 4096`

/** MariaDB says IGNORED (10.6+), MySQL IS_VISIBLE and EXPRESSION (8.0+). */
const STATISTICS_SQL = {
  mariadb: statisticsSql("IF(IGNORED = 'YES', 'NO', 'YES')", 'NULL'),
  mysql: statisticsSql('IS_VISIBLE', 'EXPRESSION'),
} as const

function statisticsSql(visible: string, expression: string): string {
  return `SELECT INDEX_NAME AS index_name, NON_UNIQUE AS non_unique, SEQ_IN_INDEX AS seq, COLUMN_NAME AS column_name,
  SUB_PART AS sub_part, COLLATION AS direction, CARDINALITY AS cardinality, INDEX_TYPE AS index_type,
  ${visible} AS visible, ${expression} AS expression
FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY INDEX_NAME, SEQ_IN_INDEX LIMIT 1024`
}

function readColumn(row: Row): ColumnDefinition {
  const extra = textOrEmpty(row['extra']).toLowerCase()
  const dataType = textOrEmpty(row['data_type']).toLowerCase()
  return {
    column: textOrEmpty(row['column_name']),
    position: count(row['position']),
    dataType,
    columnType: textOrEmpty(row['column_type']),
    nullable: isOn(row['is_nullable']),
    characterSet: text(row['character_set']),
    collation: text(row['collation_name']),
    maxBytes: longestIndexEntry(dataType, {
      octets: number(row['octets']),
      precision: number(row['numeric_precision']),
      scale: number(row['numeric_scale']),
      fractionDigits: number(row['fraction_digits']) ?? 0,
    }),
    autoIncrement: extra.includes('auto_increment'),
    generated: textOrEmpty(row['expression']) !== '',
  }
}

/** `innodb_table_stats.last_update` is a TIMESTAMP, so it comes in the session's UTC. Null without the privilege. */
async function readStatistics(reader: Reader, found: TableName): Promise<string | null> {
  const sql =
    'SELECT last_update AS at FROM mysql.innodb_table_stats WHERE database_name = ? AND table_name = ? LIMIT 1'
  try {
    return utcTime((await reader.query(sql, [found.schema, found.table]))[0]?.['at'])
  } catch (error) {
    if ([1142, 1143, 1044].includes((error as { errno?: number }).errno ?? 0)) return null
    throw error
  }
}

interface Parts {
  readonly found: TableName
  readonly row: Row
  readonly columns: readonly ColumnDefinition[]
  readonly keys: ForeignKeys
  readonly statistics: string | null
  readonly parts: readonly Row[]
}

function define(from: Parts): TableDefinition {
  const indexes = readIndexes(from.parts, from.keys)
  const createOptions = textOrEmpty(from.row['create_options'])
  const definition = {
    ...from.found,
    tableEngine: textOrEmpty(from.row['table_engine']),
    rowFormat: textOrEmpty(from.row['row_format']),
    createOptions,
    columns: from.columns,
    indexes,
    foreignKeys: from.keys.own,
  }
  return {
    ...definition,
    rows: count(from.row['table_rows']),
    dataBytes: count(from.row['data_bytes']),
    indexBytes: count(from.row['index_bytes']),
    partitioned: /\bpartitioned\b/i.test(createOptions),
    referencedBy: from.keys.referencedBy.length,
    statisticsAt: from.statistics,
    createdAt: utcTime(from.row['created']),
    autoRecalc: !/stats_auto_recalc=0/i.test(createOptions),
    definitionDigest: digest(definition, textOrEmpty(from.row['table_collation'])),
  }
}

function readIndexes(parts: readonly Row[], keys: ForeignKeys): readonly IndexDefinition[] {
  const groups = Map.groupBy(parts, (row) => textOrEmpty(row['index_name']))
  const indexes = [...groups].map(([index, rows]) => readIndex(index, rows))
  return indexes.map((index) => ({ ...index, supportsForeignKey: servesForeignKey(index, indexes, keys) }))
}

function readIndex(index: string, rows: readonly Row[]): IndexDefinition {
  const first = rows[0] ?? {}
  return {
    index,
    unique: count(first['non_unique']) === 0,
    primary: index === 'PRIMARY',
    kind: textOrEmpty(first['index_type']).toUpperCase(),
    visible: isOn(first['visible']),
    columns: rows.map((row) => ({
      column: text(row['column_name']),
      prefix: number(row['sub_part']),
      direction: text(row['direction']) === 'D' ? 'DESC' : 'ASC',
      cardinality: number(row['cardinality']),
    })),
    supportsForeignKey: false,
  }
}

/**
 * What `definitionDigest` is over: names, types and order of columns, indexes with visibility, own foreign keys,
 * engine, row format, options, collation. Left out: sizes and cardinalities, which move by themselves, and whether
 * other tables' keys lean on an index, which not every account sees.
 */
function digest(
  from: Pick<
    TableDefinition,
    'schema' | 'table' | 'tableEngine' | 'rowFormat' | 'createOptions' | 'columns' | 'indexes' | 'foreignKeys'
  >,
  collation: string,
): string {
  const indexes = from.indexes.map(({ supportsForeignKey: _supports, columns, ...index }) => ({
    ...index,
    columns: columns.map(({ cardinality: _cardinality, ...part }) => part),
  }))
  const { schema, table, tableEngine, rowFormat, createOptions, columns, foreignKeys } = from
  const value = {
    schema,
    table,
    tableEngine,
    rowFormat,
    createOptions,
    collation,
    columns,
    indexes,
    foreignKeys,
  }
  return createHash('sha256')
    .update(canonicalJson(value as unknown as Json))
    .digest('hex')
}
