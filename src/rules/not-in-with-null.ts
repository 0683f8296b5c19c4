/** `NOT IN` over values of which one may be NULL: then no row is ever returned. */
import { member, type Node, type NotInSubquery, Offsets, variant } from '../sql/index.ts'
import { columnName, declared, knownColumn } from './meetings.ts'
import type { CodeRule, Finding, RuleContext } from './rule.ts'
import type { SourceStatement } from './source-statement.ts'

export const notInWithNull: CodeRule = {
  id: 'NOT_IN_WITH_NULL',
  title: 'NOT IN over values of which one may be NULL',
  severity: 'medium',
  needsSchema: true,
  check: (statement, context) => {
    const { facts } = statement
    if (facts === null) return []
    const offsets = new Offsets(statement.factsText)
    return facts.notIns.flatMap((each) => judged(each, { statement, offsets, context }))
  },
}

interface Around {
  readonly statement: SourceStatement
  readonly offsets: Offsets
  readonly context: RuleContext
}

function judged(each: NotInSubquery, { statement, offsets, context }: Around): Finding[] {
  const name = offsets.column(each.output)
  if (name === null) return []
  const known = knownColumn(name, each.block, context.schema)
  if (known === null || known.column.nullable !== true) return []
  if (excludesNull(each.selection, known.column.name.toLowerCase(), offsets)) return []
  const table = known.table.name
  return [
    {
      severity: 'medium',
      span: statement.locate(name.span.start, name.span.end),
      message: `${columnName(known)}, ${declared(known)}, may be NULL, and NOT IN is asked about it`,
      why: 'As soon as one row holds NULL the condition is never true, on every engine, and no row comes back, without an error.',
      instead: `NOT EXISTS (SELECT 1 FROM ${table} WHERE ${columnName(known)} = …), or add WHERE ${known.column.name} IS NOT NULL to the subselect.`,
    },
  ]
}

const COMPARING = new Set(['Eq', 'NotEq', 'Lt', 'LtEq', 'Gt', 'GtEq'])

/** Whether a condition joined by AND is true only where the column is not NULL. */
function excludesNull(node: Node, column: string, offsets: Offsets): boolean {
  const found = variant(node)
  if (found === null) return false
  const isIt = (each: Node): boolean => offsets.column(each)?.parts.at(-1)?.toLowerCase() === column
  if (found.name === 'Nested') return excludesNull(found.payload, column, offsets)
  if (found.name === 'IsNotNull') return isIt(found.payload)
  if (/^(InList|Between|Like|InSubquery)$/.test(found.name)) return isIt(member(found.payload, 'expr'))
  if (found.name !== 'BinaryOp') return false
  const sides = [member(found.payload, 'left'), member(found.payload, 'right')]
  const op = String(member(found.payload, 'op'))
  if (op === 'And') return sides.some((each) => excludesNull(each, column, offsets))
  return COMPARING.has(op) && sides.some(isIt)
}
