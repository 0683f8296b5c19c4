// Percona's form of a fingerprint, so that a list of ours can be laid beside pt-query-digest's. It follows
// QueryRewriter::fingerprint of percona-toolkit 3.2 (https://docs.percona.com/percona-toolkit/pt-fingerprint.html)
// step by step, in linear time, and departs from it only where it would show a literal (see the docstring).

import type { SqlDialect } from './dialect.ts'
import { MYSQL } from './dialect.ts'
import { cutText } from './fingerprint.ts'
import { FirstQuotes } from './first-quotes.ts'
import { SqlLexer, TokenKind } from './lexer.ts'
import { likelyEscapes } from './likely-escapes.ts'

/** Percona's quoting: both quotes make strings, every version comment stays as text. */
const PERCONA: SqlDialect = { ...MYSQL, runsVersionComment: (_version, forMariaDb) => !forMariaDb }

/**
 * The statement in Percona's documented form: lower case, white space folded, comments gone (version comments
 * stay), `?` for strings, numbers, NULL, TRUE and FALSE, also for digits inside names (`users_2009` becomes
 * `users_?`), `in(?+)`, `values(?+)`, `limit ?`, repeated UNION parts as a repeat comment, `ASC` dropped after ORDER BY,
 * `use ?`, `call name`, `mysqldump`, `percona-toolkit` and `administrator command: ...`.
 *
 * Where it departs from pt-query-digest 3.2, because that one would show part of a literal or part two values:
 * `'it''s'` is one `?` (there: `??`); `'a\\'`, quotes inside comments and comment marks inside strings do not
 * unbalance the rest; hex digits in upper case (`0xAB`) and `1E5` are literals; `call f('x(1)')` is cut at the first parenthesis;
 * an empty block comment goes; trailing semicolons and outer white space go; ASC is a word, not the beginning of one;
 * where a string is not closed, everything from the first string on is one `?`; where quotes close only if `\` is an
 * ordinary character (NO_BACKSLASH_ESCAPES), it is one.
 *
 * `isCut` says that `sql` is the beginning of a longer statement: a list that is open at its end counts as closed.
 * At most 4096 UTF-16 units; longer ones are cut. Never throws.
 */
export function perconaFingerprint(sql: string, isCut = false): string {
  const special = specialCase(sql)
  if (special !== undefined) return cutText(special)
  const plain = withoutStringsAndComments(sql, isCut)
  const shortened = shortenInsert(plain)
  if (/^use \S+$/i.test(shortened)) return 'use ?'
  const text = asciiLower(foldSpace(replaceNumbers(shortened))).replace(/\bnull\b/g, '?')
  return cutText(collapse(isCut && OPEN_LIST.test(text) ? `${text})` : text))
}

/** A list of values that is not closed by the end of the text. */
const OPEN_LIST = /\b(?:in|values?)[ ,]*\([ ?,]*$/

/** A call of a procedure, its name plain or in backticks, with the schema or without. */
const CALL =
  /^\s*(call\s+(?:[\w$\u0080-\uffff]+|`(?:[^`\s]|``)+`)(?:\.(?:[\w$\u0080-\uffff]+|`(?:[^`\s]|``)+`))*)\(/i

function specialCase(sql: string): string | undefined {
  if (sql.startsWith('SELECT /*!40001 SQL_NO_CACHE */ * FROM `')) return 'mysqldump'
  if (/\/\*\w+\.\w+:[0-9]\/[0-9]\*\//.test(sql)) return 'percona-toolkit'
  if (sql.startsWith('administrator command: ')) return foldSpace(sql.replace(/[;\s]+$/, ''))
  const call = CALL.exec(sql)
  return call?.[1] === undefined ? undefined : asciiLower(foldSpace(call[1]))
}

/** Step 1: strings become `?`, comments vanish. What stays holds no literal but numbers and words. */
function withoutStringsAndComments(sql: string, isCut: boolean): string {
  const lexer = new SqlLexer(sql, likelyEscapes(sql, PERCONA))
  const dashes = new DashComments(sql)
  const quotes = new FirstQuotes()
  let plain = ''
  let copied = 0
  for (let kind = lexer.next(); kind !== TokenKind.end; kind = lexer.next()) {
    if (kind === TokenKind.operator && dashes.beginsAt(lexer.start)) {
      plain += sql.slice(copied, lexer.start)
      lexer.end = dashes.lineEnd
      copied = lexer.end
      continue
    }
    const at = plain.length + lexer.start - copied
    quotes.see(lexer, at)
    const replacement = quotes.isUnclosed ? '?' : replacementOf(lexer)
    if (replacement === undefined) continue
    plain += sql.slice(copied, lexer.start)
    if (quotes.isUnclosed && !isCut) plain = plain.slice(0, quotes.trustedTo)
    plain += replacement
    copied = lexer.end
  }
  return (plain + sql.slice(copied)).replace(/^\s+/, '').replace(/[;\s]+$/, '')
}

function replacementOf(lexer: SqlLexer): string | undefined {
  switch (lexer.kind) {
    case TokenKind.string: {
      const first = lexer.text.charAt(lexer.start)
      return first === "'" || first === '"' ? '?' : `${first}?`
    }
    case TokenKind.comment:
    case TokenKind.hint:
      // A comment to the end of its line leaves the line break, as there.
      return lexer.text[lexer.end - 1] === '\n' ? '\n' : ''
    case TokenKind.userVariable:
      return /["']/.test(lexer.tokenText()) ? '@?' : undefined
    case TokenKind.number:
      return lexer.tokenText().toLowerCase()
    default:
      return undefined
  }
}

/**
 * Percona takes `--` for a comment without white space after it when no quote follows on the line. The positions of
 * the next quote and line end only move forward, which keeps the whole scan linear.
 */
class DashComments {
  lineEnd = -1
  private quote = -1
  private readonly sql: string

  constructor(sql: string) {
    this.sql = sql
  }

  beginsAt(start: number): boolean {
    const sql = this.sql
    if (sql.charCodeAt(start) !== 45 || sql.charCodeAt(start + 1) !== 45) return false
    if (this.lineEnd < start) this.lineEnd = indexOfEither(sql, '\r\n', start)
    if (this.quote < start) this.quote = indexOfEither(sql, `'"`, start)
    return this.lineEnd <= this.quote
  }
}

function indexOfEither(text: string, either: string, from: number): number {
  for (let at = from; at < text.length; at++) if (either.includes(text.charAt(at))) return at
  return text.length
}

/** Step 2: a multi-row INSERT ends after its first row (ON DUPLICATE KEY UPDATE goes with the rest, as there). */
function shortenInsert(plain: string): string {
  const head = /^(?:insert|replace)(?: ignore)?\s+into/i.exec(plain)
  if (head === null) return plain
  const values = /values\s*\(/gi
  values.lastIndex = head[0].length + 1
  if (!values.test(plain)) return plain
  const nextRow = /\)\s*,\s*\(/g
  nextRow.lastIndex = values.lastIndex
  const row = nextRow.exec(plain)
  return row === null ? plain : plain.slice(0, row.index + 1)
}

/** Step 3: numbers, with the deliberately unselective patterns of the original. */
function replaceNumbers(plain: string): string {
  return plain
    .replace(/\bfalse\b|\btrue\b/gi, '?')
    .replace(/[0-9+-][0-9a-f.xb+-]*/g, '?')
    .replace(/[xb.+-]\?/g, '?')
}

/** Step 4: lists, UNION, LIMIT, ASC. */
function collapse(text: string): string {
  const limited = collapseUnions(collapseLists(text)).replace(/\blimit \?(?:, ?\?| offset \?)?/, 'limit ?')
  const orderBy = /\border by /.exec(limited)
  if (orderBy === null) return limited
  const tail = orderBy.index + orderBy[0].length
  return limited.slice(0, tail) + limited.slice(tail).replace(/(?<=.) asc\b/g, '')
}

/** `in (?, ?)` and `values (?, ?), (?, ?)` lose their length. A loop, because a group repeated a million times overflows the regular expression engine. */
function collapseLists(text: string): string {
  const head = /\b(?:in|values?)(?=[ ,]*\()/g
  const list = /[ ,]*\([ ?,]*\)/y
  let collapsed = ''
  let copied = 0
  for (let match = head.exec(text); match !== null; match = head.exec(text)) {
    const listStart = match.index + match[0].length
    let listEnd = listStart
    list.lastIndex = listStart
    while (list.test(text)) listEnd = list.lastIndex
    if (listEnd === listStart) continue
    collapsed += `${text.slice(copied, listStart)}(?+)`
    copied = listEnd
    head.lastIndex = listEnd
  }
  return collapsed + text.slice(copied)
}

/** Selects tried per part of a UNION; more would make a part full of sub-selects quadratic. */
const SELECTS_TRIED = 16

/**
 * `select a union select a union all select a` becomes a repeat comment after the first. A part that is itself a UNION
 * (A union B union A union B) is not folded; the original folds that too, in exponential time.
 */
function collapseUnions(text: string): string {
  const parts = text.split(/( union(?: all)?) /)
  if (parts.length === 1) return text
  let collapsed = ''
  let current = parts[0] as string
  for (let at = 1; at < parts.length; at += 2) {
    const union = parts[at] as string
    const following = parts[at + 1] as string
    const repeated = repeatedSelect(current, following)
    if (repeated === undefined) {
      collapsed += `${current}${union} `
      current = following
      continue
    }
    let last = at
    while (parts[last + 1] === repeated && parts[last + 3]?.startsWith(repeated)) last += 2
    collapsed += `${current} /*repeat${parts[last] as string}*/`
    current = (parts[last + 1] as string).slice(repeated.length)
    at = last
  }
  return collapsed + current
}

/** The longest end of `current` that begins with a SELECT and with which `following` begins. */
function repeatedSelect(current: string, following: string): string | undefined {
  const select = /\bselect /g
  for (let tried = 0; tried < SELECTS_TRIED; tried++) {
    const match = select.exec(current)
    if (match === null) return undefined
    const candidate = current.slice(match.index)
    if (following.startsWith(candidate)) return candidate
  }
  return undefined
}

function foldSpace(text: string): string {
  return text.replace(/[ \n\t\r\f]+/g, ' ')
}

/** Lower case for ASCII only: the original works on bytes. */
function asciiLower(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}
