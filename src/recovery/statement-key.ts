// What tells the statement of one fault from that of another, without its values, even where the statement is broken.

import { createHash } from 'node:crypto'
import {
  fingerprint,
  likelyEscapes,
  type SqlDialect,
  SqlLexer,
  type StatementFingerprint,
  TokenKind,
} from '../sql/index.ts'
import type { ErrorEngine } from './error-engine.ts'
import type { ErrorType } from './error-types.ts'

/** Most brackets that are closed for a statement that left them open. */
const OPEN_MAX = 32
/** Begins what a command's id is made of, so that it is none of a statement's. */
const COMMAND_FORM = 'dbmedic-command-1'

/**
 * The id of a statement's class; null without a statement. A statement the server could not read may have a quote too
 * many, so that values look like words: of such a one only the part before the first string counts. What it opened is closed,
 * so that a list without its end is one whatever its length.
 */
export function statementKey(
  engine: ErrorEngine,
  type: ErrorType,
  statement: string | undefined,
): string | null {
  if (statement === undefined || statement.trim() === '') return null
  if (engine.dialect === null) return engine.statementKey?.(statement) ?? null
  return statementClass(engine, type, statement)?.id ?? null
}

/** The class with its text, which holds no literal; null without a statement, or where its command cannot be told. */
export function statementClass(
  engine: ErrorEngine,
  type: ErrorType,
  statement: string | undefined,
): StatementFingerprint | null {
  if (statement === undefined || statement.trim() === '') return null
  if (engine.dialect === null) return commandClass(engine.statementText?.(statement))
  const plain = engine.withoutSpecialStrings?.(statement) ?? statement
  const dialect = likelyEscapes(plain, engine.dialect)
  return fingerprint(type === 'SYNTAX_ERROR' ? certainPart(plain, dialect) : plain, dialect)
}

/** The class of a command with its object, where statements are no SQL. */
const commandClass = (text: string | undefined): StatementFingerprint | null =>
  text === undefined
    ? null
    : {
        id: createHash('sha256').update(`${COMMAND_FORM}\0${text}`).digest('hex').slice(0, 32),
        text,
        truncated: false,
      }

/** The statement, or the part before its first string if a quote may be astray. */
function certainPart(statement: string, dialect: SqlDialect): string {
  const lexer = new SqlLexer(statement, dialect)
  let firstString = -1
  let stringEnd = -1
  let open = 0
  for (let kind = lexer.next(); kind !== TokenKind.end; kind = lexer.next()) {
    const isString = kind === TokenKind.string
    if (isString && firstString < 0) firstString = lexer.start
    open = opened(open, kind === TokenKind.punctuation ? lexer.tokenText() : '')
    const touchesString = lexer.start === stringEnd && (isWordLike(kind) || isString)
    if (!lexer.terminated || touchesString)
      return statement.slice(0, firstString < 0 ? lexer.start : firstString)
    if (isString) stringEnd = lexer.end
  }
  return statement + ')'.repeat(Math.min(open, OPEN_MAX))
}

const opened = (before: number, token: string): number =>
  token === '(' ? before + 1 : token === ')' ? Math.max(0, before - 1) : before

const isWordLike = (kind: number): boolean => kind === TokenKind.word || kind === TokenKind.number
