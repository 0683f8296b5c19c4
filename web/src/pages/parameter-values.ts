/** What stands in the fields of a form of parameters, and when it is whole. The server checks it again. */
import type { CatalogueItem } from '../../../src/server/api-types.ts'
import { instantOf } from '../parts/local-instant.ts'

/** A parameter of an action. */
export type Parameter = CatalogueItem['parameters'][number]
/** Columns as typed. */
export interface ColumnField {
  readonly column: string
  readonly prefix: number | null
  readonly direction: 'ASC' | 'DESC'
}
/** One field. */
export type Value =
  | string
  | number
  | null
  | { readonly schema: string; readonly table: string }
  | { readonly user: string; readonly host: string }
  | readonly ColumnField[]
  | Readonly<Record<string, string | null>>
/** The fields, by the names of the parameters. */
export type Values = Readonly<Record<string, Value>>

/** The fields of a new form. */
export const firstValues = (parameters: readonly Parameter[]): Values =>
  Object.fromEntries(parameters.map(({ name, kind }) => [name, firstValue(kind)]))

function firstValue(kind: Parameter['kind']): Value {
  switch (kind.type) {
    case 'table':
      return { schema: '', table: '' }
    case 'account':
      return { user: '', host: '%' }
    case 'columns':
      return [{ column: '', prefix: null, direction: 'ASC' }]
    case 'enum':
      return kind.values[0] ?? ''
    case 'connection':
      return null
    default:
      return ''
  }
}

/** The parameters as they are sent; null while one is missing or not what it must be. */
export function wholeValues(
  parameters: readonly Parameter[],
  values: Values,
): Readonly<Record<string, unknown>> | null {
  const whole = parameters.map(({ name, kind }) => [name, wholeValue(kind, values[name] ?? null)] as const)
  return whole.some(([, value]) => value === null) ? null : Object.fromEntries(whole)
}

function wholeValue(kind: Parameter['kind'], value: Value): unknown {
  switch (kind.type) {
    case 'integer':
      return typeof value === 'number' && value >= kind.min && value <= kind.max ? value : null
    case 'instant':
      return typeof value === 'string' ? instantOf(value) : null
    case 'columns': {
      const columns = Array.isArray(value) ? (value as readonly ColumnField[]) : []
      return columns.length > 0 && columns.every(({ column }) => column !== '') ? columns : null
    }
    default:
      return isFilled(value) ? value : null
  }
}

const isFilled = (value: Value): boolean => {
  if (value === null || value === '') return false
  if (typeof value !== 'object') return true
  return 'connectionId' in value || Object.values(value).every((part) => part !== '')
}
