/** A list of any length in IN: what a client sent, or all rows of another statement. */

import type { CodeRule } from './rule.ts'
import { isDynamic, type OpenList, type SourceStatement } from './source-statement.ts'
import { isShortByName } from './table-size.ts'

export const inListUnbounded: CodeRule = {
  id: 'IN_LIST_UNBOUNDED',
  title: 'A list in IN may have any length',
  severity: 'high',
  needsSchema: false,
  check: (statement) =>
    statement.openLists
      .filter((list) => !isOfShort(list))
      .slice(0, 1)
      .map((list) => ({
        severity: 'high' as const,
        span: list.span,
        message: `\`${list.name}\` in ${columnOf(list)} ${list.negated ? 'NOT IN' : 'IN'} (…) ${LENGTH[list.from]}`,
        why: WHY[statement.dialect.name] ?? '',
        instead: list.from === 'rows' ? joined(list) : bounded(list, statement),
      })),
}

const LENGTH: Readonly<Record<OpenList['from'], string>> = {
  request: 'is as long as a client makes it',
  rows: 'has an element for every row of another statement, which has neither condition nor limit',
}

const columnOf = ({ column }: OpenList): string => (column === '' || isDynamic(column) ? 'a column' : column)

/** Whether the rows are those of a table that is short by its name. */
const isOfShort = ({ query }: OpenList): boolean =>
  isShortByName(/\bfrom\s+[\w."`]*?["`]?(\w+)["`]?\s*(?:$|;|\border\b|\bas\b)/i.exec(query)?.[1] ?? '')

/**
 * Limits: https://www.postgresql.org/docs/current/limits.html (query parameters), https://sqlite.org/limits.html (host parameters),
 * https://dev.mysql.com/doc/refman/8.4/en/range-optimization.html (limiting memory use: 230 bytes a value of 8 MB), error 1390, and
 * https://mariadb.com/kb/en/conversion-of-big-in-predicates-into-subqueries/.
 */
const WHY: Readonly<Record<string, string>> = {
  postgresql:
    'A statement takes 65,535 parameters, and each length of the list is another statement to be planned and counted.',
  mysql:
    'A prepared statement takes 65,535 parameters; past range_optimizer_max_mem_size (some 36,000 values) the index is given up for a scan of the whole table, and past max_allowed_packet the connection is lost.',
  mariadb:
    'A prepared statement takes 65,535 parameters; from 1,000 values on (in_predicate_conversion_threshold) the list becomes a temporary table, and past max_allowed_packet the connection is lost.',
  sqlite: 'A statement takes 32,766 parameters; one more is an error (too many SQL variables).',
}

const joined = ({ query, name, column, negated }: OpenList): string =>
  `Let the server do both: ${negated ? 'NOT EXISTS (…)' : `${column === '' ? '…' : column} IN (${query.length > 80 ? `${query.slice(0, 79)}…` : query})`}, or a JOIN, instead of carrying \`${name}\` there and back.`

function bounded(list: OpenList, { dialect }: SourceStatement): string {
  const { name } = list
  const column = columnOf(list)
  const refuse = `Refuse what is too long (if (${name}.length > 500) …)`
  if (dialect.name === 'postgresql')
    return `${refuse}, and bind the list as one array: ${list.negated ? `${column} <> ALL($1)` : `${column} = ANY($1)`} with [${name}].`
  if (dialect.name === 'sqlite')
    return `${refuse}, and bind it as one value: ${column} ${list.negated ? 'NOT IN' : 'IN'} (SELECT value FROM json_each(?)) with JSON.stringify(${name}).`
  return `${refuse}${list.negated ? '' : `, or send batches of some hundred: for (const some of chunks(${name}, 500)) … ${column} IN (?) with [some]`}.`
}
