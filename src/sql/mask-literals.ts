// Replaces the literals of a statement so that the text can be stored or shown. Names stay: they identify.

import type { SqlDialect } from './dialect.ts'
import { FirstQuotes } from './first-quotes.ts'
import { SqlLexer, TokenKind, type TokenKindValue } from './lexer.ts'
import { likelyEscapes } from './likely-escapes.ts'

/**
 * The statement with every literal replaced by `?`, layout and names kept. Comments become one space (they carry
 * user ids and traces), also what follows `--` and a letter, which the server reads otherwise but people write as a comment;
 * optimizer hints stay, with their own literals masked. What cannot be cut into tokens for certain is masked
 * whole: control characters, words that begin with a digit, words with undecodable bytes, and, where a
 * string is not closed, everything from the first string on, because any of them may be the odd one. NULL, TRUE and FALSE
 * stay: they are words of the language, not values of a row that could identify one.
 *
 * The dialect should have the session's SQL mode ({@link withSqlMode}) when it is known: under another one a quote
 * may end elsewhere. NO_BACKSLASH_ESCAPES is recognised where the quotes close only under it. Never throws; linear.
 */
export function maskLiterals(sql: string, dialect: SqlDialect): string {
  const lexer = new SqlLexer(sql, likelyEscapes(sql, dialect))
  const quotes = new FirstQuotes()
  let masked = ''
  let copied = 0
  for (let kind = lexer.next(); kind !== TokenKind.end; kind = lexer.next()) {
    quotes.see(lexer, masked.length + lexer.start - copied)
    if (quotes.isUnclosed) return `${(masked + sql.slice(copied, lexer.start)).slice(0, quotes.trustedTo)}?`
    const replacement = replacementOf(lexer)
    if (replacement === undefined) continue
    masked += sql.slice(copied, lexer.start) + replacement
    copied = lexer.end
  }
  return masked + sql.slice(copied)
}

const ALWAYS_MASKED: ReadonlySet<TokenKindValue> = new Set([
  TokenKind.string,
  TokenKind.number,
  TokenKind.junk,
])

/** What to write in place of the current token; undefined keeps it. */
function replacementOf(lexer: SqlLexer): string | undefined {
  const { kind } = lexer
  if (kind === TokenKind.word) return isSureWord(lexer) ? undefined : '?'
  if (ALWAYS_MASKED.has(kind)) return '?'
  if (kind === TokenKind.operator && isGluedComment(lexer)) return ' '
  if (kind === TokenKind.comment) return ' '
  if (kind === TokenKind.hint) return lexer.terminated ? maskedHint(lexer) : ' '
  return kind === TokenKind.userVariable && !/^@[\w$.]*$/.test(lexer.tokenText()) ? '@?' : undefined
}

/** True at `--` before a letter, which MySQL takes for two signs; then the token is stretched to the end of the line. */
function isGluedComment(lexer: SqlLexer): boolean {
  const { text, start, dialect } = lexer
  if (
    !dialect.dashCommentNeedsSpace ||
    !text.startsWith('--', start) ||
    !/[^\W\d]/.test(text.charAt(start + 2))
  )
    return false
  const newline = text.indexOf('\n', start)
  lexer.end = newline < 0 ? text.length : newline
  return true
}

function maskedHint(lexer: SqlLexer): string {
  return `/*+${maskLiterals(lexer.text.slice(lexer.start + 3, lexer.end - 2), lexer.dialect)}*/`
}

/** False for a word that may be a broken literal: `1and`, `0XFF`, or one with bytes that were not UTF-8. */
function isSureWord(lexer: SqlLexer): boolean {
  const word = lexer.tokenText()
  if (word.includes('\ufffd')) return false
  const first = word.charCodeAt(0)
  const beginsWithDigit = first >= 48 && first <= 57
  return !beginsWithDigit || (lexer.start > 0 && lexer.text[lexer.start - 1] === '.')
}
