/** A table that nothing in the repository creates, told apart: dropped, a slip of the pen, or not migrated. */
import type { NameRef } from '../sql/index.ts'
import { type CodeSchema, isNearlyWhole, nearestName } from './code-schema.ts'
import { isSystemTable } from './resolve-column.ts'
import type { CodeRule, Finding } from './rule.ts'
import { isDynamic, type SourceStatement } from './source-statement.ts'

/** Share of the code's tables that must be known; below it the declarations are another database's. */
const COVERED_MIN = 0.6

export const missingTable: CodeRule = {
  id: 'MISSING_TABLE',
  title: 'A statement names a table that nothing creates',
  severity: 'critical',
  needsSchema: true,
  check: (statement, { schema }) => {
    // Whether it is there is what the code tries.
    if (statement.mayFail) return []
    if (!schema.complete || schema.covered < COVERED_MIN || statement.facts === null) return []
    if (!/^(Query|Insert|Update|Delete)$/.test(statement.facts.root)) return []
    return statement.facts.tables.flatMap(({ name }) => judged(name, statement, schema))
  },
}

/** Whether a name can only be a table of the application's: it is written out, and no part of the query or the server has it. */
const mayBeOurs = (name: NameRef, { partNames }: SourceStatement): boolean =>
  !partNames.has(name.parts.at(-1)?.toLowerCase() ?? '') &&
  !name.parts.some(isDynamic) &&
  !isSystemTable(name) &&
  !isClauseWord(name)

/** A word that begins a clause: what stood before it was left out. */
const isClauseWord = ({ parts, quote }: NameRef): boolean =>
  parts.length === 1 &&
  quote === null &&
  /^(order|group|where|limit|having|offset|union|select|set|values|on|using|join|left|right|inner|cross|natural|window|fetch|for|returning|as)$/i.test(
    parts[0] ?? '',
  )

function judged(name: NameRef, statement: SourceStatement, schema: CodeSchema): Finding[] {
  const own = name.parts.at(-1) ?? ''
  if (schema.tables.has(own.toLowerCase()) || !mayBeOurs(name, statement)) return []
  const gone = schema.gone.get(own.toLowerCase())
  // A name with a schema may be another database's, whose declarations are not here.
  if (name.parts.length > 1 && gone === undefined) return []
  const near = nearestName(own.toLowerCase(), schema.tables.keys())
  const meant = near === null ? undefined : schema.tables.get(near)
  const base = { severity: 'critical' as const, span: statement.locate(name.span.start, name.span.end) }
  const why = 'The statement fails each time it runs: the server knows no such table.'
  if (gone !== undefined)
    return [
      {
        ...base,
        message: `${own} is dropped or renamed by ${gone.file}:${gone.line} and not made again`,
        why,
        instead: 'Name the table that took its place, or remove the statement.',
      },
    ]
  if (meant !== undefined)
    return [
      {
        ...base,
        message: `${own} is created nowhere; ${meant.name} is (${meant.declaredAt.file}:${meant.declaredAt.line})`,
        why,
        instead: `If that is meant: ${meant.name}.`,
      },
    ]
  if (!isNearlyWhole(schema)) return []
  return [
    {
      ...base,
      message: `${own} is created by no migration of this repository, which make ${schema.tables.size} other tables`,
      why,
      instead: `Add the migration that creates ${own}; if another database or system has it, say so in a suppression.`,
    },
  ]
}
