/** Bounds of an action’s parameters as they stand in a form, and as they are signed. */
import type { CatalogueItem } from '../../../../src/server/api-types.ts'

type Parameter = CatalogueItem['parameters'][number]

/** What one parameter may be: anything, the lines that are typed, or numbers between two. */
export interface BoundField {
  readonly any: boolean
  /** Values, one a line. */
  readonly lines: string
  readonly min: number | null
  readonly max: number | null
}
/** By parameter. */
export type BoundFields = Readonly<Record<string, BoundField>>

/** Kinds whose values can be listed as text; of the others any value is allowed, or the action is not allowed ahead. */
const LISTED: readonly Parameter['kind']['type'][] = ['table', 'index', 'enum', 'decimal']

/** How a parameter is bounded. */
export const boundKind = ({ kind }: Parameter): 'numbers' | 'lines' | 'any' =>
  kind.type === 'integer' ? 'numbers' : LISTED.includes(kind.type) ? 'lines' : 'any'

/** The fields of a new form: nothing is allowed until it is said. */
export const firstBounds = (parameters: readonly Parameter[]): BoundFields =>
  Object.fromEntries(
    parameters.map(({ name, kind }) => [
      name,
      {
        any: false,
        lines: '',
        min: kind.type === 'integer' ? kind.min : null,
        max: kind.type === 'integer' ? kind.max : null,
      },
    ]),
  )

/** The bounds as they are signed; null while one is missing or not what it must be. */
export function wholeBounds(
  parameters: readonly Parameter[],
  fields: BoundFields,
): Readonly<Record<string, unknown>> | null {
  const whole = parameters.map((parameter) => {
    const field = fields[parameter.name]
    return [parameter.name, field === undefined ? null : wholeBound(parameter, field)] as const
  })
  return whole.some(([, bound]) => bound === null) ? null : Object.fromEntries(whole)
}

function wholeBound(parameter: Parameter, { any, lines, min, max }: BoundField): unknown {
  if (any) return { any: true }
  const { kind } = parameter
  if (kind.type === 'integer') {
    const isRange = min !== null && max !== null && min <= max && min >= kind.min && max <= kind.max
    return isRange ? { min, max } : null
  }
  if (boundKind(parameter) === 'any') return null
  const values = lines
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => (kind.type === 'table' ? tableOf(line) : line))
  return values.length === 0 || values.includes(null) ? null : { anyOf: values }
}

/** `shop.orders`; null: there is no schema in it. */
function tableOf(line: string): { readonly schema: string; readonly table: string } | null {
  const [, schema, table] = /^([^.]+)\.(.+)$/.exec(line) ?? []
  return schema === undefined || table === undefined ? null : { schema, table }
}
