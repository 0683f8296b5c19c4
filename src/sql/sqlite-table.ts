/**
 * Where the parts of a table's definition stand in its CREATE TABLE as SQLite keeps it in sqlite_schema, so that one part
 * can be exchanged and every other byte stays. Cut by the dialect's tokens; what is read is only ever a claim, which
 * the reader compares with what SQLite itself says of the table.
 */
import { SQLITE } from './dialect.ts'
import { SqlLexer, TokenKind, type TokenKindValue } from './lexer.ts'

/** A part of a text: UTF-16 indexes of its first character and after its last. */
export interface Place {
  readonly start: number
  readonly end: number
}

/** One column of the definition. */
export interface DefinedColumn {
  /** Its name without quotes. */
  readonly name: string
  /** Its type as written, quotes included; an empty place right behind the name where none is. */
  readonly type: Place
}

/** A CREATE TABLE, taken apart. */
export interface DefinedTable {
  readonly sql: string
  readonly name: Place
  readonly columns: readonly DefinedColumn[]
  readonly strict: boolean
  readonly withoutRowid: boolean
  readonly autoincrement: boolean
}

interface Token extends Place {
  readonly kind: TokenKindValue
  /** As written. */
  readonly text: string
  /** A bare word in upper case, or a mark; empty for what is quoted, which is never a keyword. */
  readonly word: string
}

/** Begins a table constraint. All are reserved words: no bare name of a column is one. */
const TABLE_CONSTRAINTS = new Set(['CONSTRAINT', 'PRIMARY', 'UNIQUE', 'CHECK', 'FOREIGN'])
/** Ends the type of a column: what may begin a column constraint and may not be a bare name (SQLite's parse.y). */
const COLUMN_CONSTRAINTS = new Set([
  ...['CONSTRAINT', 'PRIMARY', 'NOT', 'NULL', 'UNIQUE', 'CHECK', 'DEFAULT', 'COLLATE', 'REFERENCES', 'AS'],
  'DEFERRABLE',
])
const NAMES: ReadonlySet<TokenKindValue> = new Set([TokenKind.word, TokenKind.quotedName, TokenKind.string])

/** The parts of the definition; null for anything that is not surely a plain CREATE TABLE as SQLite keeps it. */
export function readSqliteTable(sql: string): DefinedTable | null {
  const tokens = tokensOf(sql)
  const name = tokens === null ? null : nameIn(tokens)
  if (tokens === null || name === null) return null
  const parts = partsOf(tokens, 3)
  const options = parts === null ? null : optionsOf(parts.rest)
  if (parts === null || options === null) return null
  const defined = parts.items.filter(([first]) => !TABLE_CONSTRAINTS.has(first?.word ?? ''))
  const columns = defined.map(columnOf)
  if (columns.length === 0 || !columns.every((column) => column !== null)) return null
  const autoincrement = defined.flat().some(({ word }) => word === 'AUTOINCREMENT')
  return { sql, name, columns, ...options, autoincrement }
}

/** The name between CREATE TABLE and the first bracket. */
function nameIn([create, table, name, open]: readonly Token[]): Place | null {
  if (create?.word !== 'CREATE' || table?.word !== 'TABLE' || open?.word !== '(') return null
  return name !== undefined && NAMES.has(name.kind) ? { start: name.start, end: name.end } : null
}

/** The definition with other parts in some places. The places must not overlap. */
export function withParts(sql: string, parts: readonly (Place & { readonly text: string })[]): string {
  let [text, at] = ['', 0]
  for (const part of parts.toSorted((a, b) => a.start - b.start)) {
    text += sql.slice(at, part.start) + part.text
    at = part.end
  }
  return text + sql.slice(at)
}

/** Null where a quote or a comment never ends, or a character has no meaning. */
function tokensOf(sql: string): Token[] | null {
  const lexer = new SqlLexer(sql, SQLITE)
  const tokens: Token[] = []
  while (lexer.next() !== TokenKind.end) {
    const { kind, start, end } = lexer
    if (!lexer.terminated || kind === TokenKind.junk) return null
    if (kind === TokenKind.comment) continue
    const text = lexer.tokenText()
    const isQuoted = kind === TokenKind.quotedName || kind === TokenKind.string
    tokens.push({ kind, start, end, text, word: isQuoted ? '' : text.toUpperCase() })
  }
  return tokens
}

/** The items between the bracket at `open` and the one that closes it, and what follows. */
function partsOf(
  tokens: readonly Token[],
  open: number,
): { readonly items: readonly Token[][]; readonly rest: readonly Token[] } | null {
  const items: Token[][] = [[]]
  let depth = 0
  for (const [index, token] of tokens.entries()) {
    if (index < open) continue
    if (token.word === ')') depth--
    if (depth === 0 && token.word === ')') return { items, rest: tokens.slice(index + 1) }
    if (depth === 1 && token.word === ',') items.push([])
    else if (depth > 0) items.at(-1)?.push(token)
    if (token.word === '(') depth++
  }
  return null
}

function columnOf(item: readonly Token[]): DefinedColumn | null {
  const [name] = item
  if (name === undefined || !NAMES.has(name.kind)) return null
  const words = item.slice(1)
  const next = words.findIndex(({ kind, word }) => !NAMES.has(kind) || COLUMN_CONSTRAINTS.has(word))
  let named = next === -1 ? words.length : next
  // Both are names to the parser, and SQLite takes them off the end of a type.
  if (words[named - 2]?.word === 'GENERATED' && words[named - 1]?.word === 'ALWAYS') named -= 2
  const [first] = words
  const last = closing(words, named) ?? words[named - 1]
  const type =
    named === 0 || first === undefined || last === undefined
      ? { start: name.end, end: name.end }
      : { start: first.start, end: last.end }
  return { name: unquoted(name), type }
}

/** The bracket that closes `(10, 2)` behind a type's words; null where there is none. */
function closing(words: readonly Token[], named: number): Token | null {
  if (words[named]?.word !== '(') return null
  return words.slice(named).find(({ word }) => word === ')') ?? null
}

/** A name without its quotes. */
function unquoted({ kind, text }: Token): string {
  if (kind === TokenKind.word) return text
  const [quote = ''] = text
  if (quote === '[') return text.slice(1, -1)
  return text.slice(1, -1).replaceAll(quote + quote, quote)
}

/** STRICT and WITHOUT ROWID behind the bracket; null where something else stands there. */
function optionsOf(rest: readonly Token[]): Pick<DefinedTable, 'strict' | 'withoutRowid'> | null {
  const words = rest.map(({ word }) => word).join(' ')
  const options = words === '' ? [] : words.split(' , ')
  if (!options.every((option) => option === 'STRICT' || option === 'WITHOUT ROWID')) return null
  return { strict: options.includes('STRICT'), withoutRowid: options.includes('WITHOUT ROWID') }
}
