// Cuts a statement into tokens by the rules of a dialect. It never throws, always advances and reads every
// character a bounded number of times, whatever the input; it does not know the grammar.

import { classOf, DIGIT, HEX, PUNCTUATION, SPACE, WORD } from './char-classes.ts'
import type { SqlDialect } from './dialect.ts'

/** What a token is. `junk` is a control character that no dialect gives a meaning. */
export const TokenKind = {
  end: 0,
  /** A keyword or an unquoted name; after a dot it may begin with a digit. */
  word: 1,
  quotedName: 2,
  string: 3,
  number: 4,
  /** `?`, `?1`, `$1` or `:name`. */
  placeholder: 5,
  /** `@name`, in any of its quotings, or `@?` as digest texts print it. */
  userVariable: 6,
  /** An operator or `@@`. */
  operator: 7,
  /** One of `( ) , . ; { } [ ]`. */
  punctuation: 8,
  comment: 9,
  /** An optimizer hint: a comment that begins with a plus sign. */
  hint: 10,
  /** The opening of a version comment whose inside the server runs; the inside follows as tokens. */
  versionOpen: 11,
  versionClose: 12,
  /** `...`, which digest texts print for a list of values and at the place where they were cut. */
  ellipsis: 13,
  junk: 14,
} as const

/** One of the values of {@link TokenKind}. */
export type TokenKindValue = (typeof TokenKind)[keyof typeof TokenKind]

const LONG_OPERATORS = [
  '<=>',
  '->>',
  '<>',
  '!=',
  '<=',
  '>=',
  ':=',
  '||',
  '&&',
  '<<',
  '>>',
  '->',
  '::',
  '=>',
  '==',
]
const MAY_BE_QUALIFIED: ReadonlySet<TokenKindValue> = new Set([
  TokenKind.word,
  TokenKind.quotedName,
  TokenKind.placeholder,
])
const OPERATOR_LEADS = new Set(LONG_OPERATORS.map((o) => o.charCodeAt(0)))

const QUOTE = 39
const DOUBLE = 34
const BACKTICK = 96
const BACKSLASH = 92
const DASH = 45
const SLASH = 47
const STAR = 42
const DOT = 46
const AT = 64
const QUESTION = 63
const DOLLAR = 36
const COLON = 58
const HASH = 35

/**
 * A cursor over a statement. Call {@link next} until it gives {@link TokenKind.end}; the fields describe the
 * current token. White space is skipped. Linear: each character is read at most a constant number of times.
 */
export class SqlLexer {
  /** The whole text. */
  readonly text: string
  /** The rules in force. */
  readonly dialect: SqlDialect
  /** Kind of the current token. */
  kind: TokenKindValue = TokenKind.end
  /** First UTF-16 index of the current token. */
  start = 0
  /** Index after the current token. */
  end = 0
  /** False when a string, quoted name or comment ran to the end of the text without its closing mark. */
  terminated = true
  private inVersionComment = false
  /** True when the two tokens before were a name and a dot: what follows is a name even if it begins with a digit. */
  private afterDot = false
  /** Where the token before ended if it was a name or stood for one, else -1. */
  private nameEnd = -1

  constructor(text: string, dialect: SqlDialect) {
    this.text = text
    this.dialect = dialect
  }

  /** Moves to the next token and returns its kind. After the end it keeps returning {@link TokenKind.end}. */
  next(): TokenKindValue {
    const text = this.text
    let at = this.end
    while (at < text.length && classOf(text.charCodeAt(at)) === SPACE) at++
    this.start = at
    this.terminated = true
    if (at >= text.length) {
      this.end = at
      this.kind = TokenKind.end
      return TokenKind.end
    }
    const kind = this.read(text.charCodeAt(at))
    this.kind = kind
    this.afterDot = kind === TokenKind.punctuation && text.charCodeAt(at) === DOT && this.nameEnd >= 0
    this.nameEnd = MAY_BE_QUALIFIED.has(kind) ? this.end : -1
    return kind
  }

  /** The characters of the current token. */
  tokenText(): string {
    return this.text.slice(this.start, this.end)
  }

  private read(code: number): TokenKindValue {
    const bits = classOf(code)
    if (code === DOLLAR && this.dialect.dollarQuotes) return this.readDollar()
    if ((bits & DIGIT) !== 0) return this.readDigits()
    if ((bits & WORD) !== 0) return this.readWord()
    if (code === QUOTE) return this.readQuoted(this.start, TokenKind.string)
    if (code === DOUBLE) return this.readDoubleQuoted()
    if (code === BACKTICK && this.dialect.backtickNames)
      return this.readQuoted(this.start, TokenKind.quotedName)
    if (bits === PUNCTUATION) return this.readPunctuation(code)
    return this.readMark(code)
  }

  private readMark(code: number): TokenKindValue {
    const comment = this.readComment(code)
    if (comment !== undefined) return comment
    const next = this.text.charCodeAt(this.start + 1)
    if (code === AT && this.dialect.atVariables) return this.readAt()
    if (code === QUESTION) return this.readQuestion()
    if (code === COLON && next !== COLON && (classOf(next) & WORD) !== 0) return this.readColon()
    if (code === BACKSLASH && (next | 32) === 110) return this.take(2, TokenKind.number)
    if (code < 32 || code === 127) return this.take(1, TokenKind.junk)
    return this.readOperator(code)
  }

  private readComment(code: number): TokenKindValue | undefined {
    const next = this.text.charCodeAt(this.start + 1)
    if (code === SLASH && next === STAR) return this.readBlockComment()
    if (code === STAR && next === SLASH && this.inVersionComment) return this.closeVersionComment()
    if (code === DASH && next === DASH && this.isDashComment()) return this.readLineComment()
    if (code === HASH && this.dialect.hashComments) return this.readLineComment()
    return undefined
  }

  private take(length: number, kind: TokenKindValue): TokenKindValue {
    this.end = this.start + length
    return kind
  }

  private wordEnd(from: number): number {
    const text = this.text
    let at = from
    while (at < text.length && (classOf(text.charCodeAt(at)) & WORD) !== 0) at++
    return at
  }

  private digitsEnd(from: number): number {
    const text = this.text
    let at = from
    while (at < text.length && (classOf(text.charCodeAt(at)) & DIGIT) !== 0) at++
    return at
  }

  private readWord(): TokenKindValue {
    const text = this.text
    const next = text.charCodeAt(this.start + 1)
    if (next === QUOTE && !this.afterDot) {
      const prefix = text[this.start]?.toLowerCase() as string
      if (this.dialect.stringPrefixes.includes(prefix)) {
        const escapes = prefix === 'e' || this.dialect.backslashEscapes
        return this.readQuoted(this.start + 1, TokenKind.string, escapes)
      }
    }
    if (this.dialect.dollarQuotes && next === 38 && (text[this.start] === 'U' || text[this.start] === 'u')) {
      const mark = text.charCodeAt(this.start + 2)
      if (mark === QUOTE) return this.readQuoted(this.start + 2, TokenKind.string)
      if (mark === DOUBLE) return this.readQuoted(this.start + 2, TokenKind.quotedName)
    }
    this.end = this.wordEnd(this.start)
    return TokenKind.word
  }

  /** A number, or a name that begins with digits (`2024_orders`), which MySQL allows. */
  private readDigits(): TokenKindValue {
    const text = this.text
    const end = this.wordEnd(this.start)
    if (this.afterDot) {
      this.end = end
      return TokenKind.word
    }
    const digits = this.digitsEnd(this.start)
    if (digits === end && text.charCodeAt(digits) === DOT) {
      return this.readFraction(digits + 1)
    }
    if (digits === end) {
      this.end = end
      return TokenKind.number
    }
    const exponent = this.exponentEnd(digits)
    if (exponent >= end) {
      this.end = exponent
      return TokenKind.number
    }
    this.end = end
    return this.isRadixNumber(end) ? TokenKind.number : TokenKind.word
  }

  /** The part of a number after its point; `from` is the index after the point. */
  private readFraction(from: number): TokenKindValue {
    const digits = this.digitsEnd(from)
    const exponent = this.exponentEnd(digits)
    this.end = Math.max(digits, exponent)
    return TokenKind.number
  }

  /** Index after an exponent that begins at `at` (`e10`, `E-3`), or -1. */
  private exponentEnd(at: number): number {
    const text = this.text
    const mark = text.charCodeAt(at)
    if (mark !== 101 && mark !== 69) return -1
    const sign = text.charCodeAt(at + 1)
    const from = sign === 43 || sign === DASH ? at + 2 : at + 1
    const end = this.digitsEnd(from)
    return end > from ? end : -1
  }

  /** True for `0xAF` and `0b01` between start and `end`. */
  private isRadixNumber(end: number): boolean {
    const text = this.text
    if (text.charCodeAt(this.start) !== 48 || end - this.start < 3) return false
    const radix = text.charCodeAt(this.start + 1)
    if (radix !== 120 && radix !== 98) return false
    for (let at = this.start + 2; at < end; at++) {
      const code = text.charCodeAt(at)
      if (radix === 98 ? code !== 48 && code !== 49 : (classOf(code) & HEX) === 0) return false
    }
    return true
  }

  private readDoubleQuoted(): TokenKindValue {
    if (this.dialect.doubleQuote === 'string') return this.readQuoted(this.start, TokenKind.string)
    return this.readQuoted(this.start, TokenKind.quotedName, false)
  }

  /** What the mark at `open` begins, up to the next one that is neither doubled nor escaped. */
  private readQuoted(
    open: number,
    kind: TokenKindValue,
    escapes = kind === TokenKind.string && this.dialect.backslashEscapes,
  ): TokenKindValue {
    const text = this.text
    const mark = text.charCodeAt(open)
    let at = open + 1
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (code === BACKSLASH && escapes) at++
      else if (code === mark) {
        if (text.charCodeAt(at + 1) !== mark) break
        at++
      }
    }
    this.terminated = at < text.length
    this.end = Math.min(at + 1, text.length)
    return kind
  }

  private readPunctuation(code: number): TokenKindValue {
    const text = this.text
    if (code === DOT) {
      const next = text.charCodeAt(this.start + 1)
      if (next === DOT && text.charCodeAt(this.start + 2) === DOT) return this.take(3, TokenKind.ellipsis)
      if ((classOf(next) & DIGIT) !== 0 && this.nameEnd !== this.start)
        return this.readFraction(this.start + 1)
    }
    if (code === 91 && this.dialect.bracketNames) {
      const close = text.indexOf(']', this.start)
      this.terminated = close >= 0
      this.end = close < 0 ? text.length : close + 1
      return TokenKind.quotedName
    }
    return this.take(1, TokenKind.punctuation)
  }

  private isDashComment(): boolean {
    if (!this.dialect.dashCommentNeedsSpace) return true
    const after = this.text.charCodeAt(this.start + 2)
    return Number.isNaN(after) || after <= 32 || after === 127
  }

  private readLineComment(): TokenKindValue {
    const close = this.text.indexOf('\n', this.start)
    this.end = close < 0 ? this.text.length : close + 1
    return TokenKind.comment
  }

  private readBlockComment(): TokenKindValue {
    const text = this.text
    const mark = text.charCodeAt(this.start + 2)
    if (mark === 43 && !this.dialect.nestedComments) return this.skipComment(TokenKind.hint, false)
    const forMariaDb = mark === 77 && text.charCodeAt(this.start + 3) === 33
    if (mark !== 33 && !forMariaDb) return this.skipComment(TokenKind.comment, this.dialect.nestedComments)
    const from = this.start + (forMariaDb ? 4 : 3)
    const digits = Math.min(this.digitsEnd(from), from + 6)
    const length = digits - from >= 5 ? digits - from : 0
    const version = length === 0 ? 0 : Number(text.slice(from, from + length))
    if (this.inVersionComment || !this.dialect.runsVersionComment(version, forMariaDb))
      return this.skipComment(TokenKind.comment, true)
    this.inVersionComment = true
    this.end = from + length
    return TokenKind.versionOpen
  }

  private skipComment(kind: TokenKindValue, nested: boolean): TokenKindValue {
    const text = this.text
    let depth = 1
    let at = this.start + 2
    while (depth > 0) {
      const close = text.indexOf('*/', at)
      if (close < 0) {
        this.terminated = false
        this.end = text.length
        return kind
      }
      if (nested) depth += this.countOpenings(at, close)
      depth--
      at = close + 2
    }
    this.end = at
    return kind
  }

  private countOpenings(from: number, to: number): number {
    let openings = 0
    for (let at = from; at < to - 1; at++) {
      if (this.text.charCodeAt(at) !== SLASH || this.text.charCodeAt(at + 1) !== STAR) continue
      openings++
      at++
    }
    return openings
  }

  private closeVersionComment(): TokenKindValue {
    this.inVersionComment = false
    return this.take(2, TokenKind.versionClose)
  }

  private readAt(): TokenKindValue {
    const text = this.text
    const next = text.charCodeAt(this.start + 1)
    if (next === AT) return this.take(2, TokenKind.operator)
    if (next === QUESTION) return this.take(2, TokenKind.userVariable)
    if (next === QUOTE || next === DOUBLE || next === BACKTICK)
      return this.readQuoted(this.start + 1, TokenKind.userVariable, next !== BACKTICK)
    let end = this.wordEnd(this.start + 1)
    while (end > this.start + 1 && text.charCodeAt(end) === DOT) end = this.wordEnd(end + 1)
    if (end === this.start + 1) return this.take(1, TokenKind.operator)
    this.end = end
    return TokenKind.userVariable
  }

  private readQuestion(): TokenKindValue {
    this.end = this.dialect.name === 'sqlite' ? this.digitsEnd(this.start + 1) : this.start + 1
    return TokenKind.placeholder
  }

  private readColon(): TokenKindValue {
    this.end = this.wordEnd(this.start + 1)
    return TokenKind.placeholder
  }

  /** PostgreSQL: `$1` is a placeholder, `$tag$ ... $tag$` a string. A lone dollar sign is an operator. */
  private readDollar(): TokenKindValue {
    const text = this.text
    const digits = this.digitsEnd(this.start + 1)
    if (digits > this.start + 1) {
      this.end = digits
      return TokenKind.placeholder
    }
    let tagEnd = this.start + 1
    while (tagEnd < text.length && text.charCodeAt(tagEnd) !== DOLLAR) {
      if ((classOf(text.charCodeAt(tagEnd)) & WORD) === 0) return this.take(1, TokenKind.operator)
      tagEnd++
    }
    if (tagEnd >= text.length) return this.take(1, TokenKind.operator)
    const tag = text.slice(this.start, tagEnd + 1)
    const close = text.indexOf(tag, tagEnd + 1)
    this.terminated = close >= 0
    this.end = close < 0 ? text.length : close + tag.length
    return TokenKind.string
  }

  private readOperator(code: number): TokenKindValue {
    if (OPERATOR_LEADS.has(code)) {
      for (const operator of LONG_OPERATORS) {
        if (this.text.startsWith(operator, this.start)) return this.take(operator.length, TokenKind.operator)
      }
    }
    return this.take(1, TokenKind.operator)
  }
}
