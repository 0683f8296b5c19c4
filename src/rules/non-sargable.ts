/** A predicate written so that an index that exists cannot serve it: a function around the column, a leading wildcard. */
import {
  type Block,
  type Comparison,
  type Meeting,
  type NameRef,
  Offsets,
  type Operand,
} from '../sql/index.ts'
import type { CodeSchema } from './code-schema.ts'
import { columnName, isIndexed, type KnownColumn, knownColumn, meetingsIn } from './meetings.ts'
import type { CodeRule, Finding } from './rule.ts'
import { type SourceStatement, valueNamed } from './source-statement.ts'

export const nonSargable: CodeRule = {
  id: 'NON_SARGABLE',
  title: 'An index exists and the predicate cannot use it',
  severity: 'high',
  needsSchema: true,
  check: (statement, { schema }) => {
    const { facts } = statement
    if (facts === null) return []
    const offsets = new Offsets(statement.factsText)
    return facts.comparisons.flatMap((each) => judged(each, { statement, offsets, schema }))
  },
}

interface Around {
  readonly statement: SourceStatement
  readonly offsets: Offsets
  readonly schema: CodeSchema
}

/** Meetings an index could find rows by. */
const SEARCHING: ReadonlySet<Meeting> = new Set<Meeting>(['equal', 'range', 'in', 'like'])

function judged(comparison: Comparison, around: Around): Finding[] {
  const { how, left, right, block } = comparison
  const { offsets, schema, statement } = around
  if (!SEARCHING.has(how)) return []
  const operand = offsets.operand(left)
  const inner = how === 'like' ? plainColumn(operand) : wrapped(operand, offsets)
  const known = inner === null ? null : knownColumn(inner.name, block, schema)
  if (inner === null || known === null || !isServed(known)) return []
  if (servedOtherwise(block, { known, statement, schema })) return []
  const span = statement.locate(inner.name.span.start, inner.name.span.end)
  return wrongAround(how, offsets.operand(right), { known, inner, span, statement })
}

/** What keeps the index from being used, if anything does. */
function wrongAround(
  how: Meeting,
  other: Operand,
  at: {
    readonly known: KnownColumn
    readonly inner: { readonly form: string }
    readonly span: Finding['span']
    readonly statement: SourceStatement
  },
): Finding[] {
  const { known, inner, span, statement } = at
  if (how === 'like') return leadingWildcard(other, statement) ? [wildcard(known, span, statement)] : []
  const comparesColumns = other.kind === 'column' && !isValue(other, statement)
  return comparesColumns || canServe(inner.form, statement) ? [] : [computed(known, inner, span)]
}

/** A plain index begins with the column, and none of its table is on an expression. */
const isServed = (known: KnownColumn): boolean =>
  isIndexed(known) && !known.table.indexes.some((index) => index.hasExpression)

const plainColumn = (operand: Operand): { readonly name: NameRef; readonly form: string } | null =>
  operand.kind === 'column' ? { name: operand.name, form: 'LIKE' } : null

const isValue = (operand: Operand, statement: SourceStatement): boolean =>
  operand.kind === 'column' && valueNamed(statement, operand.name.parts[0] ?? '') !== null

/** The column inside a function, a cast or arithmetic, and the form around it. */
function wrapped(
  operand: Operand,
  offsets: Offsets,
): { readonly name: NameRef; readonly form: string } | null {
  const plain = (node: Parameters<Offsets['operand']>[0]): NameRef | null => offsets.column(node)
  if (operand.kind === 'function') {
    const columns = operand.args.flatMap((each) => plain(each) ?? [])
    const [only] = columns
    return columns.length === 1 && only !== undefined && operand.name !== ''
      ? { name: only, form: operand.name }
      : null
  }
  if (operand.kind === 'cast') {
    const name = plain(operand.inner)
    return name === null ? null : { name, form: 'CAST' }
  }
  if (operand.kind !== 'arithmetic') return null
  const names = operand.sides.flatMap((each) => plain(each) ?? [])
  const [only] = names
  return names.length === 1 && only !== undefined ? { name: only, form: 'arithmetic' } : null
}

/** MariaDB 11.1 and 11.3 rewrite these into ranges (https://mariadb.com/kb/en/optimizations-for-comparisons-with-date/). */
const canServe = (form: string, { dialect }: SourceStatement): boolean =>
  dialect.name === 'mariadb' && /^(DATE|YEAR|UPPER|UCASE)$/.test(form)

/** Whether another predicate of the block can use an index, so that few rows are left to look at. */
function servedOtherwise(
  block: Block,
  {
    known,
    statement,
    schema,
  }: { readonly known: KnownColumn; readonly statement: SourceStatement; readonly schema: CodeSchema },
): boolean {
  return meetingsIn(statement, schema).some(
    (each) =>
      each.block === block &&
      (each.how === 'equal' || each.how === 'in') &&
      each.known.column !== known.column &&
      each.known.table === known.table &&
      isIndexed(each.known),
  )
}

function leadingWildcard(pattern: Operand, statement: SourceStatement): boolean {
  // SQLite's LIKE ignores case and uses no plain index in any case.
  if (statement.dialect.name === 'sqlite') return false
  if (pattern.kind === 'string') return pattern.text.startsWith('%')
  if (pattern.kind !== 'column') return false
  const found = valueNamed(statement, pattern.name.parts[0] ?? '')
  return found !== null && /^(?:`|'|")%/.test(found.value.expression)
}

const wildcard = (known: KnownColumn, span: Finding['span'], statement: SourceStatement): Finding => ({
  severity: 'high',
  span,
  message: `LIKE with a leading % cannot use the index on ${columnName(known)}`,
  why: 'An index is sorted from the first character: without it every entry is read.',
  instead:
    statement.dialect.name === 'postgresql'
      ? 'Search by prefix if that is enough; else an index with gin_trgm_ops (pg_trgm) serves any part of a word.'
      : 'Search by prefix if that is enough; else a FULLTEXT index and MATCH … AGAINST.',
})

const REWRITES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    DATE: 'Compare with a range: column >= day AND column < day + 1.',
    YEAR: 'Compare with a range: column >= ’2026-01-01’ AND column < ’2027-01-01’.',
    MONTH: 'Compare with a range of dates.',
    LOWER: 'Store or compare in one case, use a collation that ignores case, or index the expression.',
    UPPER: 'Store or compare in one case, use a collation that ignores case, or index the expression.',
    CAST: 'Convert the other side instead.',
    arithmetic: 'Move the arithmetic to the other side.',
  }),
)

const computed = (
  known: KnownColumn,
  { form }: { readonly form: string },
  span: Finding['span'],
): Finding => ({
  severity: 'high',
  span,
  message: `${form === 'arithmetic' ? 'arithmetic on' : `${form}(…) around`} ${columnName(known)} keeps its index from being used`,
  why: 'The index holds the column’s values, not the function’s: it is computed for every row.',
  instead:
    REWRITES.get(form) ?? 'Leave the column alone on its side of the comparison, or index the expression.',
})
