/**
 * Whether parameters somebody proposes have the shape an action declares, and which objects they name. This
 * is the coarse sieve for proposals of a model: what passes is still resolved against the live catalog.
 */
import type { Json } from '../../core/canonical.ts'
import type {
  DecimalParameter,
  EnumParameter,
  FileParameter,
  FixesParameter,
  InstantParameter,
  IntegerParameter,
  Parameter,
  ParameterSchema,
} from '../../core/parameters.ts'

const MOST_NAME = 256
const CONNECTION_TEXTS = ['instanceUid', 'epoch', 'connectionId', 'user', 'host']
const CONNECTION_OPTIONAL = [
  'database',
  'transactionId',
  'transactionStartedAt',
  'queryId',
  'statementFingerprintId',
]

/** The names of objects the parameters hold, or why they do not have the shape. Reasons hold no value. */
export function acceptsParams(
  params: Json,
  schema: ParameterSchema,
): { readonly names: readonly string[] } | { readonly because: string } {
  if (!isRecord(params)) return { because: 'its parameters are not an object' }
  const wanted = Object.keys(schema)
  if (Object.keys(params).some((name) => !Object.hasOwn(schema, name))) {
    return { because: 'it gives a parameter the action does not have' }
  }
  const names: string[] = []
  for (const name of wanted) {
    const parameter = schema[name]
    const value = Object.hasOwn(params, name) ? params[name] : undefined
    if (parameter === undefined || value === undefined) return { because: `it lacks parameter ${name}` }
    const found = namesIn(value, parameter)
    if (found === null) return { because: `parameter ${name} is not of type ${parameter.type}` }
    names.push(...found)
  }
  return { names }
}

/** Names of objects in a value of this type; null if it is not of this type. */
function namesIn(value: Json, parameter: Parameter): readonly string[] | null {
  switch (parameter.type) {
    case 'table':
      return texts(value, ['schema', 'table'])
    case 'account':
      return texts(value, ['user', 'host'])
    case 'connection':
      return texts(value, CONNECTION_TEXTS, CONNECTION_OPTIONAL)
    case 'index':
      return isName(value) ? [value] : null
    case 'columns':
      return columnNames(value, parameter.most)
    default:
      return isPlainValue(value, parameter) ? [] : null
  }
}

/** Whether a value that names no object is of this type and within its bounds. */
function isPlainValue(
  value: Json,
  parameter:
    | IntegerParameter
    | DecimalParameter
    | EnumParameter
    | InstantParameter
    | FileParameter
    | FixesParameter,
): boolean {
  switch (parameter.type) {
    case 'integer':
      return Number.isSafeInteger(value) && within(Number(value), parameter.min, parameter.max)
    case 'decimal':
      return isDecimal(value) && within(Number(value), Number(parameter.min), Number(parameter.max))
    case 'enum':
      return typeof value === 'string' && parameter.values.includes(value)
    case 'instant':
      return typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]{8,15}Z$/.test(value)
    case 'file':
    case 'fixes':
      // Only a scan knows them: nobody proposes a change of code from what a server reports.
      return false
  }
}

/** The members of an object that has exactly these texts, and these further ones or null. */
function texts(
  value: Json,
  needed: readonly string[],
  optional: readonly string[] = [],
): readonly string[] | null {
  if (!isRecord(value)) return null
  const found: string[] = []
  for (const [member, text] of Object.entries(value)) {
    if (text === null && optional.includes(member)) continue
    if (!isName(text) || !(needed.includes(member) || optional.includes(member))) return null
    found.push(text)
  }
  return needed.every((member) => Object.hasOwn(value, member)) ? found : null
}

function columnNames(value: Json, most: number): readonly string[] | null {
  if (!Array.isArray(value) || value.length === 0 || value.length > most) return null
  const names = (value as readonly Json[]).map(columnName)
  const found = names.filter((name) => name !== null)
  return found.length === names.length && new Set(found).size === names.length ? found : null
}

function columnName(item: Json): string | null {
  if (!isRecord(item) || !isName(item.column) || Object.keys(item).length !== 3) return null
  if (item.direction !== 'ASC' && item.direction !== 'DESC') return null
  const { prefix } = item
  const fits = prefix === null || (Number.isSafeInteger(prefix) && within(Number(prefix), 1, 3_072))
  return fits ? item.column : null
}

const within = (value: number, min: number, max: number): boolean => value >= min && value <= max
const isDecimal = (value: Json): value is string =>
  typeof value === 'string' && /^\d{1,12}(\.\d{1,9})?$/.test(value)
const isName = (value: Json | undefined): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= MOST_NAME
const isRecord = (value: Json | undefined): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
