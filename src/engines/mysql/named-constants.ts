/**
 * Statements of stored programs as the server shows them while they run. Process list and logs have each variable of the program
 * as `NAME_CONST('name', value)`; the statement history has the name alone, as the program was written. Both are one class.
 * https://dev.mysql.com/doc/refman/8.4/en/stored-programs-logging.html, …/en/miscellaneous-functions.html#function_name-const
 */
import { type SqlDialect, SqlLexer, TokenKind } from '../../sql/index.ts'

/** One `NAME_CONST(…)` of a text. */
interface NamedConstant {
  readonly start: number
  readonly end: number
  readonly name: string
  /** The value as it is written, without a character set before it or a collation after it. */
  readonly value: string
}

/** The text with the names of variables where the server put their values: as the program was written. */
export const asWritten = (sql: string, dialect: SqlDialect): string =>
  replaced(sql, dialect, ({ name }) => name)

/** The text with the values alone, for a parser that knows no such function. */
export const withPlainValues = (sql: string, dialect: SqlDialect): string =>
  replaced(sql, dialect, ({ value }) => value)

function replaced(sql: string, dialect: SqlDialect, by: (one: NamedConstant) => string): string {
  if (!/\bname_const\b/i.test(sql)) return sql
  let made = ''
  let from = 0
  for (const one of namedConstants(sql, dialect)) {
    made += `${sql.slice(from, one.start)}${by(one)}`
    from = one.end
  }
  return made + sql.slice(from)
}

/** Those a server wrote; whatever else calls the function stays as it is. */
function namedConstants(sql: string, dialect: SqlDialect): readonly NamedConstant[] {
  const found: NamedConstant[] = []
  const lexer = new SqlLexer(sql, dialect)
  for (let kind = lexer.next(); kind !== TokenKind.end; kind = lexer.next()) {
    if (kind !== TokenKind.word || lexer.tokenText().toLowerCase() !== 'name_const') continue
    const one = readNamedConstant(lexer, lexer.start)
    if (one !== null) found.push(one)
  }
  return found
}

function readNamedConstant(lexer: SqlLexer, start: number): NamedConstant | null {
  const name = nextIs(lexer, '(') && lexer.next() === TokenKind.string ? lexer.tokenText().slice(1, -1) : ''
  if (!/^[\w$\u0080-\uffff]+$/u.test(name) || !nextIs(lexer, ',')) return null
  const value: string[] = []
  let isOver = false
  for (let kind = lexer.next(); kind !== TokenKind.end; kind = lexer.next()) {
    const token = lexer.tokenText()
    if (token === ')') return { start, end: lexer.end, name, value: value.join('') }
    if (kind === TokenKind.word && token.toLowerCase() === 'collate') isOver = true
    if (!isOver && !(value.length === 0 && token.startsWith('_'))) value.push(token)
  }
  return null
}

const nextIs = (lexer: SqlLexer, mark: string): boolean => {
  lexer.next()
  return lexer.tokenText() === mark
}
