/** What takes a rebuild back when nobody consented to its undo in advance: the same action with the old type. A request like any other. */
import type { Json } from '../../core/canonical.ts'
import type { Binding } from '../../core/plan.ts'
import { readSqliteTable } from '../../sql/sqlite-table.ts'
import { changeColumnType } from './change-column-type.ts'

/** The request, or why there is none. The old type stands in the undo that was approved, in the definition it makes. */
export function inverseOfRebuild({
  parameters,
  undo,
}: Pick<Binding, 'parameters' | 'undo'>):
  | { readonly actionId: string; readonly params: { readonly [name: string]: Json } }
  | { readonly whyNot: string } {
  if ('whyNot' in undo) return undo
  const [{ column }] = parameters['columns'] as unknown as readonly [{ readonly column: string }]
  const old = undo.plan.steps.flatMap(({ text }) => typeIn(text, column))[0]
  const types: readonly string[] = changeColumnType.parameters.type.values
  if (old === undefined) return { whyNot: 'the old type does not stand in the undo plan' }
  if (!types.includes(old.toUpperCase()))
    return { whyNot: `the old type ${old} is not one ${changeColumnType.id} gives (${types.join(', ')})` }
  return { actionId: changeColumnType.id, params: { ...parameters, type: old.toUpperCase() } }
}

function typeIn(text: string, column: string): readonly string[] {
  const defined = readSqliteTable(text)
  const place = defined?.columns.find(({ name }) => name === column)?.type
  return defined === null || place === undefined ? [] : [defined.sql.slice(place.start, place.end)]
}
