/** A statement that finds or sorts rows of a table that is known to be big, by columns no index begins with. */
import { type Block, Offsets, type StatementFacts } from '../sql/index.ts'
import type { CodeSchema, CodeTable } from './code-schema.ts'
import { type ColumnMeeting, isIndexed, type KnownColumn, knownColumn, meetingsIn } from './meetings.ts'
import { tableOf } from './resolve-column.ts'
import type { CodeRule, Finding } from './rule.ts'
import type { SourceStatement } from './source-statement.ts'

export const missingIndex: CodeRule = {
  id: 'MISSING_INDEX',
  title: 'No index serves what a big table is searched or sorted by',
  severity: 'high',
  needsSchema: true,
  check: (statement, { schema }) => {
    const { facts } = statement
    if (facts === null || !schema.complete || !isReadable(statement)) return []
    for (const { name, block } of facts.tables) {
      const table = tableOf(name, schema)
      const isOnce = facts.tables.filter((each) => tableOf(each.name, schema) === table).length === 1
      if (table === undefined || !isOnce || !isBig(table)) continue
      const found = judged({ statement, facts, schema, table, block })
      if (found !== null) return [found]
    }
    return []
  },
}

/** Whether all there is to search by can be seen: no parts made at run time, no OR, no operators that other kinds of indexes serve. */
const isReadable = ({ isFragment, factsPartial, factsText, holes }: SourceStatement): boolean =>
  !isFragment &&
  !factsPartial &&
  holes.every((each) => each.place === 'value' || each.place === 'quoted') &&
  !/\bor\b|\bunion\b|\bmatch\s*\(|@@|@>|<@|->|\?\||<->|\bst_\w+\s*\(/i.test(factsText)

const isBig = ({ grown, isView, columns, indexes }: CodeTable): boolean =>
  grown !== '' && !isView && columns !== null && !indexes.some((each) => each.hasExpression)

interface Around {
  readonly statement: SourceStatement
  readonly facts: StatementFacts
  readonly schema: CodeSchema
  readonly table: CodeTable
  readonly block: Block
}

/** Meetings an index could find rows by. */
const SEARCHING = /^(equal|range|in|like)$/

function judged(around: Around): Finding | null {
  const { statement, schema, table, block } = around
  const meetings = meetingsIn(statement, schema).filter((each) => SEARCHING.test(each.how))
  const own = meetings.flatMap((each) => ofTable(each, table))
  const [first] = own
  if (own.some((each) => isIndexed(each.known))) return null
  // A comparison that is not understood may be of one of this table's columns.
  if (comparisonsIn(around) > meetings.filter((each) => each.block === block).length) return null
  const sorted = sortColumn(around)
  const isCut = /\blimit\b|\bfetch\s+(first|next)\b/i.test(statement.factsText)
  if (first === undefined) return sortFinding(around, isCut ? sorted : null)
  // The rows come in the order of that index until there are enough.
  if (isCut && sorted !== null && isIndexed(sorted)) return null
  return block.kind === 'insert' ? null : searchFinding(around, own, first)
}

/** A meeting as the table's column has it, on whichever side it stands. */
function ofTable(each: ColumnMeeting, table: CodeTable): readonly ColumnMeeting[] {
  if (each.known.table === table) return [each]
  return each.other.kind === 'column' && each.other.known.table === table
    ? [{ ...each, known: each.other.known }]
    : []
}

const comparisonsIn = ({ facts, block }: Around): number =>
  facts.comparisons.filter((each) => each.block === block && SEARCHING.test(each.how)).length

/** The first column of the only ORDER BY, where it is one of the table. */
function sortColumn({ statement, facts, schema, table, block }: Around): KnownColumn | null {
  const [key] = facts.sortKeys
  const name = key === undefined ? null : new Offsets(statement.factsText).column(key)
  const known = name === null ? null : knownColumn(name, block, schema)
  return known?.table === table ? known : null
}

function searchFinding(
  { statement, table }: Around,
  own: readonly ColumnMeeting[],
  first: ColumnMeeting,
): Finding {
  const equal = own.filter((each) => each.how === 'equal' || each.how === 'in')
  const range = own.filter((each) => !equal.includes(each)).slice(0, 1)
  const columns = [...new Set([...equal, ...range].map((each) => each.known.column.name))]
  return {
    severity: 'high',
    span: first.span,
    message: `no index of ${table.name} begins with ${columns.join(' or ')}: all its rows are read to find these`,
    why: `The table is big: ${table.grown}. ${READS}`,
    instead: create(table.name, columns, statement),
  }
}

const READS =
  'Reading all of it takes the longer the more it grows, pushes other pages out of memory, and what writes so locks more than it changes.'

/** A whole table is sorted to take its first rows. */
function sortFinding({ statement, facts, table }: Around, sorted: KnownColumn | null): Finding | null {
  if (sorted === null || isIndexed(sorted) || facts.root !== 'Query') return null
  if (/\bwhere\b|\bjoin\b|\bgroup\s+by\b|\bdistinct\b/i.test(statement.factsText)) return null
  return {
    severity: 'high',
    span: statement.span,
    message: `no index of ${table.name} begins with ${sorted.column.name}: all its rows are read and sorted to take the first`,
    why: `The table is big: ${table.grown}. ${READS}`,
    instead: create(table.name, [sorted.column.name], statement),
  }
}

/** The index that is missing, in the dialect's words; its order is for people to decide. */
function create(table: string, columns: readonly string[], { dialect }: SourceStatement): string {
  const name = [table, ...columns].join('_').slice(0, 60)
  const how = dialect.name === 'postgresql' ? 'INDEX CONCURRENTLY' : 'INDEX'
  return `CREATE ${how} ${name} ON ${table} (${columns.join(', ')}); first the columns that are compared for equality.`
}
