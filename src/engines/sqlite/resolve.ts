/** Looks a table and its columns up in the live catalog, by exact name, and gives back the catalog's own strings. */
import { type Refusal, refusal } from '../../core/errors.ts'
import type { Ask } from '../../core/observer.ts'
import type { Parameter, ParameterSchema, Resolved } from '../../core/parameters.ts'
import type { SqliteQuestions, TableFacts } from './shapes.ts'

/** A value that is not what its parameter takes. */
class Unfit extends Error {}

/** What is known while one schema is resolved. */
interface Resolving {
  readonly given: { readonly [name: string]: unknown }
  readonly ask: Ask<SqliteQuestions>
}

/** Whether given parameters have the shape of a schema; asks nobody. */
export function checkShape(schema: ParameterSchema, given: unknown, action = 'the action'): Refusal | null {
  let at = 'the whole'
  try {
    const own = members(given)
    requireKnown(schema, own)
    for (const [name, parameter] of Object.entries(schema)) {
      at = name
      if (!Object.hasOwn(own, name)) throw new Unfit('is missing')
      checkOne(parameter, own[name])
    }
    return null
  } catch (error) {
    if (!(error instanceof Unfit)) throw error
    return refusal('DBM_PARAM_INVALID', { parameter: at, action, problem: error.message })
  }
}

function checkOne(parameter: Parameter, value: unknown): void {
  switch (parameter.type) {
    case 'table':
      tableNamed(value)
      return
    case 'columns':
      columnsNamed(value, parameter.most)
      return
    case 'enum':
      oneOf(parameter.values, value)
      return
    default:
      throw new Unfit(NO_SUCH_KIND)
  }
}

/** See `Engine.resolve`. Never rejects for what the caller gave or the database is. */
export async function resolve(
  schema: ParameterSchema,
  given: { readonly [name: string]: unknown },
  ask: Ask<SqliteQuestions>,
): Promise<{ readonly resolved: Resolved<ParameterSchema> } | Refusal> {
  let at = 'the whole'
  try {
    requireKnown(schema, given)
    const values: [string, unknown][] = []
    for (const [name, parameter] of Object.entries(schema)) {
      at = name
      if (!Object.hasOwn(given, name)) throw new Unfit('is missing')
      values.push([name, await resolveOne(parameter, given[name], { given, ask })])
    }
    return { resolved: Object.fromEntries(values) as Resolved<ParameterSchema> }
  } catch (error) {
    if (!(error instanceof Unfit)) throw error
    return refusal('DBM_PARAM_INVALID', { parameter: at, action: 'the action', problem: error.message })
  }
}

async function resolveOne(parameter: Parameter, value: unknown, resolving: Resolving): Promise<unknown> {
  switch (parameter.type) {
    case 'table': {
      const { table, schemaDigest } = await tableOf(value, resolving)
      return { schema: 'main', table, definitionDigest: schemaDigest }
    }
    case 'columns':
      return columnsOf(value, await tableOf(resolving.given[parameter.of], resolving), parameter.most)
    case 'enum':
      return oneOf(parameter.values, value)
    default:
      throw new Unfit(NO_SUCH_KIND)
  }
}

const NO_SUCH_KIND = 'it is of a kind that is not known of a database of this engine'

function requireKnown(schema: ParameterSchema, given: object): void {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(schema, name))
  if (unknown !== undefined) throw new Unfit(`it takes only ${Object.keys(schema).join(', ')}`)
}

function oneOf(values: readonly string[], value: unknown): unknown {
  if (!values.includes(value as string)) throw new Unfit(`it is one of ${values.join(', ')}`)
  return value
}

function tableNamed(value: unknown): string {
  const { schema, table, ...more } = members(value)
  if (typeof table !== 'string' || schema !== 'main' || Object.keys(more).length > 0)
    throw new Unfit('it has table, and schema, which is main')
  return table
}

async function tableOf(value: unknown, { ask }: Resolving): Promise<TableFacts> {
  const found = await ask('table', { table: tableNamed(value) })
  if (!found.known) throw new Unfit(found.because)
  return found.value
}

function columnsNamed(value: unknown, most: number): readonly string[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > most)
    throw new Unfit(`it is a list of 1 to ${most} columns`)
  return value.map((each: unknown) => {
    const { column, prefix, direction, ...more } = members(each)
    if (typeof column !== 'string' || prefix !== null || direction !== 'ASC' || Object.keys(more).length > 0)
      throw new Unfit('a column has no prefix (null), and direction ASC')
    return column
  })
}

const columnsOf = (value: unknown, { columns, table }: TableFacts, most: number): unknown =>
  columnsNamed(value, most).map((name) => {
    const found = columns.find((each) => each.name === name)
    if (found === undefined) throw new Unfit(`${table} has no such column`)
    return { column: found.name, prefix: null, direction: 'ASC' }
  })

function members(value: unknown): { readonly [name: string]: unknown } {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Unfit('it is not a plain object')
  return value as { readonly [name: string]: unknown }
}
