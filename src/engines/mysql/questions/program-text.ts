/**
 * A statement as it is written in a stored program made into one that can be planned outside of it: without the variables a SELECT puts
 * its result into, and with literals where it names variables.
 */
import { type SqlDialect, SqlLexer, TokenKind, type TokenKindValue } from '../../../sql/index.ts'

/** Literals by the lower-case name of the variable; of the row a trigger fires for, as `new.b`. */
export type ProgramVariables = ReadonlyMap<string, string>

/** One token of a text. */
export interface Token {
  readonly kind: TokenKindValue
  readonly text: string
  readonly start: number
  readonly end: number
}

/** The tokens of a text, without comments. */
export function tokensOf(sql: string, dialect: SqlDialect): readonly Token[] {
  const lexer = new SqlLexer(sql, dialect)
  const tokens: Token[] = []
  for (let kind = lexer.next(); kind !== TokenKind.end; kind = lexer.next())
    if (kind !== TokenKind.comment)
      tokens.push({ kind, text: lexer.tokenText(), start: lexer.start, end: lexer.end })
  return tokens
}

/** Whether a token is a word or a quoted name. */
export const isName = (token: Token | undefined): boolean =>
  token !== undefined && (token.kind === TokenKind.word || token.kind === TokenKind.quotedName)

/** A name in lower case, without its quotes. */
export const unquoted = (name: string): string => name.replace(/^`(.*)`$/s, '$1').toLowerCase()

/** What a variable is called that begins at a token, and how many tokens that is; null where none can. */
export function variableAt(
  tokens: readonly Token[],
  at: number,
): { readonly name: string; readonly tokens: number } | null {
  const [token, dot, member] = tokens.slice(at, at + 3)
  if (token === undefined || !isName(token) || tokens[at - 1]?.text === '.' || dot?.text === '(') return null
  if (dot?.text !== '.') return { name: unquoted(token.text), tokens: 1 }
  const isRow = /^(?:new|old)$/i.test(token.text) && member !== undefined && isName(member)
  return isRow ? { name: `${token.text.toLowerCase()}.${unquoted(member.text)}`, tokens: 3 } : null
}

/**
 * The text that can be planned. A name that means something else in one place (an alias, a column to be set) makes one that no
 * server plans: that is then said.
 */
export function asPlannable(
  sql: string,
  dialect: SqlDialect,
  variables: ProgramVariables = new Map(),
): string {
  const mayHaveTargets = /\binto\b/i.test(sql) && /^\s*select\b/i.test(sql)
  if (!mayHaveTargets && variables.size === 0) return sql
  const tokens = tokensOf(sql, dialect)
  const targets = mayHaveTargets ? targetsOf(tokens) : null
  let made = ''
  let from = 0
  for (let at = 0; at < tokens.length; ) {
    const put = replacement(tokens, at, { variables, targets })
    const first = tokens[at]
    const last = tokens[at + put.tokens - 1]
    if (put.text !== null && first !== undefined && last !== undefined) {
      made += `${sql.slice(from, first.start)}${put.text}`
      from = last.end
    }
    at += put.tokens
  }
  return made + sql.slice(from)
}

type Targets = { readonly first: number; readonly last: number }

/** What stands for the tokens from `at` on; null leaves them. */
function replacement(
  tokens: readonly Token[],
  at: number,
  { variables, targets }: { readonly variables: ProgramVariables; readonly targets: Targets | null },
): { readonly tokens: number; readonly text: string | null } {
  if (targets?.first === at) return { tokens: targets.last - targets.first + 1, text: '' }
  const variable = variableAt(tokens, at)
  const literal = variable === null ? undefined : variables.get(variable.name)
  return { tokens: literal === undefined ? 1 : (variable?.tokens ?? 1), text: literal ?? null }
}

/** Where `INTO a, b` stands, by its first and last token; null where there is none, or it writes a file. */
function targetsOf(tokens: readonly Token[]): Targets | null {
  const first = intoOf(tokens)
  if (first === null || /^(?:outfile|dumpfile)$/i.test(tokens[first + 1]?.text ?? '')) return null
  let last = first + 1
  while (tokens[last + 1]?.text === ',') last += 2
  return isTarget(tokens[last]) ? { first, last } : null
}

/** The first INTO outside of parentheses. */
function intoOf(tokens: readonly Token[]): number | null {
  let depth = 0
  for (const [at, { text, kind }] of tokens.entries()) {
    if (text === '(') depth += 1
    if (text === ')') depth -= 1
    if (depth === 0 && kind === TokenKind.word && text.toLowerCase() === 'into') return at
  }
  return null
}

const isTarget = (token: Token | undefined): boolean =>
  isName(token) || token?.kind === TokenKind.userVariable
