/** A select list that is whatever the table happens to have. Worse where joined tables share names, or rows are inserted from it. */
import type { NameRef, Source, StarUse } from '../sql/index.ts'
import type { CodeSchema, CodeTable } from './code-schema.ts'
import { isSystemTable, tableOf } from './resolve-column.ts'
import type { CodeRule, Finding } from './rule.ts'
import type { SourceStatement } from './source-statement.ts'

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
  const inserts = statement.facts?.insertsStar === true
  if ((!star.outermost && !inserts) || star.block.inExists || star.block.kind !== 'select') return []
  const sources = meant(star)
  if (!areOurs(sources)) return []
  const span = statement.locate(star.span.start, star.span.end)
  const tables = sources.flatMap((each) => (each.table === null ? [] : (tableOf(each.table, schema) ?? [])))
  const named = sources.map((each) => each.table?.parts.at(-1) ?? '').join(', ')
  if (inserts)
    return [
      {
        severity: 'medium',
        span,
        message: 'an INSERT takes its rows from SELECT *',
        why: 'The columns are matched by their order alone: after the next migration of either table values go to other columns, or the statement fails.',
        instead: 'Name the columns on both sides.',
      },
    ]
  const shared = star.qualifier === null ? sharedName(tables) : null
  if (shared !== null)
    return [
      {
        severity: 'medium',
        span,
        message: `* of ${named} has several columns called ${shared}, and a row object keeps one of them`,
        why: 'Drivers make an object of each row by the columns’ names: the last table’s value overwrites the others’, also for keys.',
        instead: `Name the columns, with aliases for those that share a name: SELECT a.${shared}, b.${shared} AS b_${shared}, …`,
      },
    ]
  return [
    {
      severity: 'low',
      span,
      message: `* is every column ${named} has or will have`,
      why: 'A column added later is read and sent with every row, and an index that has all that is needed cannot answer alone.',
      instead: listed(tables),
    },
  ]
}

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

function listed(tables: readonly CodeTable[]): string {
  const [only] = tables
  if (tables.length !== 1 || only?.columns == null) return 'Name the columns that are used.'
  const names = [...only.columns.values()].map((each) => each.name)
  return names.length > 12
    ? `Name those of its ${names.length} columns that are used.`
    : `Name the columns that are used: SELECT ${names.join(', ')} FROM ${only.name}`
}
