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
/** What is compared: letters and digits, because quotes and marks are written differently by server and statement. */
const bare = (text: string): string => text.replaceAll(/[^\p{L}\p{N}]/gu, '')

/** Where names come from. */
export interface NamesOrigin {
  readonly statement: string | undefined
  /** Null where statements are no SQL. */
  readonly dialect: SqlDialect | null
  /** False where the message was told by its words alone: then any name may be part of a text somebody else wrote. */
  readonly isCertain: boolean
}

/** The names without those that the statement has in a string and not as a name. */
export function withoutLiteralNames(
  names: ErrorNames,
  { statement, dialect, isCertain }: NamesOrigin,
): ErrorNames {
  const isDoubtful = (kind: string): boolean => !isCertain || FROM_STRINGS.has(kind)
  if (statement === undefined || dialect === null || !Object.keys(names).some(isDoubtful)) return names
  const { strings, words } = read(statement, dialect)
  if (strings.length === 0) return names
  const isLiteral = (name: string): boolean =>
    !name.split('.').every((part) => words.has(bare(part).toLowerCase())) &&
    strings.some((string) => string.includes(bare(name)))
  return Object.fromEntries(
    Object.entries(names).filter(([kind, name]) => !(isDoubtful(kind) && isLiteral(name))),
  )
}

function read(statement: string, dialect: SqlDialect): { strings: string[]; words: Set<string> } {
  const strings: string[] = []
  const words = new Set<string>()
  const lexer = new SqlLexer(statement, dialect)
  for (let kind = lexer.next(); kind !== TokenKind.end; kind = lexer.next()) {
    if (kind === TokenKind.string) strings.push(bare(lexer.tokenText()))
    else if (kind === TokenKind.word || kind === TokenKind.quotedName)
      words.add(bare(lexer.tokenText()).toLowerCase())
  }
  return { strings, words }
}
