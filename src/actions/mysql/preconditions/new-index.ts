/** What an index to be must satisfy: the server can build it, it is new, and the table can carry one more. */
import type { ColumnsParameter, ColumnValue } from '../../../core/parameters.ts'
import type { ColumnDefinition, TableDefinition } from '../../../engines/mysql/shapes.ts'
import { isAtLeast } from '../flavour.ts'
import { type Condition, type Finding, type MysqlContext, met, unmet } from '../mysql-action.ts'
import { type OnTable, withTable } from './objects.ts'
import { isInnodb } from './table-state.ts'

/** Parameters of an action that builds an index. */
export type OnNewIndex = OnTable & { readonly columns: ColumnsParameter }

/** Every further index costs each write; beyond this the table is a matter for a person. */
const SECONDARY_INDEXES_MAX = 8
/**
 * Longest key and longest column of a key, bytes, for pages of 16 KiB and more; smaller pages divide it
 * (https://dev.mysql.com/doc/refman/8.4/en/innodb-limits.html).
 */
const KEY_BYTES_MAX = 3072
const COMPACT_COLUMN_BYTES_MAX = 767
const FULL_PAGE_BYTES = 16_384
/** Bytes of a character in the widest character set, utf8mb4. */
const CHARACTER_BYTES_MAX = 4
const NEEDS_PREFIX = /^(?:tiny|medium|long)?(?:blob|text)$/
const NEVER_INDEXED = /^(?:json|geometry|point|linestring|polygon|multi\w+|geom\w*collection|vector)$/
const PREFIXABLE = /^(?:char|varchar|binary|varbinary|(?:tiny|medium|long)?(?:blob|text))$/

/** X9 for a new index: types, key length and direction that InnoDB builds online with LOCK=NONE. */
export const indexBuildsOnline: Condition<OnNewIndex> = {
  id: 'X9',
  rule: 'The table is InnoDB and the key is one it can build in place with LOCK=NONE: plain columns, length and direction allowed.',
  test: async (context) => {
    const page = await context.ask('variables', { names: ['innodb_page_size'] })
    const pageBytes = Number((page.known ? page.value['innodb_page_size'] : undefined) ?? 4096)
    return withTable(context, (table) => {
      const problem =
        isInnodb(table) ?? directionProblem(context) ?? keyProblem(table, context.params.columns, pageBytes)
      return problem ?? met('InnoDB builds this key in place without blocking writes')
    })
  },
}

/** MariaDB before 10.8 parses DESC and ignores it, so the index would not be the one approved. */
function directionProblem(context: MysqlContext<OnNewIndex>): Finding | null {
  const descends = context.params.columns.some((item) => item.direction === 'DESC')
  if (!descends || isAtLeast(context.server, { mysql: 80_000, mariadb: 100_800 }) === true) return null
  return unmet(`${context.server.version} ignores DESC in a key`, 'Propose the key in ascending order.')
}

function keyProblem(
  table: TableDefinition,
  parts: readonly ColumnValue[],
  pageBytes: number,
): Finding | null {
  const share = Math.min(1, pageBytes / FULL_PAGE_BYTES)
  const compact = /^(?:compact|redundant)$/i.test(table.rowFormat)
  const columnMost = Math.floor((compact ? COMPACT_COLUMN_BYTES_MAX : KEY_BYTES_MAX) * share)
  let total = 0
  for (const part of parts) {
    const column = table.columns.find((item) => item.column === part.column)
    if (column === undefined)
      return unmet(`the table has no column ${part.column}`, 'Analyse the issue again.')
    const bytes = partBytes(column, part)
    if (typeof bytes === 'string') return unmet(bytes, 'Propose other columns, or a prefix of this one.')
    if (bytes > columnMost)
      return unmet(
        `${part.column} takes ${bytes} bytes of a key, the limit is ${columnMost}`,
        'Propose a prefix of it.',
      )
    total += bytes
  }
  const most = Math.floor(KEY_BYTES_MAX * share)
  return total <= most
    ? null
    : unmet(`the key takes ${total} bytes, the limit is ${most}`, 'Propose fewer columns or prefixes.')
}

/** Bytes of one part of the key, or why it can be none. */
function partBytes(column: ColumnDefinition, part: ColumnValue): number | string {
  if (NEVER_INDEXED.test(column.dataType))
    return `${column.column} is ${column.columnType}, which no ordinary index holds`
  if (part.prefix === null) {
    if (NEEDS_PREFIX.test(column.dataType))
      return `${column.column} is ${column.columnType}, of which only a prefix can be indexed`
    return column.maxBytes ?? KEY_BYTES_MAX + 1
  }
  if (!PREFIXABLE.test(column.dataType))
    return `${column.column} is ${column.columnType}, of which no prefix can be indexed`
  const bytes = part.prefix * (column.characterSet === null ? 1 : CHARACTER_BYTES_MAX)
  const isShorter =
    column.maxBytes === null || NEEDS_PREFIX.test(column.dataType) || part.prefix <= column.maxBytes
  return isShorter ? bytes : `a prefix of ${part.prefix} is longer than ${column.column}`
}

/**
 * No index begins with these columns already, hidden ones included, and the name is free.
 * @param nameOf the name the index will have.
 */
export function indexIsNew(nameOf: (context: MysqlContext<OnNewIndex>) => string): Condition<OnNewIndex> {
  return {
    id: 'index-is-new',
    rule: 'No index of the table, hidden ones included, begins with these columns, and the composed name is free.',
    test: (context) =>
      withTable(context, (table) => {
        const name = nameOf(context)
        if (table.indexes.some((index) => index.index.toLowerCase() === name))
          return unmet(
            `the table already has an index ${name}`,
            'It was built before; look at why it does not help.',
          )
        const same = table.indexes.find((index) => beginsWith(index.columns, context.params.columns))
        if (same === undefined || !['BTREE', 'HASH'].includes(same.kind))
          return met('no index begins with these columns')
        return unmet(
          `the index ${same.index} begins with these columns${same.visible ? '' : ' (it is hidden)'}`,
          same.visible ? 'Look at why it is not used.' : 'Show that index instead of building another.',
        )
      }),
  }
}

function beginsWith(
  existing: TableDefinition['indexes'][number]['columns'],
  wanted: readonly ColumnValue[],
): boolean {
  return wanted.every((part, at) => {
    const own = existing[at]
    return own?.column === part.column && own.prefix === part.prefix && own.direction === part.direction
  })
}

/** The table has room for one more secondary index. */
export const fewSecondaryIndexes: Condition<OnTable> = {
  id: 'few-indexes',
  rule: `The table has fewer than ${SECONDARY_INDEXES_MAX} secondary indexes.`,
  test: (context) =>
    withTable(context, (table) => {
      const count = table.indexes.filter((index) => !index.primary).length
      return count < SECONDARY_INDEXES_MAX
        ? met(`the table has ${count} secondary indexes`)
        : unmet(`the table has ${count} secondary indexes`, 'Retire one that nothing uses first.')
    }),
}
