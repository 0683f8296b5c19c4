/**
 * The shape of given parameters, checked without asking anyone: exactly the members of the schema, each of its
 * placeholder type and within its bounds. There is no type that takes free text.
 */
import { type ErrorCode, type Refusal, refusal } from '../../../core/errors.ts'
import type {
  ColumnValue,
  DecimalParameter,
  Given,
  IntegerParameter,
  Parameter,
  ParameterSchema,
} from '../../../core/parameters.ts'
import { connectionShape } from '../questions/connection.ts'
import * as param from '../questions/params.ts'

/** A number outside the bounds of its parameter. */
class OutOfBounds extends Error {
  readonly value: string
  readonly low: string
  readonly high: string
  constructor(value: string, low: string, high: string) {
    super('out of bounds')
    this.value = value
    this.low = low
    this.high = high
  }
}

/** A name nobody knows is repeated as far as names of parameters go, characters. */
const LONGEST_NAME = 40

/** The given parameters, proven to have the shape of `schema`, or the refusal that names the first that has not. */
export function validateGiven<S extends ParameterSchema>(
  schema: S,
  given: unknown,
  action = 'the action',
): { readonly given: Given<S> } | Refusal {
  let at = 'the whole'
  try {
    const members = param.ownMembers(given, '')
    const unknown = [...members.keys()].find((name) => !Object.hasOwn(schema, name))
    if (unknown !== undefined) {
      at = JSON.stringify(unknown.slice(0, LONGEST_NAME))
      const known = Object.keys(schema)
      throw new param.ParamProblem(
        `it has no such parameter; it takes ${known.length === 0 ? 'none' : known.join(', ')}`,
      )
    }
    const read: [string, unknown][] = []
    for (const [name, parameter] of Object.entries(schema)) {
      at = name
      if (!members.has(name)) throw new param.ParamProblem('is missing')
      read.push([name, readerOf(parameter)(members.get(name), name)])
    }
    return { given: Object.fromEntries(read) as Given<S> }
  } catch (error) {
    if (error instanceof param.ParamProblem) return invalid(at, error.message, action)
    if (error instanceof OutOfBounds) return outOfBounds(at, error.value, [error.low, error.high])
    throw error
  }
}

/** The refusal of a parameter that is not acceptable. */
export function invalid(parameter: string, problem: string, action = 'the action'): Refusal {
  return stated('DBM_PARAM_INVALID', { parameter, action, problem })
}

/** The refusal of a value outside its bounds. */
export function outOfBounds(parameter: string, value: string, bounds: readonly [string, string]): Refusal {
  return stated('DBM_OUT_OF_BOUNDS', {
    parameter,
    action: 'the action',
    value,
    low: bounds[0],
    high: bounds[1],
  })
}

/** Parameters are checked before anyone says which action they are for, so the hint cannot name it. */
function stated(code: ErrorCode, values: Record<string, string>): Refusal {
  return {
    ...refusal(code, values),
    toProceed: 'Give the parameters in the form that `dbmedic actions show` prints for the action.',
  }
}

/** Systems' own schemas: nothing in them is ever acted on. */
const SYSTEM_SCHEMAS = new Set(['mysql', 'sys', 'performance_schema', 'information_schema', 'ndbinfo'])

/** Whether a schema belongs to the server. Compared without case, as some servers compare names. */
export function isSystemSchema(schema: string): boolean {
  return SYSTEM_SCHEMAS.has(schema.toLowerCase())
}

const appSchema: param.Read<string> = (value, path) => {
  const name = param.objectName(value, path)
  if (isSystemSchema(name)) throw new param.ParamProblem(`${path} is a schema of the server itself`)
  return name
}

const table = param.exactly({ schema: appSchema, table: param.objectName })
const account = param.exactly({ user: param.accountPart, host: param.accountPart })
const connection = param.exactly(connectionShape)
/** No prefix of a key is longer than InnoDB's longest key part, 3,072 bytes of one-byte characters. */
const column = param.exactly({
  column: param.objectName,
  prefix: param.orNull(param.wholeNumber(1, 3_072)),
  direction: param.oneOf(['ASC', 'DESC']),
})

function readerOf(parameter: Parameter): param.Read<unknown> {
  switch (parameter.type) {
    case 'table':
      return table
    case 'index':
      return param.objectName
    case 'columns':
      return distinctColumns(parameter.most)
    case 'connection':
      return connection
    case 'account':
      return account
    case 'integer':
      return integer(parameter)
    case 'decimal':
      return decimal(parameter)
    case 'enum':
      return param.oneOf(parameter.values)
    case 'instant':
      return param.instant
    case 'file':
    case 'fixes':
      return () => {
        throw new param.ParamProblem('a server has no files of code')
      }
  }
}

/** Each column once; names compare without case because the servers compare them so. */
function distinctColumns(most: number): param.Read<readonly ColumnValue[]> {
  const list = param.listOf(column, 1, most)
  return (value, path) => {
    const columns = list(value, path)
    const names = new Set(columns.map((item) => item.column.toLowerCase()))
    if (names.size !== columns.length) throw new param.ParamProblem(`${path} names a column twice`)
    return columns
  }
}

function integer({ min, max }: IntegerParameter): param.Read<number> {
  const whole = param.wholeNumber(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
  return (value, path) => {
    const number = whole(value, path)
    if (number < min || number > max) throw new OutOfBounds(String(number), String(min), String(max))
    return number
  }
}

function decimal({ min, max, digits }: DecimalParameter): param.Read<string> {
  const pattern = new RegExp(`^(?:0|[1-9][0-9]{0,17})(?:\\.[0-9]{1,${digits}})?$`)
  const text = param.matching(pattern, `a decimal with at most ${digits} digits after the point`)
  return (value, path) => {
    const number = text(value, path)
    const scaled = scale(number, digits)
    if (scaled < scale(min, digits) || scaled > scale(max, digits)) throw new OutOfBounds(number, min, max)
    return number
  }
}

/** The decimal as a whole number of its last digit, so that it is compared exactly. */
function scale(decimal: string, digits: number): bigint {
  const [whole = '0', fraction = ''] = decimal.split('.')
  return BigInt(whole + fraction.slice(0, digits).padEnd(digits, '0'))
}
