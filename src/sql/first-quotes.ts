// Remembers where the quotes of a statement begin, for the case that one of them is never closed.

import { type SqlLexer, TokenKind } from './lexer.ts'

/**
 * Watches the tokens of a statement. When a quote turns out not to be closed, any quote before it may be the odd one, and
 * what was taken for the outside of strings may be their inside: only the text up to {@link trustedTo} is sure.
 */
export class FirstQuotes {
  /** True when the last token seen is a quote that is never closed. It is then the statement's last token. */
  isUnclosed = false
  private firstString = -1
  private firstName = -1
  private unclosedIsName = false

  /** Takes the lexer's current token, which begins at `at` of the text being written. */
  see(lexer: SqlLexer, at: number): void {
    const { kind } = lexer
    const isName = kind === TokenKind.quotedName
    const isString = kind === TokenKind.string || kind === TokenKind.userVariable
    if (!isName && !isString) return
    if (isName && this.firstName < 0) this.firstName = at
    if (isString && this.firstString < 0 && /["'`]/.test(lexer.tokenText())) this.firstString = at
    this.isUnclosed = !lexer.terminated
    this.unclosedIsName = isName
  }

  /** Up to where the text is sure. Names in quotes before the first string are, unless a name is what is not closed. */
  get trustedTo(): number {
    const { firstString, firstName } = this
    if (!this.unclosedIsName || firstName < 0) return firstString
    return firstString < 0 ? firstName : Math.min(firstString, firstName)
  }
}
