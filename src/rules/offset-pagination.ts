/** Pages by OFFSET that reach far: a client decides how far, or a loop goes on to the end of the table. */
import { type NameRef, Offsets, type StatementFacts } from '../sql/index.ts'
import { isSystemTable } from './resolve-column.ts'
import type { CodeRule } from './rule.ts'
import { isDynamic, marker, type OffsetReach, type SourceStatement } from './source-statement.ts'
import { isShortByName } from './table-size.ts'

export const offsetPagination: CodeRule = {
  id: 'OFFSET_PAGINATION',
  title: 'OFFSET passes over as many rows as a client or a loop says',
  severity: 'high',
  needsSchema: false,
  check: (statement) => {
    const { facts } = statement
    if (facts === null || facts.root !== 'Query' || statement.isFragment) return []
    const found = offsetIn(statement)
    const table = facts.tables[0]?.name
    if (found === null || table === undefined || !mayBeLong(table, statement)) return []
    const { name, reach } = found
    const at = statement.text.indexOf(name)
    return [
      {
        severity: 'high',
        span: statement.locate(at, at + name.length),
        message: MESSAGES[reach](name, table.parts.at(-1) ?? ''),
        why: [whyOn(statement), COSTS[reach]].join(''),
        instead: `${keyset(statement, facts)}${reach === 'request' ? '; or refuse offsets beyond some pages' : ''}.`,
      },
    ]
  },
}

const MESSAGES: Readonly<Record<OffsetReach, (name: string, table: string) => string>> = {
  request: (name, table) =>
    `OFFSET ${name} reads and throws away as many rows of ${table} before each page, and a client decides how many`,
  walk: (name, table) =>
    `the loop around this goes through ${table} by OFFSET ${name}: each page reads and throws away all pages before it`,
}

const COSTS: Readonly<Record<OffsetReach, string>> = {
  request:
    'A page far behind costs as much as the whole table; rows added meanwhile move others onto the next page.',
  walk: 'The work grows with the square of the rows: a hundred pages are read as five thousand. Rows added or removed meanwhile are read twice or left out.',
}

const WHY: Readonly<Record<string, string>> = {
  // https://www.postgresql.org/docs/current/queries-limit.html
  postgresql: 'PostgreSQL computes the rows before the offset all the same.',
  // https://dev.mysql.com/doc/refman/8.4/en/limit-optimization.html
  mysql: 'The server follows the order from its beginning and counts off each row it passes over.',
  mariadb: 'The server follows the order from its beginning and counts off each row it passes over.',
  sqlite: 'SQLite steps over each row before the offset.',
}

const whyOn = ({ dialect, dialectKnown }: SourceStatement): string =>
  dialectKnown ? `${WHY[dialect.name] ?? ''} ` : ''

/** The marker that stands after OFFSET and reaches far; null if there is none. */
function offsetIn({ text, holes, values }: SourceStatement): { name: string; reach: OffsetReach } | null {
  for (const [kind, list] of [
    ['hole', holes],
    ['value', values],
  ] as const)
    for (const [index, each] of list.entries()) {
      const name = marker(kind, index)
      if (each !== null && each.offset !== null && text.includes(name)) return { name, reach: each.offset }
    }
  return null
}

/** Columns that say whose a row is. */
const OF_ONE = /(^|_)(id|uuid|email|user|owner|account|tenant|slug)$|Id$/

const mayBeLong = (table: NameRef, statement: SourceStatement): boolean => {
  const name = table.parts.at(-1) ?? ''
  return !(isDynamic(name) || isSystemTable(table) || isShort(name, statement))
}

/** Whether few rows are there to page through: a short table, what belongs to one row of another one, groups and parts of statements. */
function isShort(table: string, { facts, text }: SourceStatement): boolean {
  if (isShortByName(table) || /\bgroup\s+by\b|\bdistinct\b|\bunion\b|\b(sum|count)\s*\(/i.test(text))
    return true
  const offsets = new Offsets(text)
  return (facts?.comparisons ?? []).some(({ how, left }) => {
    const name = how === 'equal' ? offsets.column(left) : null
    return name !== null && OF_ONE.test(name.parts.at(-1) ?? '')
  })
}

/** The same page asked for by the last row of the one before. */
function keyset({ factsText, text, dialect }: SourceStatement, { sortKeys }: StatementFacts): string {
  const offsets = new Offsets(factsText)
  const written = sortKeys.map((key) => offsets.column(key)?.parts.join('.') ?? '')
  const keys =
    written.length === 0 || written.some((each) => each === '' || isDynamic(each)) ? ['id'] : written
  const [first = 'id'] = keys
  const last = keys.length === 1 && !/(^|\.)id$/i.test(first) ? [...keys, 'id'] : keys
  const order = /\border\s+by\b([^()]*)$/i.exec(text)?.[1] ?? ''
  const [than, direction] = /\bdesc\b/i.test(order) ? ['<', ' DESC'] : ['>', '']
  return `Ask for what follows the last row: WHERE ${after(last, than, dialect.name)} ORDER BY ${last.map((key) => `${key}${direction}`).join(', ')} LIMIT …, with an index on (${last.map(plain).join(', ')})`
}

/**
 * The MySQL family finds no range of an index by a comparison of rows, so that the first key is compared beside it
 * (https://dev.mysql.com/doc/refman/8.4/en/row-constructor-optimization.html).
 */
function after(keys: readonly string[], than: string, dialect: string): string {
  const [first = 'id'] = keys
  if (keys.length === 1) return `${first} ${than} :last_${plain(first)}`
  const rows = `(${keys.join(', ')}) ${than} (${keys.map((key) => `:last_${plain(key)}`).join(', ')})`
  return /^(mysql|mariadb)$/.test(dialect) ? `${first} ${than}= :last_${plain(first)} AND ${rows}` : rows
}

const plain = (key: string): string => key.replace(/^.*\./, '')
