/**
 * The code that is bound in a value's place, so that the statement means what it meant for every value it was meant for, and
 * so that no value can be more than one. Where both cannot be had, the reason.
 */
import type { CallExpression, Node } from 'oxc-parser'
import type { CodeColumn, Origin } from '../../rules/index.ts'
import type { SqlDialect } from '../../sql/index.ts'
import { typeOf } from '../coercions.ts'
import { type At, afresh, bindingOf } from '../place.ts'
import { bare, calleePath, propertyOf } from '../scopes.ts'
import type { CallForm } from './driver-calls.ts'
import type { Refused } from './refused.ts'
import type { ValueUse } from './value-use.ts'

/** A value that stands in the text without quotes. */
export interface PlainValue {
  readonly at: At
  readonly use: ValueUse
  /** All there is in its parentheses, so that it may be a list. */
  readonly alone: boolean
  readonly origin: Origin
  /** Whether the statement itself names the value’s type: `::int`. */
  readonly cast: boolean
  /** The column it meets, by the repository's schema; null if that is not known. */
  readonly column: CodeColumn | null
  /** The column’s name as the statement has it, also where no schema knows it; '' if it is not compared with one. */
  readonly columnName: string
  readonly form: CallForm
  readonly dialect: SqlDialect
}

/** The code to bind for a value without quotes. */
export function boundPlain(value: PlainValue): string | Refused {
  const { at, use } = value
  const code = codeOf(at)
  if (code === null) return CHANGES
  if (use === 'like') return { refused: 'a pattern without quotes is no text' }
  const ofNumber = isNumber(value)
  if (use === 'limit') return inLimit(code, ofNumber, value.form)
  if (value.dialect.name === 'postgresql' && use === 'range' && !isWhole(value)) return FRACTION
  if (ofNumber) return value.dialect.name === 'sqlite' ? numberInSqlite(code, value) : code
  if (use === 'in' && value.alone) return list(value)
  return ofUnknownType(code, value)
}

/** Whether the code can only give a number, or NaN. */
export const isNumber = ({ at, origin }: Pick<PlainValue, 'at' | 'origin'>): boolean =>
  plainType(at, origin) === 'number'

const FRACTION: Refused = {
  refused:
    'PostgreSQL reads a bound value by the column’s type, and a fraction is none of an integer column (make it whole: parseInt(…), or cast the placeholder: ::numeric)',
}

/** Whether a value that is compared by size has the form its column has, or is a whole number. */
function isWhole({ at, column, cast }: PlainValue): boolean {
  if (cast || (column !== null && column.family !== 'integer')) return true
  const node = bare(at.node)
  if (node.type !== 'CallExpression') return false
  return /^((Number\.)?parseInt|BigInt|Math\.(floor|ceil|round|trunc))$/.test(
    calleePath(node.callee as Node).join('.'),
  )
}

function ofUnknownType(code: string, value: PlainValue): string | Refused {
  const { dialect, column, form } = value
  if (dialect.name === 'sqlite') return unknownInSqlite(code, value)
  if (column?.family === 'text' && dialect.name !== 'postgresql')
    return { refused: `${column.name} is a text that is compared as a number now, and would be as a text` }
  // In a list all are sent as texts, since with values of several types no index is used.
  const isListed = value.use === 'in' && dialect.name !== 'postgresql'
  return form.writesText || isListed ? oneValue(code, value) : code
}

/** A string of the statement: what stands in it before, between and after expressions. */
export interface QuotedValue {
  /** One more than there are holes. */
  readonly texts: readonly string[]
  readonly holes: readonly { readonly at: At; readonly origin: Origin }[]
}

/** The code to bind for what stands in quotes: always one text. */
export function boundQuoted({ texts, holes }: QuotedValue): string | Refused {
  // In the statement a quote is doubled or escaped, in the value it is not: such texts are left to people.
  if (texts.some((text) => /['"\\\p{Cc}\u2028\u2029]/u.test(text)))
    return { refused: 'the text around it in its quotes is escaped' }
  const codes = holes.map(({ at }) => codeOf(at))
  if (codes.includes(null)) return CHANGES
  const [only] = holes
  if (only !== undefined && holes.length === 1 && texts.join('') === '') {
    if (plainType(only.at, only.origin) === 'string') return codes[0] ?? CHANGES
    return asText(codes[0] ?? '', only.at)
  }
  const written = texts.map((text) => text.replace(/[`]|\$(?=\{)/g, '\\$&'))
  return `\`${written.map((text, index) => text + (index < codes.length ? `\${${codes[index]}}` : '')).join('')}\``
}

const CHANGES: Refused = { refused: 'the expression changes something, and when it runs would change' }

/** An expression as written; null if where it stands matters. */
function codeOf({ node, place }: At): string | null {
  if (/^(Sequence|Assignment|Update|Yield|ArrowFunction)Expression$/.test(bare(node).type)) return null
  return place.module.scopes.tree.text.slice(node.start, node.end)
}

function asText(code: string, at: At): string | Refused {
  return bindingOf('String', at) === undefined
    ? `String(${code})`
    : { refused: 'String is another name here than the language’s' }
}

/** The type an expression can only have, also by a parameter's annotation; of a client's value no annotation is believed. */
function plainType(at: At, origin: Origin): 'number' | 'string' | null {
  const node = bare(at.node)
  const own = typeOf(afresh({ node, place: at.place }))
  if (own === 'number' || own === 'string') return own
  if (node.type === 'CallExpression' && isTextCall(node)) return 'string'
  return node.type === 'Identifier' && origin.kind !== 'request' ? declaredType(node.name, at) : null
}

/** What a parameter that is never written to is declared to be. */
function declaredType(name: string, at: At): 'number' | 'string' | null {
  const binding = bindingOf(name, at)
  if (binding?.kind !== 'parameter' || binding.path.length > 0 || binding.writes.length > 0) return null
  const { annotation } = binding
  const type = annotation?.type === 'TSTypeAnnotation' ? annotation.typeAnnotation.type : null
  if (type === 'TSNumberKeyword') return 'number'
  return type === 'TSStringKeyword' ? 'string' : null
}

const isTextCall = (call: CallExpression): boolean => {
  const method = propertyOf(bare(call.callee as Node)) ?? ''
  return /^(toISOString|toFixed|toUpperCase|toLowerCase|trim|padStart|padEnd)$/.test(method)
}

function inLimit(code: string, isNumber: boolean, { limit, driver, method }: CallForm): string | Refused {
  if (limit === 'any' || (limit === 'numbers' && isNumber)) return code
  return {
    refused:
      limit === 'none'
        ? `${driver}’s ${method}() cannot bind LIMIT: it sends numbers as DOUBLE (check that it is a small whole number instead)`
        : 'LIMIT takes a number, and nothing shows that this is one (make it one: Number(…))',
  }
}

/** By SQLite's rules of affinity (https://sqlite.org/datatype3.html, 3.1): what a column makes of a bound value. */
function affinityOf(column: CodeColumn | null): 'numeric' | 'text' | 'none' {
  const type = column?.type ?? ''
  if (type === '' || /^any$|blob/.test(type)) return 'none'
  if (/int/.test(type)) return 'numeric'
  return /char|clob|text/.test(type) ? 'text' : 'numeric'
}

const UNKNOWN_AFFINITY: Refused = {
  refused: 'SQLite compares by the column’s type, and no declaration here shows it',
}

/** Drivers bind numbers as REAL, and a column of texts makes '5.0' of 5.0: there the digits themselves are bound. */
function numberInSqlite(code: string, { column, at }: PlainValue): string | Refused {
  const affinity = affinityOf(column)
  if (affinity === 'none') return UNKNOWN_AFFINITY
  return affinity === 'text' ? asText(code, at) : code
}

/** Drivers refuse booleans, which the statement took as 1 and 0: so what may be one is not bound. */
function unknownInSqlite(code: string, value: PlainValue): string | Refused {
  const { column, use } = value
  const affinity = affinityOf(column)
  if (affinity === 'none') return UNKNOWN_AFFINITY
  if (!isTextOfRequest(value.origin) && !isKey(value.columnName)) return UNKNOWN_TYPE
  if (affinity === 'numeric') return code
  return use === 'equal' || use === 'in'
    ? oneValue(code, value)
    : { refused: `${column?.name} is a text, and the value stands without quotes` }
}

const UNKNOWN_TYPE: Refused = {
  refused:
    'nothing shows what type the value has, and a boolean or an object would be bound as something else (make it a number: Number(…))',
}

/** `id`, `user_id`, `userId`: a column whose values are no booleans. */
const isKey = (column: string): boolean => /(^|_)id$/i.test(column) || /[a-z]Id$/.test(column)

/** What of a request is always texts, or lists and objects of them. */
const TEXTS_OF_REQUEST =
  /\b(query|params|headers|cookies|searchParams|queryStringParameters|pathParameters)\b/
const BODY = /\b(body|rawBody|payload|file|files)\b/i

const isTextOfRequest = ({ kind, source }: Origin): boolean =>
  kind === 'request' && TEXTS_OF_REQUEST.test(source) && !BODY.test(source)

/**
 * Such drivers write the keys of an object and the items of an array into the statement as they are
 * (https://github.com/mysqljs/mysql#escaping-query-values), so the value is made one text, where a text means the same.
 */
function oneValue(code: string, { at, use, origin, columnName }: PlainValue): string | Refused {
  if (isTextOfRequest(origin)) return asText(code, at)
  if ((use !== 'equal' && use !== 'in') || !isKey(columnName)) return UNKNOWN_TYPE
  // A key may be null, which equals nothing: as a text it would be compared as 0.
  const isPlain = /^(Identifier|MemberExpression|CallExpression|ChainExpression)$/.test(at.node.type)
  return `${isPlain ? code : `(${code})`}?.toString() ?? null`
}

/** `IN (${ids})`, `IN (${ids.join(',')})`: how many values there are is known only at run time. */
function list({ at, form, column }: PlainValue): string | Refused {
  const node = bare(at.node)
  const items = node.type === 'CallExpression' ? joinedItems(node) : null
  if (items === null || !form.expandsLists)
    return {
      refused: form.expandsLists
        ? 'it may be a list, and how it is written out is not in sight'
        : `${form.driver} binds one value a placeholder, and how many this list has is known only at run time (write one placeholder each)`,
    }
  if (column?.family === 'text')
    return { refused: `${column.name} is a text, and the list is written without quotes` }
  if (bindingOf('String', at) !== undefined)
    return { refused: 'String is another name here than the language’s' }
  return `${at.place.module.scopes.tree.text.slice(items.start, items.end)}.map(String)`
}

/** `ids` of `ids.join(',')`. */
function joinedItems(call: CallExpression): Node | null {
  const callee = bare(call.callee as Node)
  if (callee.type !== 'MemberExpression' || callee.optional || propertyOf(callee) !== 'join') return null
  const [by, ...more] = call.arguments as readonly Node[]
  const isComma = by === undefined || (by.type === 'Literal' && /^\s*,\s*$/.test(String(by.value)))
  const items = callee.object as Node
  const isPlain = /^(Identifier|MemberExpression)$/.test(items.type)
  return isComma && more.length === 0 && isPlain ? items : null
}
