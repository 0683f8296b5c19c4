/** All rows of a table that is known to be big, read at once. */
import { tableOf } from './resolve-column.ts'
import type { CodeRule } from './rule.ts'
import type { SourceStatement } from './source-statement.ts'

export const unboundedResult: CodeRule = {
  id: 'UNBOUNDED_RESULT',
  title: 'All rows of a big table are read at once',
  severity: 'high',
  needsSchema: true,
  check: (statement, { schema }) => {
    const [only, ...more] = statement.facts?.tables ?? []
    if (only === undefined || more.length > 0 || !readsAll(statement)) return []
    const table = tableOf(only.name, schema)
    if (table === undefined || table.isView || table.grown === '') return []
    return [
      {
        severity: 'high',
        span: statement.span,
        message: `all rows of ${table.name} are read at once, with neither a condition nor a limit`,
        why: `The table is big: ${table.grown}. The driver keeps every row in memory until the last has come, and the program ends when there is no more of it.`,
        instead: `Ask for what is needed (WHERE …, LIMIT …), or take the rows in pages by key: WHERE id > :last ORDER BY id LIMIT 1000${streamOf(statement)}.`,
      },
    ]
  },
}

/** Calls that give one row after the other. */
const STREAMS = /stream|iterate|cursor|^each$|copy/i

/** Whether a statement gives one row for each of the table, all at once. */
const readsAll = ({
  facts,
  factsText,
  factsPartial,
  isFragment,
  callForm,
  holes,
}: SourceStatement): boolean =>
  facts?.root === 'Query' &&
  !(factsPartial || isFragment || STREAMS.test(callForm)) &&
  holes.every((each) => each.place === 'value' || each.place === 'quoted') &&
  !NARROWS.test(factsText)

const NARROWS =
  /\b(where|limit|fetch|having|distinct|group\s+by|union|intersect|except|outfile|tablesample)\b|\b(count|sum|min|max|avg|exists|group_concat|string_agg|array_agg|json_agg|jsonb_agg|bool_or|bool_and|every|any_value)\s*\(/i

/** How the driver gives one row after the other; '' where it is not known. */
function streamOf({ driver }: SourceStatement): string {
  if (driver === 'pg') return ', or one after the other with pg-query-stream'
  if (driver === 'mysql2' || driver === 'mysql') return ', or one after the other with .stream()'
  if (driver === 'mariadb') return ', or one after the other with queryStream'
  return driver === 'better-sqlite3' || driver === 'node:sqlite'
    ? ', or one after the other with .iterate()'
    : ''
}
