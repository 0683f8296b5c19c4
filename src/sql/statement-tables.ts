// The tables a statement names, by its words alone: for grouping and explaining, not for deciding what it may do.

import type { SqlDialect } from './dialect.ts'
import { SqlLexer, TokenKind } from './lexer.ts'

/** A table as a statement names it. */
export interface NamedTable {
  /** Without quotes, parts joined by dots, in the spelling of the statement: `shop.orders`. */
  readonly name: string
  /** What the statement calls it from there on; the last part of the name where it gives no other. */
  readonly alias: string
}

/** Most tables returned; a statement that names more is cut there. */
const TABLES_MAX = 16
/** Words after which a table's name comes. */
const LEADS: ReadonlySet<string> = new Set([
  'from',
  'join',
  'into',
  'update',
  'table',
  'truncate',
  'references',
])
/** Words that may stand between such a word and the name. */
const FILLERS: ReadonlySet<string> = new Set(
  'only if not exists ignore low_priority quick concurrently lateral table delayed high_priority'.split(' '),
)
/** Words that cannot be an alias, because they go on with the statement. */
const NOT_ALIASES: ReadonlySet<string> = new Set(
  (
    'where set on using join inner left right full cross natural straight_join order group having limit offset union intersect ' +
    'except values value select default returning for into window fetch partition use force ignore as add drop modify change ' +
    'alter rename tablesample cascade restrict lock engine with like and or'
  ).split(' '),
)
/** Functions in whose parentheses FROM does not name a table. */
const FROM_FUNCTIONS: ReadonlySet<string> = new Set([
  'extract',
  'substring',
  'substr',
  'trim',
  'overlay',
  'position',
])

interface Token {
  readonly kind: number
  readonly text: string
  /** The text in small letters for an unquoted word, else empty. */
  readonly word: string
}

/**
 * The tables of `sql` in order, the target of a change first, each once. Reads words, not grammar: names of
 * WITH queries and of functions in FROM count as tables. Never throws; linear; at most 16.
 */
export function statementTables(sql: string, dialect: SqlDialect): readonly NamedTable[] {
  const reader = new Reader(sql, dialect)
  const found = new Map<string, NamedTable>()
  while (reader.current.kind !== TokenKind.end && found.size < TABLES_MAX) {
    if (!reader.isAtLead()) {
      reader.step()
      continue
    }
    const isList = reader.current.word === 'from'
    reader.step()
    readNames(reader, isList, found)
  }
  return [...found.values()]
}

function readNames(reader: Reader, isList: boolean, found: Map<string, NamedTable>): void {
  do {
    const table = reader.readTable()
    if (table === null) return
    if (!found.has(table.name)) found.set(table.name, table)
  } while (isList && reader.takeComma() && found.size < TABLES_MAX)
}

/** Reads tokens one ahead and keeps what is needed to know where a name may stand. */
class Reader {
  current: Token = { kind: TokenKind.end, text: '', word: '' }
  private previous: Token = { kind: TokenKind.end, text: '', word: '' }
  private readonly lexer: SqlLexer
  /** For each open parenthesis whether the word before it is a function in which FROM names no table. */
  private readonly open: boolean[] = []

  constructor(sql: string, dialect: SqlDialect) {
    this.lexer = new SqlLexer(sql, dialect)
    this.step()
  }

  step(): void {
    const opener = this.current.text === '(' && FROM_FUNCTIONS.has(this.previous.word)
    if (this.current.text === '(') this.open.push(opener)
    if (this.current.text === ')') this.open.pop()
    this.previous = this.current
    let kind = this.lexer.next()
    while (kind === TokenKind.comment || kind === TokenKind.hint) kind = this.lexer.next()
    const text = kind === TokenKind.end ? '' : this.lexer.tokenText()
    this.current = { kind, text, word: kind === TokenKind.word ? text.toLowerCase() : '' }
  }

  isAtLead(): boolean {
    const { word } = this.current
    if (!LEADS.has(word) || this.previous.text === '.') return false
    if (word === 'from') return this.open.at(-1) !== true && this.previous.word !== 'distinct'
    // `FOR UPDATE`, `ON DUPLICATE KEY UPDATE`, `ON UPDATE` and `DO UPDATE` name none.
    if (word === 'update') return this.previous.word === '' || this.previous.word === 'explain'
    return true
  }

  readTable(): NamedTable | null {
    while (FILLERS.has(this.current.word)) this.step()
    const name = this.readName()
    if (name === null) return null
    return { name, alias: this.readAlias() ?? lastPart(name) }
  }

  takeComma(): boolean {
    if (this.current.text !== ',') return false
    this.step()
    return true
  }

  private readName(): string | null {
    const parts: string[] = []
    for (;;) {
      const part = namePart(this.current)
      if (part === null) break
      parts.push(part)
      this.step()
      if (this.current.text !== '.') break
      this.step()
    }
    return parts.length === 0 ? null : parts.join('.')
  }

  private readAlias(): string | null {
    if (this.current.word === 'as') this.step()
    if (NOT_ALIASES.has(this.current.word)) return null
    const alias = namePart(this.current)
    if (alias !== null) this.step()
    return alias
  }
}

function namePart({ kind, text, word }: Token): string | null {
  if (kind === TokenKind.quotedName) return unquoted(text)
  return kind === TokenKind.word && !(LEADS.has(word) || word === 'select') ? text : null
}

function unquoted(text: string): string {
  const close = text.startsWith('[') ? ']' : text.charAt(0)
  const inner = text.length > 1 && text.endsWith(close) ? text.slice(1, -1) : text.slice(1)
  return inner.replaceAll(close + close, close)
}

const lastPart = (name: string): string => name.slice(name.lastIndexOf('.') + 1)
