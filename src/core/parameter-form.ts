/** How a parameter is written in JSON: in words and by an example, for people who request an action themselves. */
import type { Json } from './canonical.ts'
import type { Parameter, ParameterSchema } from './parameters.ts'

/** What a parameter takes, in words. `index` and `columns` name the parameter that holds their table. */
export function parameterWords(item: Parameter): string {
  switch (item.type) {
    case 'table':
      return `an existing table${within(item.schema)}`
    case 'index':
      return `an existing index of \`${item.of}\``
    case 'columns':
      return `1 to ${item.most} existing columns of \`${item.of}\`, each with a prefix length or none and a direction`
    case 'connection':
      return 'a live connection, by its whole identity'
    case 'account':
      return 'an existing account (user and host)'
    case 'integer':
      return `a whole number from ${item.min} to ${item.max} (${item.unit})`
    case 'decimal':
      return `a decimal from ${item.min} to ${item.max} with at most ${item.digits} digits after the point (${item.unit})`
    case 'enum':
      return `one of ${item.values.join(', ')}`
    case 'instant':
      return `an instant at least ${item.minimumAgeSeconds} s ago, in UTC`
    case 'file':
      return 'a file of the repository, with the digests it has and is to have'
    case 'fixes':
      return `1 to ${item.most} fixes of \`${item.of}\`, by the ids a scan gives them`
  }
}

const within = (schema: string | undefined): string => (schema === undefined ? '' : ` of \`${schema}\``)

/** A value of the right shape and within the bounds; the objects it names are made up. */
export function parameterExample(item: Parameter): Json {
  switch (item.type) {
    case 'integer':
    case 'decimal':
      return item.min
    case 'enum':
      return item.values[0] ?? ''
    case 'table':
      return { schema: item.schema ?? 'shop', table: 'orders' }
    default:
      return EXAMPLES[item.type]
  }
}

/** Members that do not apply are null; all are given. 64-bit numbers are strings of digits. */
const CONNECTION: Json = {
  instanceUid: 'c0ffee00-0000-11f0-8000-000000000001',
  epoch: '2026-01-31T20:00:00Z',
  connectionId: '4711',
  user: 'app',
  host: '10.0.0.7:51234',
  database: 'shop',
  transactionId: null,
  transactionStartedAt: null,
  queryId: null,
  statementFingerprintId: null,
}

/** Examples of what has no bounds of its own. */
const EXAMPLES: {
  readonly [K in Exclude<Parameter['type'], 'integer' | 'decimal' | 'enum' | 'table'>]: Json
} = {
  index: 'by_customer',
  columns: [{ column: 'customer_id', prefix: null, direction: 'ASC' }],
  connection: CONNECTION,
  account: { user: 'app', host: '%' },
  instant: '2026-01-31T22:00:00Z',
  file: { path: 'src/users.js', before: '0'.repeat(64), after: '1'.repeat(64) },
  fixes: ['bind-0123456789ab'],
}

/** An example of all parameters of an action, as `--params` takes them. */
export const exampleParameters = (schema: ParameterSchema): { readonly [name: string]: Json } =>
  Object.fromEntries(Object.entries(schema).map(([name, item]) => [name, parameterExample(item)]))
