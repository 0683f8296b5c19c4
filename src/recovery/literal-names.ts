// Some statements give names as strings: `nextval('orders_seq')`, `'orders'::regclass`, `CREATE USER 'ann'@'%'`. What
// stands in a string of the statement is a value, also where the server then speaks of it as a name.

import { type SqlDialect, SqlLexer, TokenKind } from '../sql/index.ts'
import type { ErrorNames } from './message-names.ts'
import type { NameKind } from './message-template.ts'

/** Kinds that a statement can give as a string. Keys, constraints and columns are never looked up by one. */
const FROM_STRINGS: ReadonlySet<string> = new Set<NameKind>([
  'table',
  'view',
  'sequence',
  'function',
  'database',
  'schema',
  'index',
  'trigger',
  'object',
  'user',
])
const QUOTES = /["'`]/g

/** The names without those that the statement has as a string and not as a name. */
export function withoutLiteralNames(
  names: ErrorNames,
  statement: string | undefined,
  dialect: SqlDialect | null,
): ErrorNames {
  const doubtful = Object.entries(names).filter(([kind]) => FROM_STRINGS.has(kind))
  if (statement === undefined || dialect === null || doubtful.length === 0) return names
  const { strings, words } = read(statement, dialect)
  if (strings.size === 0) return names
  const isLiteral = (name: string): boolean =>
    strings.has(name) && !name.split('.').every((part) => words.has(part.toLowerCase()))
  return Object.fromEntries(
    Object.entries(names).filter(([kind, name]) => !FROM_STRINGS.has(kind) || !isLiteral(name)),
  )
}

function read(statement: string, dialect: SqlDialect): { strings: Set<string>; words: Set<string> } {
  const strings = new Set<string>()
  const words = new Set<string>()
  const lexer = new SqlLexer(statement, dialect)
  for (let kind = lexer.next(); kind !== TokenKind.end; kind = lexer.next()) {
    const text = lexer.tokenText()
    if (kind === TokenKind.string) strings.add(text.replaceAll(QUOTES, '').trim())
    else if (kind === TokenKind.word || kind === TokenKind.quotedName)
      words.add(text.replaceAll(QUOTES, '').toLowerCase())
  }
  return { strings, words }
}
