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
  [TokenKind.userVariable, 'a user variable'],
])

/** Reads one statement. @throws Error for a separator, a comment, anything unterminated or of no use in a plan. */
export function readOneStatement(text: string, flavour: 'mysql' | 'mariadb'): ReadStatement {
  const lexer = new SqlLexer(text, flavour === 'mariadb' ? MARIADB : MYSQL)
  const read = { words: [] as string[], names: [] as string[], strings: [] as string[] }
  let leading = true
  while (lexer.next() !== TokenKind.end) {
    const token = lexer.tokenText()
    const problem = problemOf(lexer, token)
    if (problem !== null) throw new Error(`${problem}: ${token}`)
    leading &&= lexer.kind === TokenKind.word
    if (leading) read.words.push(token.toUpperCase())
    if (isHost(lexer, token)) read.names.push(unquoted(token.slice(1)))
    if (lexer.kind === TokenKind.quotedName) read.names.push(unquoted(token))
    if (lexer.kind === TokenKind.string) read.strings.push(token.slice(1, -1))
  }
  return read
}

const unquoted = (token: string): string => token.slice(1, -1).replaceAll('``', '`')

/** The host of an account, `` @`%` ``, looks like a user variable to a lexer; any other is none of ours. */
const isHost = (lexer: SqlLexer, token: string): boolean =>
  lexer.kind === TokenKind.userVariable && /^@`.+`$/s.test(token)

function problemOf(lexer: SqlLexer, token: string): string | null {
  if (!lexer.terminated) return 'unterminated'
  if (token === ';') return 'more than one statement'
  return isHost(lexer, token) ? null : (FORBIDDEN.get(lexer.kind) ?? null)
}
