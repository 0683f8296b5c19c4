/** Calls whose result is known by their names alone, as data. */
import type { CallExpression } from 'oxc-parser'

/** Calls that give numbers, by their dotted names. */
const NUMERIC_CALLS =
  /^(parseInt|parseFloat|Number|BigInt|Number\.(parseInt|parseFloat)|Math\.\w+|Date\.(now|UTC|parse)|performance\.now|process\.(uptime|hrtime)|Boolean|isNaN)$/
/** Calls that give what nobody chooses. */
const FRESH_CALLS =
  /^(uuid|uuidv4|v4|nanoid|cuid|ulid|randomUUID|crypto\.(randomUUID|randomBytes|randomInt|createHash)|uuid\.v\d)$/
/** Validators of single values that let only numbers, booleans, dates and listed words pass. */
const SCHEMA_CALLS =
  /^(z|zod|v|yup|joi|Joi)\.(coerce\.)?(number|int|bigint|boolean|date|enum|nativeEnum|literal)\.\(\)(\.\w+\.\(\))*\.(parse|parseAsync|validateSync)$/
/** Methods that give numbers. */
const NUMERIC_METHODS = new Set([
  'getTime',
  'valueOf',
  'indexOf',
  'toFixed',
  'getFullYear',
  'unix',
  'charCodeAt',
])
/** Methods that give texts of a fixed form. */
const DATE_METHODS = new Set(['toISOString', 'toLocaleDateString', 'toISODate', 'toSQL', 'digest'])
/** Names of functions that quote or escape. */
export const QUOTING =
  /escape|quote|sanit|identifier|^ident$|^literal$|^wrap|^esc(?:$|[_A-Z])|mysql_real|sqlstring|pgformat/i

/** Names of functions that refuse what is not as it must be and give back the rest. */
export const CHECKING = /^(assert|ensure|validate|verify|check)(?=[A-Z_])/

/** What a call gives, by its dotted words alone; null where they do not tell. */
export function kindByName(path: readonly string[]): 'number' | 'constant' | 'escaped' | null {
  const method = path.at(-1) ?? ''
  const whole = path.join('.')
  if (NUMERIC_CALLS.test(whole) || NUMERIC_METHODS.has(method) || SCHEMA_CALLS.test(whole)) return 'number'
  if (FRESH_CALLS.test(whole) || DATE_METHODS.has(method)) return 'constant'
  return QUOTING.test(method) ? 'escaped' : null
}

/** `x.replace(/'/g, "''")`: quotes cannot end the string any more. */
export function doublesQuotes(node: CallExpression, method: string): boolean {
  const by = node.arguments[1]
  return (
    /^replace(All)?$/.test(method) &&
    by?.type === 'Literal' &&
    /^(''|\\'|\\\$&|""|``)$/.test(String(by.value))
  )
}
