/** A conversion written around a value whose column has another type: code and schema disagree. */
import { type CodeSchema, familyOf, type TypeFamily } from './code-schema.ts'
import { type ColumnMeeting, columnName, declared, meetingsIn } from './meetings.ts'
import type { CodeRule, Finding, FindingSeverity } from './rule.ts'
import type { CodeValue, SourceStatement } from './source-statement.ts'

const NOT_NUMBERS: ReadonlySet<TypeFamily> = new Set(['text', 'uuid', 'json'])

export const typeMismatch: CodeRule = {
  id: 'TYPE_MISMATCH',
  title: 'A value is converted to a type its column does not have',
  severity: 'critical',
  needsSchema: true,
  check: (statement, { schema }) =>
    meetingsIn(statement, schema).flatMap((each) => judged(each, statement, schema)),
}

function judged(meeting: ColumnMeeting, statement: SourceStatement, _schema: CodeSchema): Finding[] {
  const { other, known } = meeting
  if (other.kind !== 'value' || meeting.how === 'like') return []
  const family = known.column.family
  const by = conversion(other.value, other.castTo)
  // Every engine stores a text of digits in a column of integers as the integer.
  if (by === null || (by.to === 'string' && meeting.how === 'assign')) return []
  const disagrees =
    by.to === 'number'
      ? NOT_NUMBERS.has(family) && known.column.type !== 'enum'
      : family === 'integer' && isSmall(known.column.type)
  if (!disagrees) return []
  const isCast = other.castTo !== null
  return [
    {
      severity: severityOf(meeting, by.to, statement),
      span: isCast ? meeting.span : other.value.span,
      message: `\`${other.value.expression}\` is made a ${by.to} (${by.name}), and ${columnName(known)} is ${declared(known)}`,
      why: why(meeting, by.to, statement),
      instead: remedy(meeting, other.value, by.to),
      ...retype(meeting, by, statement),
    },
  ]
}

function conversion(
  value: CodeValue,
  castTo: string | null,
): { readonly to: 'number' | 'string'; readonly name: string } | null {
  if (castTo !== null) {
    const family = castTo === 'signed' || castTo === 'unsigned' ? 'integer' : familyOf(castTo)
    return family === 'integer' || family === 'decimal' ? { to: 'number', name: `cast to ${castTo}` } : null
  }
  const { coercion } = value
  return coercion === null || coercion.to === 'date' ? null : { to: coercion.to, name: coercion.by }
}

/** Texts are the usual form of integers that JavaScript's numbers cannot hold. */
const isSmall = (type: string): boolean => !/big|int8|serial8/.test(type)

function severityOf(
  meeting: ColumnMeeting,
  to: 'number' | 'string',
  { dialect }: SourceStatement,
): FindingSeverity {
  if (to === 'string') return 'low'
  if (dialect.name === 'postgresql' && meeting.known.column.family !== 'text') return 'critical'
  const comparesNumber = meeting.how !== 'assign' && (dialect.name === 'mysql' || dialect.name === 'mariadb')
  return comparesNumber ? 'high' : 'medium'
}

function why({ how, known }: ColumnMeeting, to: 'number' | 'string', { dialect }: SourceStatement): string {
  if (to === 'string')
    return 'The server converts it back; what is no number is then compared as 0 or refused, on some engines silently.'
  if (known.column.family !== 'text')
    return `A number is never a valid ${known.column.type.toUpperCase()}: the statement fails or finds nothing.`
  if (how === 'assign')
    return 'Leading zeros, signs and letters are lost before the value is stored; what is no number becomes NaN.'
  const lost =
    'Leading zeros and letters are lost, so that another row, or none, is found; what is no number becomes NaN.'
  return dialect.name === 'mysql' || dialect.name === 'mariadb'
    ? `${lost} Where a number is compared with a text column every row’s value is converted, and no index on it is used.`
    : lost
}

const NUMBER_NAME = /(^|_)(id|count|qty|quantity|number|amount|year|age|total|position|priority|version)$/i

function remedy({ known }: ColumnMeeting, value: CodeValue, to: 'number' | 'string'): string {
  const plain = inner(value.expression)
  const code = `Bind ${plain === null ? 'the value as it is' : `${plain} as it is`}, after checking its form`
  if (to === 'string') return 'Bind the number itself.'
  return NUMBER_NAME.test(known.column.name)
    ? `Either ${code}; or, if every ${columnName(known)} is a number, change the column’s type in a migration that first proves it.`
    : `${code}.`
}

/** Conversions that give whole numbers alone. */
const WHOLE = /^(?:(?:Number\.)?parseInt|BigInt|cast to (?:signed|unsigned|\w*int\w*))$/i

/** What would mend it on the engine that keeps every number exactly under either type, and has no ALTER of a column’s type. */
function retype(
  { known }: ColumnMeeting,
  { to, name }: { readonly to: 'number' | 'string'; readonly name: string },
  { dialect, dialectKnown }: SourceStatement,
): Pick<Finding, 'retype'> {
  const isFor = dialectKnown && dialect.name === 'sqlite' && to === 'number'
  if (!isFor || known.column.family !== 'text' || !NUMBER_NAME.test(known.column.name)) return {}
  const type = WHOLE.test(name) ? 'INTEGER' : 'NUMERIC'
  return { retype: { table: known.table.name, column: known.column.name, type } }
}

/** `x` of `parseInt(x, 10)`. */
const inner = (expression: string): string | null =>
  /^(?:parseInt|parseFloat|Number|BigInt|Number\.parseInt|Number\.parseFloat)\(([\w.$[\]'"?]+)(?:, ?\d+)?\)$/.exec(
    expression,
  )?.[1] ??
  /^\+([\w.$[\]'"?]+)$/.exec(expression)?.[1] ??
  null
