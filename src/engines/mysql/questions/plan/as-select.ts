/**
 * The rows a changing statement would touch, as a SELECT. The planner's account may not write, so the servers refuse
 * to EXPLAIN an UPDATE or DELETE for it; the plan of this SELECT is how its rows are found.
 */
import { type SqlDialect, SqlLexer, TokenKind } from '../../../../sql/index.ts'

interface Word {
  readonly word: string
  readonly start: number
  readonly end: number
}

/** The SELECT, or null where the statement has no such part (INSERT … VALUES) or another form. */
export function asSelect(text: string, kind: string, dialect: SqlDialect): string | null {
  const words = topLevelWords(text, dialect)
  const at = (...wanted: readonly string[]): Word | undefined =>
    words.find((item) => wanted.includes(item.word))
  if (kind === 'UPDATE') return fromUpdate(text, words, at('set'))
  if (kind === 'DELETE') return fromDelete(text, at('from'), at('using'))
  const select = at('select', 'with')
  return select === undefined ? null : selectUntil(text, select, at('on'))
}

/** `UPDATE [LOW_PRIORITY] [IGNORE] refs SET … [WHERE …]` */
function fromUpdate(text: string, words: readonly Word[], set: Word | undefined): string | null {
  const verb = words.findLast(
    (item) => ['update', 'low_priority', 'ignore'].includes(item.word) && item.start < (set?.start ?? 0),
  )
  if (set === undefined || verb === undefined) return null
  const rest = words.find((item) => ['where', 'order', 'limit'].includes(item.word) && item.start > set.end)
  return `SELECT * FROM ${text.slice(verb.end, set.start)} ${rest === undefined ? '' : text.slice(rest.start)}`
}

/** `DELETE FROM refs …`, `DELETE t FROM refs …`, `DELETE FROM t USING refs …` */
function fromDelete(text: string, from: Word | undefined, using: Word | undefined): string | null {
  const start = using ?? from
  return start === undefined ? null : `SELECT * FROM ${text.slice(start.end)}`
}

/** `INSERT … SELECT … [ON DUPLICATE KEY UPDATE …]`; the ON of a join is deeper or before a join's table and rare here. */
function selectUntil(text: string, select: Word, on: Word | undefined): string | null {
  const isDuplicate = on !== undefined && /^\s+duplicate\b/i.test(text.slice(on.end, on.end + 20))
  return isDuplicate ? text.slice(select.start, on.start) : text.slice(select.start)
}

function topLevelWords(text: string, dialect: SqlDialect): readonly Word[] {
  const lexer = new SqlLexer(text, dialect)
  const words: Word[] = []
  let depth = 0
  for (let kind = lexer.next(); kind !== TokenKind.end; kind = lexer.next()) {
    const token = lexer.tokenText()
    if (token === '(') depth += 1
    else if (token === ')') depth -= 1
    else if (kind === TokenKind.word && depth === 0)
      words.push({ word: token.toLowerCase(), start: lexer.start, end: lexer.end })
  }
  return words
}
