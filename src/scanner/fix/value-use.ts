/**
 * What a value is used for where it stands in a statement, by the tokens around it. Only uses in which a placeholder means
 * what the value meant are named; everything else is refused with the reason.
 */
import { type SqlDialect, SqlLexer, TokenKind, type TokenKindValue } from '../../sql/index.ts'
import type { Refused } from './refused.ts'

/** One token. */
export interface SqlToken {
  readonly kind: TokenKindValue
  /** Upper case for words, else as written. */
  readonly text: string
  readonly start: number
  readonly end: number
}

/**
 * `equal`: compared by = or <>; `range`: by <, >, BETWEEN; `like`: a pattern; `in`: in a list after IN; `assign`: SET, or a
 * row of VALUES; `limit`: LIMIT or OFFSET.
 */
export type ValueUse = 'equal' | 'range' | 'like' | 'in' | 'assign' | 'limit'

/** The tokens of a statement; null if it cannot be cut into tokens whole, or holds what only some servers read. */
export function tokensOf(text: string, dialect: SqlDialect): readonly SqlToken[] | null {
  const lexer = new SqlLexer(text, dialect)
  const tokens: SqlToken[] = []
  for (let kind = lexer.next(); kind !== TokenKind.end; kind = lexer.next()) {
    if (!lexer.terminated || kind === TokenKind.junk || kind === TokenKind.versionOpen) return null
    if (kind === TokenKind.comment || kind === TokenKind.hint) continue
    const own = lexer.tokenText()
    const word = kind === TokenKind.word ? own.toUpperCase() : own
    tokens.push({ kind, text: word, start: lexer.start, end: lexer.end })
  }
  return tokens
}

const COMPARED: Readonly<Record<string, ValueUse>> = {
  '=': 'equal',
  '==': 'equal',
  '<=>': 'equal',
  '<>': 'equal',
  '!=': 'equal',
  '<': 'range',
  '>': 'range',
  '<=': 'range',
  '>=': 'range',
}
const PATTERNS = new Set(['LIKE', 'ILIKE', 'RLIKE', 'REGEXP'])
/** Words that may follow a value without changing what it is. */
const AFTER = new Set(
  (
    'AND OR ORDER GROUP LIMIT OFFSET HAVING RETURNING WHERE UNION EXCEPT INTERSECT FOR ON FETCH WINDOW LEFT RIGHT INNER CROSS ' +
    'JOIN FROM'
  ).split(' '),
)
/** Words that begin a clause. */
const CLAUSES = new Set(
  'SELECT FROM WHERE ON HAVING SET VALUES BY LIMIT OFFSET WHEN THEN ELSE CASE RETURNING USING UPDATE DO'.split(
    ' ',
  ),
)
const CONDITIONS = new Set(['WHERE', 'ON', 'HAVING'])

const ELSEWHERE: Refused = {
  refused:
    'a placeholder there could mean something else than the value does (bound by hand it may be right)',
}

const textAt = (tokens: readonly SqlToken[], index: number): string => tokens[index]?.text ?? ''

/** The use of the value that is the token at `index`. */
export function useOf(tokens: readonly SqlToken[], index: number, dialect: SqlDialect): ValueUse | Refused {
  if (!endsWell(tokens, index, dialect)) return ELSEWHERE
  const before = tokens[index - 1]
  if (before?.kind === TokenKind.operator) return compared(tokens, index)
  if (before?.kind === TokenKind.word) return afterWord(tokens, index)
  if (before?.text === '(' || before?.text === ',') return inList(tokens, index)
  return ELSEWHERE
}

function endsWell(tokens: readonly SqlToken[], index: number, dialect: SqlDialect): boolean {
  const next = tokens[index + 1]
  if (next === undefined || next.text === ')' || next.text === ',') return true
  if (next.text === ';') return index + 2 === tokens.length
  if (next.kind === TokenKind.word) return AFTER.has(next.text)
  return dialect.name === 'postgresql' && next.text === '::'
}

function compared(tokens: readonly SqlToken[], index: number): ValueUse | Refused {
  const use = COMPARED[textAt(tokens, index - 1)]
  const left = tokens[index - 2]
  if (use === undefined || left === undefined || !isOperand(left)) return ELSEWHERE
  const clause = clauseBefore(tokens, index)
  if (CONDITIONS.has(clause)) return use
  const assigns = (clause === 'SET' || clause === 'UPDATE') && textAt(tokens, index - 1) === '='
  return assigns && left.text !== ')' ? 'assign' : ELSEWHERE
}

/** A column, or an expression that ends with a parenthesis. */
const isOperand = ({ kind, text }: SqlToken): boolean =>
  kind === TokenKind.quotedName ||
  text === ')' ||
  (kind === TokenKind.word && !CLAUSES.has(text) && !AFTER.has(text) && !/^(NOT|DBM_\w+)$/.test(text))

function afterWord(tokens: readonly SqlToken[], index: number): ValueUse | Refused {
  const word = textAt(tokens, index - 1)
  if (word === 'LIMIT' || word === 'OFFSET') return 'limit'
  if (!CONDITIONS.has(clauseBefore(tokens, index))) return ELSEWHERE
  if (PATTERNS.has(word)) return 'like'
  const isLow = word === 'BETWEEN' && textAt(tokens, index + 1) === 'AND'
  const isHigh = word === 'AND' && textAt(tokens, index - 3) === 'BETWEEN'
  return isLow || isHigh ? 'range' : ELSEWHERE
}

/** In parentheses: an item of IN, or of a row of VALUES; after a comma also `LIMIT a, b`. */
function inList(tokens: readonly SqlToken[], index: number): ValueUse | Refused {
  let depth = 0
  for (let at = index - 1; at >= 0; at--) {
    const token = tokens[at] as SqlToken
    if (token.text === ')') depth++
    else if (token.text === '(' && depth > 0) depth--
    else if (token.text === '(') return openedBy(tokens, at)
    else if (depth === 0 && token.kind === TokenKind.word && CLAUSES.has(token.text))
      return token.text === 'LIMIT' ? 'limit' : ELSEWHERE
  }
  return ELSEWHERE
}

function openedBy(tokens: readonly SqlToken[], at: number): ValueUse | Refused {
  const opener = textAt(tokens, at - 1)
  if (opener === 'IN') return CONDITIONS.has(clauseBefore(tokens, at)) ? 'in' : ELSEWHERE
  // A second row of VALUES follows a `)` and a comma.
  const isRow = opener === ',' && textAt(tokens, at - 2) === ')'
  const isValues = opener === 'VALUES' || (isRow && clauseBefore(tokens, at) === 'VALUES')
  return isValues && /^(INSERT|REPLACE)$/.test(textAt(tokens, 0)) ? 'assign' : ELSEWHERE
}

/** The nearest word before that begins a clause, at the same level or further out; '' if there is none. */
function clauseBefore(tokens: readonly SqlToken[], index: number): string {
  let depth = 0
  for (let at = index - 1; at >= 0; at--) {
    const token = tokens[at] as SqlToken
    if (token.text === ')') depth++
    else if (token.text === '(') depth = Math.max(0, depth - 1)
    else if (depth === 0 && token.kind === TokenKind.word && tokens[at - 1]?.text !== '.')
      if (CLAUSES.has(token.text)) return token.text
  }
  return ''
}

/** The tokens of the list that the token at `index` is an item of: those of the other items, without commas. */
export function listAround(tokens: readonly SqlToken[], index: number): readonly number[] {
  const others: number[] = []
  for (const step of [-1, 1])
    for (let at = index + step, depth = 0; tokens[at] !== undefined; at += step) {
      const text = textAt(tokens, at)
      if (/^[()]$/.test(text)) depth += (text === '(') === step > 0 ? 1 : -1
      if (depth < 0) break
      if (depth > 0 || !/^[,()]$/.test(text)) others.push(at)
    }
  return others
}

/** Whether the token is all there is in its parentheses. */
export const isAlone = (tokens: readonly SqlToken[], index: number): boolean =>
  textAt(tokens, index - 1) === '(' && textAt(tokens, index + 1) === ')'
