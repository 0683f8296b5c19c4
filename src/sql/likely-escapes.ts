// Guesses whether a session's SQL mode had NO_BACKSLASH_ESCAPES, for statements of which nobody knows the mode.

import type { SqlDialect } from './dialect.ts'
import { SqlLexer, TokenKind } from './lexer.ts'

/**
 * The dialect under which the quotes of the statement close: the given one, or the one where `\` is an ordinary character
 * if they close only there (`'C:\', 'x'`). A server that ran a statement saw its quotes closed, so a whole
 * statement whose quotes close as given is read as given. Reads statements without a backslash not at all; linear.
 */
export function likelyEscapes(sql: string, dialect: SqlDialect): SqlDialect {
  if (!dialect.backslashEscapes || !sql.includes('\\') || quotesClose(sql, dialect)) return dialect
  const plain = { ...dialect, backslashEscapes: false }
  return quotesClose(sql, plain) ? plain : dialect
}

function quotesClose(sql: string, dialect: SqlDialect): boolean {
  const lexer = new SqlLexer(sql, dialect)
  while (lexer.next() !== TokenKind.end) if (!lexer.terminated) return false
  return true
}
