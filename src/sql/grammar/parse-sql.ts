/**
 * The SQL grammar (sqlparser-rs as WebAssembly) behind limits. It has a fixed stack: one statement with about a
 * thousand chained operators overruns it, and then the instance reads every later statement wrongly (observed with 0.62.0:
 * "memory access out of bounds" for `SELECT 1`). So chains are bounded well below that, and a broken instance is noticed.
 * What it accepts is a reading, never a proof that a server would.
 */
import { init, parse } from '@guanmingchiu/sqlparser-ts'
import type { SqlDialect } from '../dialect.ts'
import { SqlLexer, TokenKind } from '../lexer.ts'
import type { Node } from './syntax.ts'

/** Operators and the words that chain like them; 700 still parse, 1,000 do not. */
export const CHAIN_MAX = 300
const CHAINING = new Set(
  (
    'and or xor not is isnull in between like rlike regexp div mod collate escape at member sounds binary union except ' +
    'intersect join straight_join when interval'
  ).split(' '),
)
/** Longest text given to the grammar, in UTF-16 units. */
const LENGTH_MAX = 256 * 1024

/** Why a text has no tree. `broken`: the parser needs a restart of this process. */
export type Unparsed = 'chain-too-long' | 'broken' | 'not-understood'

let broken = false

/** Whether the parser reads nothing any more until this process is restarted: what it said since is not worth keeping. */
export const isGrammarBroken = (): boolean => broken

/** Loads the grammar; once a process, before {@link parseSql}. */
export const loadGrammar = async (): Promise<void> => {
  await init()
}

/** The statements of a text, or why there are none. Never throws. {@link loadGrammar} must have ended before. */
export function parseSql(
  text: string,
  dialect: SqlDialect,
): { readonly statements: readonly Node[] } | { readonly unparsed: Unparsed } {
  if (text.length > LENGTH_MAX) return { unparsed: 'not-understood' }
  if (chainLength(text, dialect) > CHAIN_MAX) return { unparsed: 'chain-too-long' }
  if (broken) return { unparsed: 'broken' }
  const grammar = dialect.name === 'mariadb' ? 'mysql' : dialect.name
  try {
    return { statements: parse(text, grammar) }
  } catch {
    broken = !isAlive()
    return { unparsed: broken ? 'broken' : 'not-understood' }
  }
}

function isAlive(): boolean {
  try {
    return parse('SELECT 1', 'generic').length === 1
  } catch {
    return false
  }
}

function chainLength(text: string, dialect: SqlDialect): number {
  const lexer = new SqlLexer(text, dialect)
  let length = 0
  for (let kind = lexer.next(); kind !== TokenKind.end; kind = lexer.next()) {
    const chains =
      kind === TokenKind.operator ||
      (kind === TokenKind.word && CHAINING.has(lexer.tokenText().toLowerCase()))
    if (chains) length += 1
  }
  return length
}
