/**
 * A select list that is whatever the table happens to have, where that costs something: most columns are not read, a client is sent
 * them, whole tables are read. Worse where joined tables share names, or rows are inserted from it.
 */
import type { NameRef, Source, StarUse } from '../sql/index.ts'
import type { CodeSchema, CodeTable } from './code-schema.ts'
import { isSystemTable, tableOf } from './resolve-column.ts'
import type { CodeRule, Finding } from './rule.ts'
import { isDynamic, type SourceStatement } from './source-statement.ts'

export const selectStar: CodeRule = {
  id: 'SELECT_STAR',
  title: 'A select list is a star',
  severity: 'medium',
  needsSchema: false,
  check: (statement, { schema }) => {
    const { facts } = statement
    if (facts === null) return []
    return facts.stars.slice(0, 1).flatMap((star) => judged(star, statement, schema))
  },
}

function judged(star: StarUse, statement: SourceStatement, schema: CodeSchema): Finding[] {
  const sources = meant(star)
  if (star.block.inExists || star.block.kind !== 'select' || !areOurs(sources)) return []
  const span = statement.locate(star.span.start, star.span.end)
  if (statement.facts?.insertsStar === true)
    return copiesOneIntoOther(sources, statement) ? [intoOther(span)] : []
  return star.outermost && statement.rowUse.kind !== 'nested'
    ? received(star, { span, sources, statement, schema })
    : []
}

/** What is wrong with rows that the application receives. */
function received(
  star: StarUse,
  {
    span,
    sources,
    statement,
    schema,
  }: {
    readonly span: Finding['span']
    readonly sources: readonly Source[]
    readonly statement: SourceStatement
    readonly schema: CodeSchema
  },
): Finding[] {
  const tables = sources.flatMap((each) => (each.table === null ? [] : (tableOf(each.table, schema) ?? [])))
  const named = sources.map((each) => each.table?.parts.at(-1) ?? '').join(', ')
  const shared = star.qualifier === null ? sharedName(tables) : null
  if (shared !== null && !readsOnlyOthers(shared, statement)) return [overwritten(span, { named, shared })]
  const cost = costOf(statement, { tables, isKnown: tables.length === sources.length, sources })
  return cost === null
    ? []
    : [
        {
          severity: 'low',
          span,
          // How many rows a table has, and whether all columns are wanted of them, no source shows.
          review: cost === WHOLE_TABLE,
          message: `* is every column ${named} has or will have${cost}`,
          why: 'A column added later is read and sent with every row, and an index that has all that is needed cannot answer alone.',
          instead: listed(tables, statement),
        },
      ]
}

/** Whether one of both tables is named in the code; of two that are made at run time one is made like the other. */
const copiesOneIntoOther = (sources: readonly Source[], { text }: SourceStatement): boolean =>
  sources.every(({ table }) => table === null || !table.parts.some(isDynamic)) ||
  !/\binto\s+(?:["`[]?\w+["`\]]?\.)?["`[]?\w*dbm_(?:hole|value)_/i.test(text)

const intoOther = (span: Finding['span']): Finding => ({
  severity: 'medium',
  span,
  message: 'an INSERT takes its rows from SELECT *',
  why: 'The columns are matched by their order alone: after the next migration of either table values go to other columns, or the statement fails.',
  instead: 'Name the columns on both sides.',
})

const overwritten = (
  span: Finding['span'],
  { named, shared }: { readonly named: string; readonly shared: string },
): Finding => ({
  severity: 'medium',
  span,
  message: `* of ${named} has several columns called ${shared}, and a row object keeps one of them`,
  why: 'Drivers make an object of each row by the columns’ names: the last table’s value overwrites the others’, also for keys.',
  instead: `Name the columns, with aliases for those that share a name: SELECT a.${shared}, b.${shared} AS b_${shared}, …`,
})

/** Whether the code is seen to read columns, and not the one that several tables have. */
const readsOnlyOthers = (shared: string, { rowUse }: SourceStatement): boolean =>
  rowUse.kind === 'columns' &&
  rowUse.names.size > 0 &&
  ![...rowUse.names].some((name) => name.toLowerCase() === shared)

interface Selected {
  readonly tables: readonly CodeTable[]
  /** Whether the columns of all that is selected from are declared. */
  readonly isKnown: boolean
  readonly sources: readonly Source[]
}

/** More columns than this may be all that a table nothing declares has. */
const FEW_MAX = 1

const WHOLE_TABLE = ', of every row it has'

/** Why this star is worth a word, to stand after the message; null where whole rows are what is wanted. */
function costOf(statement: SourceStatement, selected: Selected): string | null {
  const { rowUse } = statement
  if (rowUse.kind === 'sent') return ', and whoever asks is sent all of them'
  if (rowUse.kind !== 'columns') return isWholeTable(statement, selected) ? WHOLE_TABLE : null
  const read = [...rowUse.names]
  if (read.length === 0) return ''
  const total = selected.isKnown ? totalOf(selected.tables) : null
  const used = total === null ? read.length : ownOf(read, selected.tables).length
  const isWorth = total === null ? used <= FEW_MAX : used * 2 <= total && total - used >= 2
  return isWorth
    ? `, and the code reads ${used === 0 ? 'none' : `${used}${total === null ? '' : ` of ${total}`}`}`
    : null
}

/** How many columns tables have together; null where those of one are not known. */
function totalOf(tables: readonly CodeTable[]): number | null {
  let total = 0
  for (const { columns } of tables) {
    if (columns === null) return null
    total += columns.size
  }
  return total
}

const ownOf = (names: readonly string[], tables: readonly CodeTable[]): readonly string[] =>
  names.filter((name) => tables.some((each) => each.columns?.has(name.toLowerCase()) === true))

/** Tables that by their names have few rows, all of which are wanted. */
const SMALL =
  /setting|config|option|preference|migration|version|meta|schema|role|permission|plan|categor|type|status|countr|currenc|language|locale|tag|state|lock|template|provider|profile|feature|flag|cron|schedule|field|rule|polic|lookup|plugin|collection|module|master|auth/i

/** Functions that say they mean all there is. */
const MEANS_ALL =
  /all\b|all[A-Z]|list|load|export|dump|backup|migrat|sync|init|cache|index|build|debug|snapshot|restore|refresh|hydrat|copy|clone|import|report|count/i

/** Every row of one table that may grow. */
const isWholeTable = ({ text, holes, within, callForm }: SourceStatement, { sources }: Selected): boolean =>
  sources.length === 1 &&
  // Of a statement that is kept, its name says more than what is around it.
  callForm !== 'prepare' &&
  !MEANS_ALL.test(within) &&
  !/\b(?:where|limit|join|having|fetch|top|union|tablesample|order\s+by)\b/i.test(text) &&
  holes.every(({ place }) => place !== 'syntax') &&
  !SMALL.test(sources[0]?.table?.parts.at(-1) ?? '')

/** What the star stands for: everything in FROM, or the one source it is written after. */
const meant = ({ block, qualifier }: StarUse): readonly Source[] =>
  qualifier === null ? block.sources : block.sources.filter((each) => each.alias === qualifier)

/**
 * Whether all are tables of the application that the code names. What a server has in its own tables is its makers' decision, and code
 * that reads any table it is told cannot name columns.
 */
const areOurs = (sources: readonly Source[]): boolean =>
  sources.length > 0 &&
  sources.every(({ table }) => table !== null) &&
  sources.some(({ table }) => table !== null && !isSystemTable(table) && !isAnyTable(table))

/** A table whose name is a value as a whole, `${table}` or `??`. */
const isAnyTable = ({ parts }: NameRef): boolean => /^(dbm_(hole|value)_\d+_)+$/.test(parts.at(-1) ?? '')

/** A column that more than one of the tables has; `id` before others. */
function sharedName(tables: readonly CodeTable[]): string | null {
  const seen = new Map<string, number>()
  for (const table of tables)
    for (const name of table.columns?.keys() ?? []) seen.set(name, (seen.get(name) ?? 0) + 1)
  const shared = [...seen].filter(([, count]) => count > 1).map(([name]) => name)
  return shared.includes('id') ? 'id' : (shared[0] ?? null)
}

/** The columns to name: those that are read where that is known, else all a table has. */
function listed(tables: readonly CodeTable[], { rowUse }: SourceStatement): string {
  const [only] = tables
  const read = rowUse.kind === 'columns' ? [...rowUse.names] : []
  const own = only === undefined ? read : ownOf(read, tables)
  if (own.length > 0 && own.length <= 12) return `Name the columns that are used: SELECT ${own.join(', ')}`
  if (tables.length !== 1 || only?.columns == null) return 'Name the columns that are used.'
  const names = [...only.columns.values()].map((each) => each.name)
  return names.length > 12
    ? `Name those of its ${names.length} columns that are used.`
    : `Name the columns that are used: SELECT ${names.join(', ')} FROM ${only.name}`
}
