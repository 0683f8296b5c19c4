/**
 * Looks every named object up in the live catalog and gives back the catalog's own strings. What is not there by
 * exact name, or not a plain table of an application, is refused; so is what cannot be looked up.
 */
import { type Refusal, refusal } from '../../../core/errors.ts'
import type { Ask, Reading } from '../../../core/observer.ts'
import type {
  ColumnValue,
  ConnectionValue,
  Given,
  InstantParameter,
  Parameter,
  ParameterSchema,
  Resolved,
  ResolvedTable,
} from '../../../core/parameters.ts'
import { toMs } from '../../../core/time.ts'
import type { MysqlQuestions, TableDefinition } from '../shapes.ts'
import { invalid, outOfBounds, validateGiven } from './given.ts'
import { indexableColumn } from './indexable-column.ts'

type MysqlAsk = Ask<MysqlQuestions>

/** Ends the resolving of one schema with a refusal. */
class Refused extends Error {
  readonly refusal: Refusal
  constructor(refused: Refusal) {
    super(refused.because)
    this.refusal = refused
  }
}

/**
 * Validates `given` strictly and resolves it. Tables come first, because indexes and columns are `of` one. Every
 * table is asked for once. Never rejects for what the caller gave or the target does.
 * @throws RangeError where the schema itself is wrong (`of` names no table parameter).
 */
export async function resolve<S extends ParameterSchema>(
  schema: S,
  given: Given<S>,
  ask: MysqlAsk,
): Promise<{ readonly resolved: Resolved<S> } | Refusal> {
  const valid = validateGiven(schema, given)
  if ('refused' in valid) return valid
  const values = new Map(Object.entries(valid.given as { [name: string]: unknown }))
  const tables = new Map<string, TableDefinition>()
  try {
    for (const [name, parameter] of ordered(schema)) {
      values.set(name, await resolveOne({ name, parameter, value: values.get(name), tables, ask }))
    }
  } catch (error) {
    if (error instanceof Refused) return error.refusal
    throw error
  }
  return { resolved: Object.fromEntries(values) as Resolved<S> }
}

function ordered(schema: ParameterSchema): readonly (readonly [string, Parameter])[] {
  const entries = Object.entries(schema)
  return [
    ...entries.filter(([, item]) => item.type === 'table'),
    ...entries.filter(([, item]) => item.type !== 'table'),
  ]
}

interface One {
  readonly name: string
  readonly parameter: Parameter
  readonly value: unknown
  readonly tables: Map<string, TableDefinition>
  readonly ask: MysqlAsk
}

async function resolveOne(one: One): Promise<unknown> {
  const { parameter, value } = one
  switch (parameter.type) {
    case 'table':
      return resolveTable(one, value as { schema: string; table: string })
    case 'index':
      return resolveIndex(one, parameter.of, value as string)
    case 'columns':
      return resolveColumns(one, parameter.of, value as readonly ColumnValue[])
    case 'connection':
      return resolveConnection(one, value as ConnectionValue)
    case 'account':
      return resolveAccount(one, value as { user: string; host: string })
    case 'instant':
      return resolveInstant(one, parameter, value as string)
    default:
      return value
  }
}

async function resolveTable(one: One, given: { schema: string; table: string }): Promise<ResolvedTable> {
  const definition = knownOrRefuse(await one.ask('table', given), 'a table')
  if (definition === null) throw unknownObject('a base table of that exact name')
  one.tables.set(one.name, definition)
  return { schema: definition.schema, table: definition.table, definitionDigest: definition.definitionDigest }
}

function resolveIndex(one: One, of: string, given: string) {
  const { schema, table, definitionDigest, indexes } = tableOf(one, of)
  const found = indexes.find((index) => index.index === given)
  if (found === undefined) throw unknownObject('an index of that exact name on the table')
  return { schema, table, definitionDigest, index: found.index }
}

function resolveColumns(one: One, of: string, given: readonly ColumnValue[]): readonly ColumnValue[] {
  const { columns } = tableOf(one, of)
  return given.map((item) => {
    const found = columns.find((column) => column.column === item.column)
    if (found === undefined) throw unknownObject('a column of that exact name in the table')
    const problem = indexableColumn(found, item.prefix)
    if (problem !== null) throw new Refused(invalid(one.name, problem))
    return { column: found.column, prefix: item.prefix, direction: item.direction }
  })
}

function tableOf(one: One, of: string): TableDefinition {
  const found = one.tables.get(of)
  if (found === undefined)
    throw new RangeError(`parameter ${one.name} is of ${of}, which is no table parameter`)
  return found
}

async function resolveConnection(one: One, given: ConnectionValue): Promise<ConnectionValue> {
  const now = knownOrRefuse(await one.ask('connection', { ...given }), 'a connection')
  if (!now.present) throw unknownObject('that connection')
  if (now.kind !== 'client') {
    throw new Refused(
      invalid(one.name, `it is a connection of kind ${now.kind ?? 'unknown'}, which is never acted on`),
    )
  }
  if (!now.same) throw unknownObject(`that connection as it was (${now.differences.join(', ')} differ)`)
  return given
}

async function resolveAccount(one: One, given: { user: string; host: string }) {
  const found = knownOrRefuse(await one.ask('account', given), 'an account')
  if (found === null) throw unknownObject('an account of that exact user and host')
  return given
}

/** "Past" is by the target's clock, which dates every reading. */
async function resolveInstant(
  one: One,
  { minimumAgeSeconds }: InstantParameter,
  given: string,
): Promise<string> {
  const reading = await one.ask('status', { names: ['Uptime'] })
  if (!reading.known) throw new Refused(unreadable('the target’s clock', reading))
  const newest = toMs(reading.at) - minimumAgeSeconds * 1000
  if (toMs(given) > newest) {
    throw new Refused(outOfBounds(one.name, given, ['any earlier time', new Date(newest).toISOString()]))
  }
  return given
}

function knownOrRefuse<T>(reading: Reading<T>, what: string): T {
  if (!reading.known) throw new Refused(unreadable(what, reading))
  return reading.value
}

/** Unknown means no: an object that cannot be looked up is refused like one that is not there. */
function unreadable(
  what: string,
  reading: { readonly because: string; readonly toProceed: string },
): Refusal {
  const refused = refusal('DBM_OBJECT_UNKNOWN', { object: what, target: 'this one, as far as can be seen,' })
  return {
    ...refused,
    because: `${what} cannot be looked up: ${reading.because}`,
    toProceed: reading.toProceed,
  }
}

function unknownObject(object: string): Refused {
  return new Refused({
    ...refusal('DBM_OBJECT_UNKNOWN', { object, target: 'it' }),
    because: `${object} is not in the target’s catalog`,
  })
}
