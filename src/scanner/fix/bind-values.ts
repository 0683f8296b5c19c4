/**
 * Rewrites one call so that values interpolated into its text are bound: which of them can be, what the text and the list of
 * values become, as edits. In doubt the whole call stays as it is.
 */
import type { CallExpression, Node } from 'oxc-parser'
import type { CodeColumn, SourceSpan } from '../../rules/index.ts'
import { marker } from '../../rules/index.ts'
import { parseSql, type SqlDialect, TokenKind } from '../../sql/index.ts'
import { holePlace } from '../hole-place.ts'
import { originOf, sourceOf } from '../origins.ts'
import { type At, afresh, type Place } from '../place.ts'
import { bare } from '../scopes.ts'
import { boundPlain, boundQuoted, isNumber, type QuotedValue } from './bound-form.ts'
import { type CallForm, callFormOf, runOf } from './driver-calls.ts'
import { type Edit, inOrder } from './edits.ts'
import { addValues, type GivenValues, givenValues } from './given-values.ts'
import { isRefused, type Refused } from './refused.ts'
import { type Cut, cutOut } from './text-edits.ts'
import { isAlone, listAround, type SqlToken, tokensOf, useOf, type ValueUse } from './value-use.ts'
import { type JoinedText, joined, type WrittenHole, type WrittenPart, writtenText } from './written-text.ts'

/** A call and what is known of it. */
export interface BindRequest {
  readonly call: CallExpression
  readonly place: Place
  readonly dialect: SqlDialect
  /** Spans of the expressions to bind, as findings give them. */
  readonly wanted: readonly SourceSpan[]
  /** The column the value with this span meets, by the schema. */
  readonly columnOf: (value: SourceSpan) => CodeColumn | null
}

/** A call rewritten. */
export interface Binding {
  readonly edits: readonly Edit[]
  /** The expressions that are bound now, as findings give them. */
  readonly bound: readonly SourceSpan[]
  /** Whether the server is sent another type than before of a value that rows are compared with. */
  readonly retyped: boolean
  /** The call’s text afterwards, a marker for each hole that stays, and the values’ code in order. */
  readonly expected: { readonly text: string; readonly values: readonly string[] }
}

/** The text of a call’s first argument and the values beside it, as {@link Binding.expected} has them; null if not in sight. */
export function writtenCall(
  call: CallExpression,
  place: Place,
  dialect: SqlDialect,
): { readonly text: string; readonly values: readonly string[] } | null {
  const read = readCall({ call, place, dialect })
  if (isRefused(read)) return null
  const { text: source } = place.module.scopes.tree
  return {
    text: read.whole.text,
    values: read.given.nodes.map((each) => source.slice(each.start, each.end)),
  }
}

/** A call read for rewriting. */
interface ReadCall {
  readonly form: CallForm
  readonly given: GivenValues
  readonly parts: readonly WrittenPart[]
  readonly whole: JoinedText
  readonly tokens: readonly SqlToken[]
}

function readCall({
  call,
  place,
  dialect,
}: Pick<BindRequest, 'call' | 'place' | 'dialect'>): ReadCall | Refused {
  const at: At = { node: call, place }
  const form = callFormOf(call, at, dialect)
  if (isRefused(form)) return form
  const run = form.values === 'call' ? runOf(call, at) : call
  if (isRefused(run)) return run
  const { text: source } = place.module.scopes.tree
  const given = givenValues(call, run, { form, source })
  if (isRefused(given)) return given
  const argument = call.arguments[0] as Node
  const parts = writtenText({ node: bare(argument), place })
  if (parts === null) return { refused: 'the text is not written in the call itself' }
  const whole = joined(parts)
  const tokens = tokensOf(whole.text, dialect)
  if (tokens === null) return { refused: 'the statement cannot be cut into words with certainty' }
  return countsAgree(parts, tokens, { form, given }) ?? { form, given, parts, whole, tokens }
}

const UNKNOWN_ORDER: Refused = { refused: 'placeholders and values of the call do not match one by one' }

/** A refusal where the placeholders there are and the values given are not sure to be one another’s. */
function countsAgree(
  parts: readonly WrittenPart[],
  tokens: readonly SqlToken[],
  { form, given }: { readonly form: CallForm; readonly given: GivenValues },
): Refused | null {
  const placeholders = tokens.filter((each) => each.kind === TokenKind.placeholder).map((each) => each.text)
  if (tokens.some((each) => each.kind === TokenKind.userVariable)) return UNKNOWN_ORDER
  if (form.placeholder === 'numbered') {
    const numbers = placeholders.map((each) => Number(/^\$(\d+)$/.exec(each)?.[1] ?? Number.NaN))
    return Math.max(0, ...numbers) === given.nodes.length ? null : UNKNOWN_ORDER
  }
  if (placeholders.some((each) => each !== '?') || placeholders.length !== given.nodes.length)
    return UNKNOWN_ORDER
  const marks = parts.reduce(
    (sum, part) => sum + (part.kind === 'hole' ? 0 : part.text.split('?').length - 1),
    0,
  )
  // Those drivers may take a question mark in a string or a comment for a placeholder, too.
  return form.writesText && marks !== placeholders.length
    ? { refused: `a question mark in the text may be a placeholder to ${form.driver}` }
    : null
}

/** One value of the statement that becomes a placeholder. */
interface Replaced {
  /** Index of its token. */
  readonly token: number
  /** Indexes of the holes in it. */
  readonly holes: readonly number[]
  readonly code: string
  readonly use: ValueUse
  /** What the server is sent: a number as the text had it, a number in the driver's own form, a text; of a value without quotes. */
  readonly sent: 'number' | 'double' | 'text'
  readonly isQuoted: boolean
}

/** Binds the wanted values of a call. */
export function bindValues(request: BindRequest): Binding | Refused {
  const read = readCall(request)
  if (isRefused(read)) return read
  const replaced = replacements(read, request)
  if (isRefused(replaced)) return replaced
  if (replaced.length === 0) return { refused: 'a name or a clause cannot be bound' }
  const { form, given, parts, tokens, whole } = read
  const { text: source } = request.place.module.scopes.tree
  const before = (token: number): number =>
    form.placeholder === 'numbered'
      ? given.nodes.length
      : tokens.slice(0, token).filter((each) => each.kind === TokenKind.placeholder).length
  const added = addValues(
    given,
    replaced.map(({ token, code }) => ({ index: before(token), code })),
    source,
  )
  if (isRefused(added)) return added
  const cuts = replaced.map(({ token }, index): Cut => {
    const { start, end } = tokens[token] as SqlToken
    const text = form.placeholder === 'numbered' ? `$${given.nodes.length + index + 1}` : '?'
    return { start, end, text }
  })
  const cut = cutOut({ parts, whole, source }, cuts)
  if (isRefused(cut)) return cut
  const edits = inOrder([...cut, ...added])
  if (edits === null) return { refused: 'the changes overlap' }
  const text = afterCuts(read, replaced, cuts)
  if (!parses(text, form, request.dialect)) return { refused: 'the statement would not be sure to parse' }
  const values = given.nodes.map((each) => source.slice(each.start, each.end))
  for (const [index, { token, code }] of replaced.entries()) values.splice(before(token) + index, 0, code)
  const bound = replaced.flatMap((each) => each.holes.map((hole) => spanOf(parts[hole] as WrittenHole)))
  return { edits, bound, retyped: replaced.some(isRetyped), expected: { text, values } }
}

/** Whether a value that rows are compared with was a number in the text and is sent as something else. */
const isRetyped = ({ use, sent, isQuoted }: Replaced): boolean =>
  !isQuoted && sent !== 'number' && /^(equal|range|in)$/.test(use)

/** The text with placeholders, and the holes that stay numbered anew. */
function afterCuts({ parts, whole }: ReadCall, replaced: readonly Replaced[], cuts: readonly Cut[]): string {
  const gone = new Set(replaced.flatMap((each) => each.holes))
  let text = ''
  let from = 0
  for (const cut of cuts) {
    text += whole.text.slice(from, cut.start) + cut.text
    from = cut.end
  }
  text += whole.text.slice(from)
  // Markers are numbered by part; what stays keeps its order, and parts may have become one.
  const stay = parts.flatMap((part, index) => (part.kind === 'hole' && !gone.has(index) ? [index] : []))
  return withStays(text, stay)
}

const withStays = (text: string, stay: readonly number[]): string =>
  stay.reduce((sofar, index, nth) => sofar.replace(marker('hole', index), `dbm_stay_${nth}_`), text)

/** A text whose holes are numbered by part, with the holes numbered in their order. */
export const numberedAnew = (text: string): string => {
  let nth = 0
  return text.replace(/dbm_hole_\d+_/g, () => `dbm_stay_${nth++}_`)
}

function parses(text: string, form: CallForm, dialect: SqlDialect): boolean {
  // A builder’s question marks become the server’s own placeholders before it reads them; there are no others, see countsAgree.
  const isTranslated = form.placeholder === 'question' && dialect.name === 'postgresql'
  const parsed = parseSql(isTranslated ? text.replaceAll('?', '$1') : text, dialect)
  return 'statements' in parsed && parsed.statements.length === 1
}

/** The span of a hole as findings give it: without `await`, parentheses and types. */
const spanOf = ({ node }: WrittenHole): SourceSpan => {
  const { start, end } = bare(node)
  return { start, end }
}

/** The values to replace, in order of the text; a refusal if one of them, or what stays beside them, is not sure. */
function replacements(read: ReadCall, request: BindRequest): readonly Replaced[] | Refused {
  const isWanted = (index: number): boolean => {
    const own = spanOf(read.parts[index] as WrittenHole)
    return request.wanted.some((each) => each.start === own.start && each.end === own.end)
  }
  const byToken = holesByToken(read)
  if (isRefused(byToken)) return byToken
  const replaced: Replaced[] = []
  for (const [token, holes] of [...byToken].sort(([a], [b]) => a - b)) {
    const own = holes.some(isWanted) && isValue(read, token, request) ? null : stays(read, holes, request)
    if (isRefused(own)) return own
    if (own === 'stays') continue
    const made = replacementFor(read, { token, holes }, request)
    if (isRefused(made)) return named(made, read.parts[holes[0] ?? 0] as WrittenHole, request)
    replaced.push(made)
  }
  return replaced.some((each) => isInMixedList(each, replaced, { read, request })) ? MIXED : replaced
}

const MIXED: Refused = {
  refused:
    'the values of one list would be sent as different types, for which the server uses no index (make all of them numbers, or texts)',
}

/**
 * Whether a value would stand in a list beside values of another type: MySQL compares each with the column in its own way, and looks
 * through the table (https://dev.mysql.com/doc/refman/8.4/en/comparison-operators.html#operator_in).
 */
function isInMixedList(
  { token, use, sent }: Replaced,
  replaced: readonly Replaced[],
  { read, request }: { readonly read: ReadCall; readonly request: BindRequest },
): boolean {
  if (use !== 'in' || request.dialect.name === 'postgresql' || request.dialect.name === 'sqlite') return false
  return listAround(read.tokens, token).some((index) => {
    const other = replaced.find((each) => each.token === index)
    if (other !== undefined) return other.sent !== sent
    const { kind, text } = read.tokens[index] as SqlToken
    if (kind === TokenKind.string) return sent !== 'text'
    return text === 'NULL' ? false : kind !== TokenKind.number || sent !== 'number'
  })
}

/** The holes in each token, by indexes. */
function holesByToken({ parts, whole, tokens }: ReadCall): ReadonlyMap<number, readonly number[]> | Refused {
  const byToken = new Map<number, number[]>()
  for (const [index, part] of parts.entries()) {
    if (part.kind !== 'hole') continue
    const start = whole.starts[index] ?? 0
    const token = tokens.findIndex((each) => each.start <= start && start < each.end)
    if (token < 0) return { refused: 'a value stands in a comment' }
    byToken.set(token, [...(byToken.get(token) ?? []), index])
  }
  return byToken
}

/** A refusal that says which of several values it is about. */
function named({ refused }: Refused, { node }: WrittenHole, { place, wanted }: BindRequest): Refused {
  if (wanted.length < 2) return { refused }
  return { refused: `${sourceOf({ node, place }, 60)} is in its way: ${refused}` }
}

/** Whether a token is a value as a whole: a string, or exactly one hole where no name stands. */
function isValue({ tokens, whole }: ReadCall, token: number, { dialect }: BindRequest): boolean {
  const own = tokens[token] as SqlToken
  if (own.kind === TokenKind.string) return true
  if (!/^DBM_HOLE_\d+_$/.test(own.text)) return false
  const place = holePlace(whole.text, own.start, { length: own.end - own.start, dialect })
  return place === 'value'
}

/** Whether a hole may stay in the text beside placeholders: what it adds can hold none. */
function stays(
  { parts, tokens, whole }: ReadCall,
  holes: readonly number[],
  { place, dialect, wanted }: BindRequest,
): 'stays' | Refused {
  for (const index of holes) {
    const hole = parts[index] as WrittenHole
    const start = whole.starts[index] ?? 0
    const length = marker('hole', index).length
    const where = holePlace(whole.text, start, { length, dialect })
    const own = tokens.find((each) => each.start <= start && start < each.end)
    const { kind } = originOf(afresh({ node: hole.node, place }))
    const isSure = kind === 'number' || kind === 'constant' || (where === 'quoted' && kind === 'checked')
    const span = spanOf(hole)
    const isName = where === 'name' && own?.kind !== TokenKind.placeholder
    if (isName || (isSure && where !== 'syntax')) continue
    if (wanted.some((each) => each.start === span.start && each.end === span.end))
      return { refused: 'a clause cannot be bound' }
    return { refused: `what else is put into the text may hold placeholders of its own` }
  }
  return 'stays'
}

function replacementFor(
  read: ReadCall,
  { token, holes }: { readonly token: number; readonly holes: readonly number[] },
  { place, dialect, columnOf }: BindRequest,
): Replaced | Refused {
  const { parts, tokens, whole, form } = read
  const own = tokens[token] as SqlToken
  const use = useOf(tokens, token, dialect)
  if (isRefused(use)) return use
  const values = holes.map((index) => {
    const at: At = { node: (parts[index] as WrittenHole).node, place }
    return { at, origin: originOf(afresh(at)), span: spanOf(parts[index] as WrittenHole) }
  })
  const [first] = values
  if (first === undefined) return { refused: 'there is no value' }
  if (own.kind === TokenKind.string) {
    const code = quotedCode(own, use, { texts: textsBetween(own, holes, whole), holes: values })
    return isRefused(code) ? code : { token, holes, code, use, sent: 'text', isQuoted: true }
  }
  const column = columnOf(first.span)
  const columnName = column?.name ?? comparedName(read, token, use)
  const cast = tokens[token + 1]?.text === '::'
  const alone = isAlone(tokens, token)
  const code = boundPlain({ ...first, use, alone, cast, column, columnName, form, dialect })
  if (isRefused(code)) return code
  const ofNumber = form.writesText ? 'number' : 'double'
  return { token, holes, code, use, sent: isNumber(first) ? ofNumber : 'text', isQuoted: false }
}

function quotedCode(own: SqlToken, use: ValueUse, value: QuotedValue): string | Refused {
  if (use === 'limit') return { refused: 'LIMIT takes a number, and this is a text' }
  return /^['"]/.test(own.text)
    ? boundQuoted(value)
    : { refused: 'a letter before the quote gives the text another meaning' }
}

/** The name before the operator that a value is compared by, as the statement has it; '' if it is not compared by one. */
function comparedName({ tokens, whole }: ReadCall, token: number, use: ValueUse): string {
  const left = use === 'equal' ? tokens[token - 2] : undefined
  return left === undefined ? '' : whole.text.slice(left.start, left.end)
}

/** What stands in a string token before, between and after its holes. */
function textsBetween(
  own: SqlToken,
  holes: readonly number[],
  { text, starts }: JoinedText,
): readonly string[] {
  const texts: string[] = []
  let from = own.start + 1
  for (const index of holes) {
    const start = starts[index] ?? from
    texts.push(text.slice(from, start))
    from = start + marker('hole', index).length
  }
  return [...texts, text.slice(from, own.end - 1)]
}
