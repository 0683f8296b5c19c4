/** What part of a statement an interpolated value is, from the words around it. In doubt it is `syntax`, of which little is said. */
import type { HolePlace } from '../rules/index.ts'
import { type SqlDialect, SqlLexer, TokenKind, type TokenKindValue } from '../sql/index.ts'

interface Token {
  readonly kind: TokenKindValue
  /** Upper case for words. */
  readonly text: string
  readonly start: number
  readonly end: number
}

/** After these words a value stands. */
const VALUE_WORDS = new Set(
  'LIKE ILIKE RLIKE REGEXP LIMIT OFFSET BETWEEN THEN ELSE INTERVAL VALUES TOP ESCAPE'.split(' '),
)
/** After these words a name stands. */
const NAME_WORDS = new Set(
  'FROM JOIN INTO TABLE UPDATE BY SELECT DISTINCT AS INDEX VIEW DATABASE SCHEMA COLUMN USING ONLY EXISTS TRUNCATE USE'.split(
    ' ',
  ),
)
/** After these words nothing but a table's name can stand. */
const TABLE_WORDS = new Set('FROM JOIN INTO TABLE UPDATE'.split(' '))
const VALUE_OPERATORS = new Set([
  '=',
  '<',
  '>',
  '<=',
  '>=',
  '<>',
  '!=',
  '<=>',
  '==',
  '~',
  '~*',
  '!~',
  '+',
  '-',
  '*',
  '/',
  '%',
  '||',
])
const VALUE_LISTS = new Set(['IN', 'VALUES', 'VALUE', 'ANY', 'LIMIT', 'COALESCE', 'IFNULL', 'CONCAT'])

/** SQLite takes a text in quotes for a name where a table must stand. */
const inText = (before: readonly Token[]): HolePlace =>
  TABLE_WORDS.has(before.at(-1)?.text ?? '') || isInColumnList(before) ? 'name' : 'quoted'

/** `INSERT INTO t (a, 'b'`: what stands there are columns. */
function isInColumnList(before: readonly Token[]): boolean {
  const open = before.findLastIndex((each) => each.text === '(')
  const listed = before.slice(open + 1)
  if (open < 0 || listed.some((each, at) => (at % 2 === 1) !== (each.text === ','))) return false
  return before.slice(Math.max(0, open - 4), open - 1).some((each) => each.text === 'INTO')
}

/** The place of the marker at `start`. Linear in the text before it. */
export function holePlace(
  text: string,
  start: number,
  { length, dialect }: { length: number; dialect: SqlDialect },
): HolePlace {
  const tokens = tokensUntil(text, start + length, dialect)
  const index = tokens.findIndex((each) => each.start <= start && start < each.end)
  const token = tokens[index]
  if (token === undefined) return 'syntax'
  if (token.kind === TokenKind.string) return inText(tokens.slice(0, index))
  if (token.kind === TokenKind.quotedName) return 'name'
  if (token.kind !== TokenKind.word) return 'syntax'
  if (token.start !== start || token.end !== start + length) return 'name'
  const next = tokens[index + 1]
  if (next !== undefined && (next.text === '.' || next.text === '(')) return 'name'
  return fromBefore(tokens.slice(0, index))
}

/** Tokens up to the one after `end`. */
function tokensUntil(text: string, end: number, dialect: SqlDialect): Token[] {
  const lexer = new SqlLexer(text, dialect)
  const tokens: Token[] = []
  for (let kind = lexer.next(); kind !== TokenKind.end; kind = lexer.next()) {
    if (kind === TokenKind.comment || kind === TokenKind.hint) {
      if (lexer.end >= end) break
      continue
    }
    const word = lexer.tokenText()
    tokens.push({
      kind,
      text: kind === TokenKind.word ? word.toUpperCase() : word,
      start: lexer.start,
      end: lexer.end,
    })
    if (lexer.start >= end) break
  }
  return tokens
}

function fromBefore(before: readonly Token[]): HolePlace {
  const last = before.at(-1)
  if (last === undefined) return 'syntax'
  if (last.text === '.') return 'name'
  if (last.kind === TokenKind.operator) return afterOperator(last, before.at(-2))
  if (last.kind === TokenKind.word) return afterWord(last.text, before)
  return last.text === '(' || last.text === ',' ? inList(before) : 'syntax'
}

/** `SELECT *`, `ON ${a} = ${b}`: no value is compared. */
function afterOperator(operator: Token, left: Token | undefined): HolePlace {
  if (!VALUE_OPERATORS.has(operator.text) || left === undefined) return 'syntax'
  return /^DBM_HOLE_/.test(left.text) || left.kind === TokenKind.operator ? 'syntax' : 'value'
}

function afterWord(word: string, before: readonly Token[]): HolePlace {
  if (VALUE_WORDS.has(word)) return 'value'
  if (word === 'AND') return isBetween(before) ? 'value' : 'syntax'
  return NAME_WORDS.has(word) ? 'name' : 'syntax'
}

const isBetween = (before: readonly Token[]): boolean =>
  before.slice(-4, -1).some((each) => each.text === 'BETWEEN')

/** In parentheses: a value of IN or VALUES; else a name or anything. */
function inList(before: readonly Token[]): HolePlace {
  let depth = 0
  for (let at = before.length - 1; at >= 0; at--) {
    const { text, kind } = before[at] as Token
    if (text === ')') depth++
    else if (text === '(' && depth > 0) depth--
    else if (text === '(') return openedBy(before, at)
    else if (depth === 0 && kind === TokenKind.word && /^(SELECT|BY|SET|FROM)$/.test(text))
      return text === 'SET' ? 'syntax' : 'name'
    else if (depth === 0 && text === 'LIMIT') return 'value'
  }
  return 'syntax'
}

/** What the parenthesis at `at` belongs to; a second row of VALUES follows a `)` and a comma. */
function openedBy(before: readonly Token[], at: number): HolePlace {
  const opener = before[at - 1]
  if (opener === undefined) return 'syntax'
  if (VALUE_LISTS.has(opener.text)) return 'value'
  if (opener.text === ',' && before[at - 2]?.text === ')')
    return before.slice(0, at).some((each) => each.text === 'VALUES') ? 'value' : 'syntax'
  return 'syntax'
}
