/**
 * Reads a migration file: its statements byte for byte, and what they make. Only statements that add are taken, because
 * whoever approves must be able to see at a glance that nothing is lost; of anything else, and of anything in doubt, the
 * file says why it is not applied here. It knows the few words it accepts and no grammar.
 */
import { MARIADB, type SqlDialect, SqlLexer, TokenKind, type TokenKindValue } from '../../../sql/index.ts'
import { readAdding, type Token } from './adding-statement.ts'

/** What a file does. */
export interface ReadMigration {
  /** In order, without the semicolons between them. */
  readonly statements: readonly string[]
  /** Tables it creates. */
  readonly creates: readonly string[]
  /** Tables it alters; their columns it adds. */
  readonly adds: readonly { readonly table: string; readonly column: string | null }[]
  /** Why it is not applied here; null if it is. */
  readonly problem: string | null
}

/** Statements of one file at most: a person reads them all. */
const STATEMENTS_MOST = 50
/** Comments a server of some version runs or heeds, whatever the version: none is sent. */
const NOT_ONLY_COMMENT = /^\/\*(?:M?!|\+)/i

interface Statement {
  readonly text: string
  readonly tokens: readonly Token[]
}

/** Reads a file. Never throws; linear. */
export function readMigration(file: string, dialect: SqlDialect = MARIADB): ReadMigration {
  const cut = cutStatements(file, dialect)
  const made: { creates: string[]; adds: { table: string; column: string | null }[] } = {
    creates: [],
    adds: [],
  }
  let problem = cut.problem
  for (const [at, { tokens }] of cut.statements.entries()) {
    const found = readAdding(tokens)
    if (found.problem !== null) problem ??= `statement ${at + 1}: ${found.problem}`
    made.creates.push(...found.creates)
    made.adds.push(...found.adds)
  }
  if (cut.statements.length === 0) problem ??= 'it has no statement'
  if (cut.statements.length > STATEMENTS_MOST) problem ??= `it has more than ${STATEMENTS_MOST} statements`
  return { statements: cut.statements.map(({ text }) => text), ...made, problem }
}

function cutStatements(
  file: string,
  dialect: SqlDialect,
): { readonly statements: readonly Statement[]; readonly problem: string | null } {
  const lexer = new SqlLexer(file, dialect)
  const statements: Statement[] = []
  let problem: string | null = null
  let tokens: Token[] = []
  let span = { start: -1, end: -1 }
  let depth = 0
  const close = (): void => {
    if (tokens.length > 0) statements.push({ text: file.slice(span.start, span.end), tokens })
    tokens = []
    span = { start: -1, end: -1 }
    depth = 0
  }
  for (let kind = lexer.next(); kind !== TokenKind.end; kind = lexer.next()) {
    if (!lexer.terminated) problem ??= 'a quote or comment in it is not closed'
    const text = lexer.tokenText()
    if (notPlain(kind, text)) problem ??= 'it has comments that servers run, or characters that mean nothing'
    if (kind === TokenKind.comment) continue
    if (kind === TokenKind.punctuation && text === ';') {
      close()
      continue
    }
    depth += Number(text === ')') * -1
    if (depth < 0) problem ??= 'a bracket in it is closed that was not opened'
    tokens.push(tokenOf(kind, text, depth))
    depth += Number(text === '(')
    span = { start: span.start < 0 ? lexer.start : span.start, end: lexer.end }
  }
  close()
  return { statements, problem }
}

const UNREADABLE: ReadonlySet<TokenKindValue> = new Set([
  TokenKind.versionOpen,
  TokenKind.versionClose,
  TokenKind.hint,
  TokenKind.junk,
  TokenKind.placeholder,
  TokenKind.userVariable,
  TokenKind.ellipsis,
])

const notPlain = (kind: TokenKindValue, text: string): boolean =>
  UNREADABLE.has(kind) || (kind === TokenKind.comment && NOT_ONLY_COMMENT.test(text))

function tokenOf(kind: TokenKindValue, text: string, depth: number): Token {
  if (kind === TokenKind.word) return { kind, word: text.toUpperCase(), name: text, depth }
  if (kind === TokenKind.quotedName)
    return { kind, word: '', name: text.slice(1, -1).replaceAll('``', '`'), depth }
  return { kind, word: kind === TokenKind.string ? '' : text, name: null, depth }
}
