// What an error is about: the object its message names, completed by the tables of the statement.

import { type NamedTable, statementTables } from '../sql/index.ts'
import type { ErrorEngine } from './error-engine.ts'
import { ERROR_TYPES, type ErrorType } from './error-types.ts'
import type { ErrorNames } from './message-names.ts'
import type { NameKind } from './message-template.ts'

/** An object of the schema. */
export interface ErrorObject {
  readonly kind: NameKind
  /** Parts joined by dots, in the server's spelling. */
  readonly name: string
}

/** What the object is found from. */
export interface ObjectEvidence {
  readonly engine: ErrorEngine
  readonly type: ErrorType
  readonly names: ErrorNames
  readonly statement: string | undefined
  /** Where names without a schema are; null if that is not known. */
  readonly schema: string | null
}

/** Kinds in the order in which they tell one fault from another. */
const ORDER: readonly NameKind[] = [
  'constraint',
  'column',
  'table',
  'view',
  'sequence',
  'index',
  'function',
  'trigger',
  'database',
  'schema',
  'object',
  'user',
]
/** Kinds that are told apart only with their table: two tables may both have one of that name. */
const OF_A_TABLE: ReadonlySet<NameKind> = new Set(['constraint', 'column', 'index'])

/** The object, or null where nothing is named. Faults of the whole server take no table from the statement. */
export function errorObject(evidence: ObjectEvidence): ErrorObject | null {
  const { engine, type, names, statement, schema } = evidence
  const kind = ORDER.find((k) => names[k] !== undefined)
  const name = kind === undefined ? undefined : names[kind]
  if (kind === undefined || name === undefined) return null
  if (!OF_A_TABLE.has(kind)) return { kind, name }
  const tables =
    engine.dialect === null || statement === undefined || ERROR_TYPES[type].scope === 'server'
      ? []
      : statementTables(statement, engine.dialect).map((t) => ({ ...t, name: withoutSchema(t.name, schema) }))
  return { kind, name: withTable(evidence, { kind, name }, tables) }
}

function withTable(
  { engine, names }: ObjectEvidence,
  { kind, name }: ErrorObject,
  tables: readonly NamedTable[],
): string {
  if (names.table !== undefined) return `${names.table}.${lastPart(name)}`
  const dot = name.lastIndexOf('.')
  if (dot >= 0 && kind === 'column') {
    const qualifier = name.slice(0, dot)
    const table = tables.find((t) => engine.foldName(t.alias) === engine.foldName(qualifier))
    return table === undefined ? name : `${engine.foldName(table.name)}.${name.slice(dot + 1)}`
  }
  if (dot >= 0 || tables.length === 0) return name
  const owners = kind === 'column' ? tables : tables.slice(0, 1)
  return `${owners.map((t) => engine.foldName(t.name)).join('+')}.${name}`
}

/** `name` without the schema it would be looked for in anyway; in any case, because servers differ in that. */
export function withoutSchema(name: string, schema: string | null): string {
  if (schema === null || name.length <= schema.length) return name
  const isThere = name.toLowerCase().startsWith(`${schema.toLowerCase()}.`)
  return isThere ? name.slice(schema.length + 1) : name
}

const lastPart = (name: string): string => name.slice(name.lastIndexOf('.') + 1)
