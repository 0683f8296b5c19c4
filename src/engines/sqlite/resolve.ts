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

/** See `Engine.resolve`. Never rejects for what the caller gave or the database is. */
export async function resolve(
  schema: ParameterSchema,
  given: { readonly [name: string]: unknown },
  ask: Ask<SqliteQuestions>,
): Promise<{ readonly resolved: Resolved<ParameterSchema> } | Refusal> {
  let at = 'the whole'
  try {
    const unknown = Object.keys(given).find((name) => !Object.hasOwn(schema, name))
    if (unknown !== undefined) throw new Unfit(`it takes only ${Object.keys(schema).join(', ')}`)
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
      if (!parameter.values.includes(value as string))
        throw new Unfit(`it is one of ${parameter.values.join(', ')}`)
      return value
    default:
      throw new Unfit('it is of a kind that is not known of a database of this engine')
  }
}

async function tableOf(value: unknown, { ask }: Resolving): Promise<TableFacts> {
  const { schema, table, ...more } = members(value)
  if (typeof table !== 'string' || schema !== 'main' || Object.keys(more).length > 0)
    throw new Unfit('it has table, and schema, which is main')
  const found = await ask('table', { table })
  if (!found.known) throw new Unfit(found.because)
  return found.value
}

function columnsOf(value: unknown, { columns, table }: TableFacts, most: number): unknown {
  if (!Array.isArray(value) || value.length === 0 || value.length > most)
    throw new Unfit(`it is a list of 1 to ${most} columns`)
  return value.map((each: unknown) => {
    const { column, prefix, direction, ...more } = members(each)
    if (prefix !== null || direction !== 'ASC' || Object.keys(more).length > 0)
      throw new Unfit('a column has no prefix (null), and direction ASC')
    const found = columns.find(({ name }) => name === column)
    if (found === undefined) throw new Unfit(`${table} has no such column`)
    return { column: found.name, prefix, direction }
  })
}

function members(value: unknown): { readonly [name: string]: unknown } {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Unfit('it is not a plain object')
  return value as { readonly [name: string]: unknown }
}
