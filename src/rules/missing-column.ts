/** A column its table does not have, told apart: dropped or renamed, or a slip of the pen. */
import type { ColumnUse } from '../sql/index.ts'
import { type CodeSchema, type CodeTable, isNearlyWhole, nearestName } from './code-schema.ts'
import { resolveColumn } from './resolve-column.ts'
import type { CodeRule, Finding } from './rule.ts'
import type { SourceStatement } from './source-statement.ts'

export const missingColumn: CodeRule = {
  id: 'MISSING_COLUMN',
  title: 'A statement names a column its table does not have',
  severity: 'critical',
  needsSchema: true,
  check: (statement, { schema }) => {
    // Whether it is there is what the code tries.
    if (statement.mayFail) return []
    const { facts } = statement
    if (facts === null || !/^(Query|Insert|Update|Delete)$/.test(facts.root)) return []
    return facts.columns.flatMap((use) => judged(use, statement, schema))
  },
}

function judged(use: ColumnUse, statement: SourceStatement, schema: CodeSchema): Finding[] {
  // Where a clause is left out it may have joined the table that has the column.
  if (statement.factsPartial && use.name.parts.length < 2) return []
  const resolved = resolveColumn(use.name, use.block, schema)
  if (resolved.kind !== 'absent') return []
  const { tables } = resolved
  const column = use.name.parts.at(-1) ?? ''
  if (!isNearlyWhole(schema) && !isAlmostThere(column.toLowerCase(), tables)) return []
  return [
    {
      severity: 'critical',
      span: statement.locate(use.name.span.start, use.name.span.end),
      message: `${tables.map((each) => each.name).join(' and ')} ${tables.length === 1 ? 'has' : 'have'} no column ${column}`,
      why: 'The statement fails each time it runs: the server knows no such column.',
      instead: remedy(column, tables),
    },
  ]
}

/** A column that was there, or one whose name is nearly this, is meant, whatever else is declared elsewhere. */
const isAlmostThere = (column: string, tables: readonly CodeTable[]): boolean =>
  tables.some(({ gone, columns }) => gone.has(column) || nearestName(column, columns?.keys() ?? []) !== null)

function remedy(column: string, tables: readonly CodeTable[]): string {
  const [table] = tables
  for (const each of tables) {
    const gone = each.gone.get(column.toLowerCase())
    if (gone !== undefined)
      return `${gone.file}:${gone.line} drops or renames it: name the column that took its place.`
  }
  for (const each of tables) {
    const near = nearestName(column.toLowerCase(), each.columns?.keys() ?? [])
    const found = near === null ? undefined : each.columns?.get(near)
    if (found !== undefined)
      return `If that is meant: ${found.name} (${found.declaredAt.file}:${found.declaredAt.line}).`
  }
  const names = [...(table?.columns?.values() ?? [])].slice(0, 12).map((each) => each.name)
  return `Its columns are ${names.join(', ')}; add the migration that creates ${column}, or name one of them.`
}
