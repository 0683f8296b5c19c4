/** Reads a rendered statement back with the lexer: how many statements it is, of what kind, on which objects. */
import { MARIADB, MYSQL, SqlLexer, TokenKind } from '../../src/sql/index.ts'

/** What the lexer found. */
export interface ReadStatement {
  /** Leading words in upper case, up to the first that is no word. */
  readonly words: readonly string[]
  /** Quoted names, unquoted, in order. */
  readonly names: readonly string[]
  /** Contents of string literals, in order. */
  readonly strings: readonly string[]
}

const FORBIDDEN = new Map<number, string>([
  [TokenKind.comment, 'a comment'],
  [TokenKind.hint, 'a hint'],
  [TokenKind.versionOpen, 'a version comment'],
  [TokenKind.versionClose, 'the end of a version comment'],
  [TokenKind.junk, 'a control character'],
  [TokenKind.placeholder, 'a placeholder'],
  [TokenKind.ellipsis, 'an ellipsis'],
])

/** Reads one statement. @throws Error for a separator, a comment, anything unterminated or of no use in a plan. */
export function readOneStatement(text: string, flavour: 'mysql' | 'mariadb'): ReadStatement {
  const lexer = new SqlLexer(text, flavour === 'mariadb' ? MARIADB : MYSQL)
  const words: string[] = []
  const names: string[] = []
  const strings: string[] = []
  let leading = true
  while (lexer.next() !== TokenKind.end) {
    const token = lexer.tokenText()
    const isHost = lexer.kind === TokenKind.userVariable && /^@`.+`$/s.test(token)
    const forbidden = isHost ? undefined : (FORBIDDEN.get(lexer.kind) ?? userVariable(lexer.kind))
    if (forbidden !== undefined || !lexer.terminated)
      throw new Error(`${forbidden ?? 'unterminated'}: ${token}`)
    if (token === ';') throw new Error('more than one statement')
    leading &&= lexer.kind === TokenKind.word
    if (leading) words.push(token.toUpperCase())
    if (isHost) names.push(token.slice(2, -1).replaceAll('``', '`'))
    if (lexer.kind === TokenKind.quotedName) names.push(token.slice(1, -1).replaceAll('``', '`'))
    if (lexer.kind === TokenKind.string) strings.push(token.slice(1, -1))
  }
  return { words, names, strings }
}

/** The host of an account, `` @`%` ``, looks like a user variable to a lexer; any other is none of ours. */
const userVariable = (kind: number): string | undefined =>
  kind === TokenKind.userVariable ? 'a user variable' : undefined
