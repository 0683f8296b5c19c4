/**
 * The parser behind limits. It is WebAssembly with a fixed stack: one statement with about a thousand chained
 * operators overruns it, and then the instance reads every later statement wrongly (observed with 0.62.0: "memory
 * access out of bounds" for `SELECT 1`). So length of chains is bounded well below that, and a broken instance is noticed.
 */
import { init, parse } from '@guanmingchiu/sqlparser-ts'
import { type SqlDialect, SqlLexer, TokenKind } from '../../../../sql/index.ts'
import type { Node } from './syntax.ts'

/** Operators and the words that chain like them; 700 still parse, 1,000 do not. */
const CHAIN_MAX = 300
const CHAINING = new Set(
  (
    'and or xor not is isnull in between like rlike regexp div mod collate escape at member sounds binary union except ' +
    'intersect join straight_join when interval'
  ).split(' '),
)

let broken = false

/** The parsed statement, or why it cannot be read. The parser's own message repeats the text and is left out. */
export async function parseStatement(
  text: string,
  dialect: SqlDialect,
): Promise<{ readonly statement: Node } | { readonly because: string }> {
  if (chainLength(text, dialect) > CHAIN_MAX)
    return { because: `its sample chains more than ${CHAIN_MAX} operators` }
  await init()
  if (broken) return { because: 'the parser has failed and needs a restart of this process' }
  try {
    const statements: readonly Node[] = parse(text, 'mysql')
    return statements.length === 1
      ? { statement: statements[0] }
      : { because: 'its sample is not one statement' }
  } catch {
    broken = !isAlive()
    return { because: 'the parser does not understand its sample' }
  }
}

function isAlive(): boolean {
  try {
    return parse('SELECT 1', 'mysql').length === 1
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
