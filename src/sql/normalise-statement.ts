// Our own normal form of a statement: the one text that a slow log entry, a DIGEST_TEXT of MySQL or MariaDB and a
// sample of the same statement all come to. What it keeps and drops is written at normaliseStatement.

import type { SqlDialect } from './dialect.ts'
import { SqlLexer, TokenKind, type TokenKindValue } from './lexer.ts'
import { CHARSET_INTRODUCERS, EXPRESSION_FOLLOWS, SAME_WORD } from './statement-words.ts'

/** A statement in normal form. */
export interface NormalisedStatement {
  /** The whole normal form, uncut. */
  readonly text: string
  /** True when the input itself says it was cut: a digest text that ends in `...`, or an unclosed quote or comment. */
  readonly inputCut: boolean
}

const VALUE = '?'
const LIST = '?, ...'
const ROW = '(...)'

/**
 * Brings a statement to our normal form. Never throws; linear in the length of the input.
 *
 * - Literals and placeholders become `?`; signs before them go; `NULL`, `TRUE`, `FALSE` are literals except after
 *   `IS` (and `NOT NULL` stays), as DIGEST_TEXT has it for NULL. Lists of literals become `?, ...`; a list in
 *   parentheses, of one or many, becomes `(...)`; rows of `(...)` become one.
 * - Comments go, optimizer hints too: MariaDB's digest text has none, so keeping them would part what belongs
 *   together. The cost: a statement with and without a hint are one. Version comments are read as the server
 *   reads them.
 * - Names lose their quotes and their case, because MariaDB prints every name that is also a keyword in upper
 *   case and unquoted (`id` comes back as `ID`). The cost: on a server with case-sensitive table names, `Orders` and
 *   `orders` are one. Digits inside names stay.
 * - Spellings the server takes as one word become one (`SUBSTR`, `MID`, `SUBSTRING`), `<>` becomes `!=`, user
 *   variables become `@?` (the digest text does not name them), trailing semicolons go.
 *
 * Idempotent: the normal form of a normal form is itself.
 */
export function normaliseStatement(sql: string, dialect: SqlDialect): NormalisedStatement {
  const lexer = new SqlLexer(sql, dialect)
  const output = new Output()
  let inputCut = false
  for (let kind = lexer.next(); kind !== TokenKind.end; kind = lexer.next()) {
    if (!lexer.terminated) inputCut = true
    pushToken(output, lexer, kind)
  }
  const cut = output.finish()
  return { text: output.join(), inputCut: inputCut || cut }
}

function pushToken(output: Output, lexer: SqlLexer, kind: TokenKindValue): void {
  switch (kind) {
    case TokenKind.word:
      pushWord(output, lexer.tokenText().toLowerCase())
      return
    case TokenKind.quotedName:
      output.push(unquotedName(lexer.tokenText(), output.isQualified()), true)
      return
    case TokenKind.string:
    case TokenKind.number:
    case TokenKind.placeholder:
      output.pushValue()
      return
    case TokenKind.ellipsis:
      output.pushEllipsis(isListMark(lexer))
      return
    case TokenKind.userVariable:
      output.push('@?', true)
      return
    case TokenKind.punctuation:
      pushPunctuation(output, lexer.tokenText())
      return
    case TokenKind.operator:
      pushOperator(output, lexer.tokenText())
      return
    default:
      return
  }
}

function pushWord(output: Output, word: string): void {
  if (output.isQualified()) {
    output.push(SAME_WORD.get(word) ?? word, true)
    return
  }
  const before = output.top()
  // After a dot without a name before it, digits would be read as a number's.
  if (before === '.' && /^\d/.test(word)) output.pushValue()
  else if (word === 'null' && before !== 'is' && before !== 'not') output.pushValue()
  else if ((word === 'true' || word === 'false') && !output.followsIs()) output.pushValue()
  else {
    const kept = SAME_WORD.get(word) ?? word
    output.push(kept, !EXPRESSION_FOLLOWS.has(kept))
  }
}

function pushOperator(output: Output, operator: string): void {
  output.push(operator === '<>' ? '!=' : operator, false)
}

function pushPunctuation(output: Output, mark: string): void {
  if (mark === ')') output.close()
  else output.push(mark, mark === ']' || mark === '}')
}

/** True when `...` stands for a list (`?, ...` or `(...)`) and not where a digest text was cut. */
function isListMark(lexer: SqlLexer): boolean {
  const { text, start, end } = lexer
  return text.slice(Math.max(0, start - 3), start) === '?, ' || (text[start - 1] === '(' && text[end] === ')')
}

/** A quoted name without its quotes, folded; one that would be read as something else without them keeps backticks. */
function unquotedName(quoted: string, afterDot: boolean): string {
  const unicode = quoted.charCodeAt(1) === 38
  const open = unicode ? 3 : 1
  const mark = unicode ? '"' : quoted.charAt(0)
  const close = mark === '[' ? ']' : mark
  const inner = quoted.length > open && quoted.endsWith(close) ? quoted.slice(open, -1) : quoted.slice(open)
  const name = inner.replaceAll(close + close, close).toLowerCase()
  const kept = SAME_WORD.get(name) ?? name
  if (afterDot) return /^[\w$\u0080-\uffff]+$/.test(name) ? kept : withBackticks(name)
  return PLAIN_NAME.test(name) && !NOT_NAMES.has(kept) ? kept : withBackticks(name)
}

/** Names that the lexer reads as a word when they stand alone: not the shapes of numbers. */
const PLAIN_NAME = /^(?!\d+$|\d+e\d+$|0x[0-9a-f]+$|0b[01]+$)[\w$\u0080-\uffff]+$/

/** Words that mean something to the normaliser when they stand unquoted. */
const NOT_NAMES: ReadonlySet<string> = new Set([
  ...['null', 'true', 'false', '_charset'],
  ...CHARSET_INTRODUCERS,
  ...EXPRESSION_FOLLOWS,
])

function withBackticks(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}

/** The tokens written so far, with the reductions of the digest. Every push is amortised constant time. */
class Output {
  private readonly items: string[] = []
  /** 1 where the item is an operand, after which `-` is an operator and not a sign. */
  private readonly operands: number[] = []

  top(): string | undefined {
    return this.items.at(-1)
  }

  /** True after a dot that follows a name, or what is printed like one: what comes next is a name. */
  isQualified(): boolean {
    const below = this.items.at(-2)
    return this.top() === '.' && below !== undefined && below !== '@?' && /[\w$`?\u0080-\uffff]$/.test(below)
  }

  followsIs(): boolean {
    const top = this.top()
    return top === 'is' || (top === 'not' && this.items.at(-2) === 'is')
  }

  push(item: string, isOperand: boolean): void {
    this.items.push(item)
    this.operands.push(isOperand ? 1 : 0)
  }

  pushValue(): void {
    while (CHARSET_INTRODUCERS.has(this.top() ?? '')) this.drop(1)
    this.dropSigns()
    const list = this.followsValue()
    if (list) this.drop(2)
    this.push(list ? LIST : VALUE, true)
  }

  pushEllipsis(isListMark: boolean): void {
    if (isListMark && this.top() === '(') this.push(LIST, true)
    else if (isListMark && this.followsValue()) {
      this.drop(2)
      this.push(LIST, true)
    } else this.push('...', true)
  }

  /** A closing parenthesis, with what it completes. */
  close(): void {
    const top = this.top()
    if (this.items.at(-2) === '(') {
      if (top === VALUE || top === LIST) {
        this.drop(2)
        this.pushRow()
        return
      }
      if (top === '_charset') {
        this.drop(2)
        return
      }
      if (top === 'unknown') {
        this.drop(2)
        this.pushValue()
        return
      }
    }
    this.push(')', true)
  }

  /** Ends the statement: drops trailing semicolons and the cut mark of a digest text; true when there was one. */
  finish(): boolean {
    let cut = false
    while (this.top() === ';' || this.top() === '...') {
      cut ||= this.top() === '...'
      this.drop(1)
    }
    return cut
  }

  join(): string {
    let text = ''
    let before = ''
    for (const item of this.items) {
      text += needsSpace(before, item) ? ` ${item}` : item
      before = item
    }
    return text
  }

  /** True after a comma that follows a literal or a list of them. */
  private followsValue(): boolean {
    const below = this.items.at(-2)
    return this.top() === ',' && (below === VALUE || below === LIST)
  }

  private pushRow(): void {
    this.dropSigns()
    if (this.top() === ',' && this.items.at(-2) === ROW) this.drop(2)
    this.push(ROW, true)
  }

  private dropSigns(): void {
    while (this.top() === '-' || this.top() === '+') {
      const below = this.operands.at(-2)
      if (below === 1) return
      this.drop(1)
    }
  }

  private drop(count: number): void {
    this.items.length -= count
    this.operands.length -= count
  }
}

function needsSpace(before: string, item: string): boolean {
  // Dots that are tokens of their own must not be read as `...`.
  if (before === '.' && item.startsWith('.')) return true
  if (before === '' || before === '(' || before === '.' || before === '@@') return false
  return item !== ',' && item !== ')' && item !== '.' && item !== ';'
}
