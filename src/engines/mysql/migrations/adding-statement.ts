/**
 * What one statement of a migration adds. It takes what is listed here and nothing else: whoever approves must be able to see
 * at a glance that nothing is lost and no other table is read, and of what is not listed nobody knows that.
 */
import { TokenKind, type TokenKindValue } from '../../../sql/index.ts'

/** A token of a statement, without comments. */
export interface Token {
  readonly kind: TokenKindValue
  /** Upper case where it is a word; empty for strings and quoted names. */
  readonly word: string
  /** The name it stands for where it may be one. */
  readonly name: string | null
  /** How many brackets are open around it; a bracket stands outside itself. */
  readonly depth: number
}

/** What a statement makes. */
export interface Adds {
  readonly creates: readonly string[]
  readonly adds: readonly { readonly table: string; readonly column: string | null }[]
}

type Refusal = { readonly problem: string }

const NOT_ADDING = 'only CREATE TABLE, CREATE INDEX and ALTER TABLE … ADD are applied here'
/** Words that begin a key or a constraint, not a column. */
const NO_COLUMN = new Set([
  'INDEX',
  'KEY',
  'CONSTRAINT',
  'UNIQUE',
  'PRIMARY',
  'FOREIGN',
  'FULLTEXT',
  'SPATIAL',
  'CHECK',
])
/** Words that nowhere belong to what only adds: rows, files, other servers, other tables. */
const NOT_PLAIN = new Set([
  'SELECT',
  'WITH',
  'VALUES',
  'DIRECTORY',
  'CONNECTION',
  'DROP',
  'PARTITION',
  'PERIOD',
  'SYSTEM',
  'TEMPORARY',
])
const TYPES = new Set(
  (
    'BIT BOOL BOOLEAN TINYINT SMALLINT MEDIUMINT INT INTEGER BIGINT SERIAL DECIMAL DEC NUMERIC FIXED FLOAT DOUBLE REAL ' +
    'DATE TIME DATETIME TIMESTAMP YEAR CHAR CHARACTER VARCHAR NCHAR NVARCHAR BINARY VARBINARY TINYBLOB BLOB MEDIUMBLOB ' +
    'LONGBLOB TINYTEXT TEXT MEDIUMTEXT LONGTEXT ENUM SET JSON UUID INET4 INET6 GEOMETRY POINT LINESTRING POLYGON ' +
    'MULTIPOINT MULTILINESTRING MULTIPOLYGON GEOMETRYCOLLECTION'
  ).split(' '),
)
/** Words of a column’s definition after its type that stand for themselves. */
const ATTRIBUTES = new Set(
  (
    'PRECISION VARYING UNSIGNED SIGNED ZEROFILL NOT NULL DEFAULT AUTO_INCREMENT PRIMARY UNIQUE KEY GENERATED ALWAYS AS ' +
    'VIRTUAL STORED PERSISTENT CHECK ENFORCED ON UPDATE CURRENT_TIMESTAMP NOW LOCALTIME LOCALTIMESTAMP TRUE FALSE ' +
    'INVISIBLE VISIBLE FIRST + -'
  ).split(' '),
)

/** Walks the tokens of a statement, or of a part of it. */
class Cursor {
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  get done(): boolean {
    return this.#at >= this.#tokens.length
  }

  get word(): string {
    return this.#tokens[this.#at]?.word ?? ''
  }

  /** Goes past these words if they are next. */
  take(...words: readonly string[]): boolean {
    const there = words.every((word, at) => this.#tokens[this.#at + at]?.word === word)
    if (there) this.#at += words.length
    return there
  }

  /** Goes past one of the words if it is next. */
  oneOf(words: ReadonlySet<string>): boolean {
    return words.has(this.word) && this.take(this.word)
  }

  name(): string | null {
    const name = this.#tokens[this.#at]?.name ?? null
    if (name !== null) this.#at += 1
    return name
  }

  /** Goes past a string or a number. */
  literal(kinds: readonly TokenKindValue[] = [TokenKind.string, TokenKind.number]): boolean {
    const kind = this.#tokens[this.#at]?.kind
    const there = kind !== undefined && kinds.includes(kind)
    if (there) this.#at += 1
    return there
  }

  /** Goes past what stands in brackets, and gives it; null if no bracket is next. */
  group(): readonly Token[] | null {
    const open = this.#tokens[this.#at]
    if (open?.word !== '(') return null
    const from = this.#at + 1
    const close = this.#tokens.findIndex(
      ({ word, depth }, at) => at >= from && word === ')' && depth === open.depth,
    )
    if (close < 0) return null
    this.#at = close + 1
    return this.#tokens.slice(from, close)
  }
}

const FOREIGN_KEY =
  'it has a foreign key: that locks the table it points at, and needs a right (REFERENCES) the executor is not granted'

/** Reads one statement; its problem is null if it is taken. Never throws. */
export function readAdding(tokens: readonly Token[]): Adds & { readonly problem: string | null } {
  const found = reads(tokens)
  if ('problem' in found) return { creates: [], adds: [], problem: found.problem }
  const pointing = tokens.some(({ word }) => word === 'REFERENCES' || word === 'FOREIGN')
  return { ...found, problem: pointing ? FOREIGN_KEY : null }
}

function reads(tokens: readonly Token[]): Adds | Refusal {
  if (tokens.some(({ word }) => word === '.'))
    return { problem: 'it names a database; files are for their own' }
  const odd = tokens.find(({ word }) => NOT_PLAIN.has(word))
  if (odd !== undefined) return { problem: `it has ${odd.word}, which is more than adding` }
  const cursor = new Cursor(tokens)
  if (cursor.take('CREATE', 'TABLE')) return createsTable(cursor)
  if (cursor.take('CREATE')) return createsIndex(cursor)
  if (cursor.take('ALTER', 'TABLE')) return addsToTable(cursor, tokens)
  return { problem: NOT_ADDING }
}

function createsTable(cursor: Cursor): Adds | Refusal {
  cursor.take('IF', 'NOT', 'EXISTS')
  const table = cursor.name()
  const list = cursor.group()
  if (table === null || list === null) return { problem: 'it is no CREATE TABLE with a list of columns' }
  for (const part of partsOf(list, 1)) {
    const problem = elementProblem(part)
    if (problem !== null) return { problem }
  }
  const problem = optionsProblem(cursor)
  return problem === null ? { creates: [table], adds: [] } : { problem }
}

/** The parts between commas at a depth. */
function partsOf(tokens: readonly Token[], depth: number): readonly (readonly Token[])[] {
  const parts: Token[][] = [[]]
  for (const token of tokens)
    if (token.word === ',' && token.depth === depth) parts.push([])
    else parts.at(-1)?.push(token)
  return parts
}

/** Why a part of a table’s definition is not taken; null if it is a column, key or check. */
const elementProblem = (part: readonly Token[]): string | null =>
  NO_COLUMN.has(part[0]?.word ?? '') ? keyProblem(new Cursor(part)) : columnProblem(new Cursor(part))

/** Words that cannot name a column without quotes, and begin a table made from another one. */
const FROM_ANOTHER = new Set(['LIKE', 'TABLE'])

function columnProblem(cursor: Cursor): string | null {
  if (FROM_ANOTHER.has(cursor.word)) return 'it makes its table from another one'
  if (cursor.name() === null || !cursor.oneOf(TYPES)) return 'it has a column of no type that is known here'
  while (!cursor.done) {
    const { word } = cursor
    if (!attribute(cursor)) return notTaken(word, 'a column')
  }
  return null
}

function attribute(cursor: Cursor): boolean {
  if (cursor.oneOf(ATTRIBUTES) || cursor.literal() || cursor.group() !== null) return true
  if (characterSet(cursor) || cursor.take('COLLATE')) return cursor.name() !== null || cursor.literal()
  if (cursor.take('AFTER') || cursor.take('CONSTRAINT')) return cursor.name() !== null
  if (cursor.word === 'REFERENCES') return pointsAt(cursor)
  return cursor.take('COMMENT') && cursor.literal()
}

/** A foreign key's other side: read so that a file on record says what it made; none is applied here. */
function pointsAt(cursor: Cursor): boolean {
  if (!cursor.take('REFERENCES') || cursor.name() === null || cursor.group() === null) return false
  while (cursor.oneOf(ON_CHANGE));
  return true
}

const ON_CHANGE = new Set(
  'ON DELETE UPDATE CASCADE RESTRICT SET NULL DEFAULT NO ACTION MATCH FULL PARTIAL SIMPLE'.split(' '),
)

const characterSet = (cursor: Cursor): boolean => cursor.take('CHARACTER', 'SET') || cursor.take('CHARSET')

const notTaken = (word: string, where: string): string =>
  `${where} in it has ${/^\w{1,40}$/.test(word) ? word : 'a mark or name'} where nothing like it is known here`

const KINDS = new Set(['UNIQUE', 'FULLTEXT', 'SPATIAL'])
const INDEX_WORDS = new Set(['INDEX', 'KEY'])
const KEY_METHODS = new Set(['BTREE', 'HASH'])

function keyProblem(cursor: Cursor): string | null {
  if (cursor.take('CONSTRAINT') && !['PRIMARY', 'UNIQUE', 'CHECK', 'FOREIGN'].includes(cursor.word))
    cursor.name()
  if (cursor.take('CHECK')) return checkProblem(cursor)
  if (cursor.take('FOREIGN', 'KEY')) return foreignKeyProblem(cursor)
  if (!keyBegins(cursor)) return notTaken(cursor.word, 'a key')
  if (cursor.word !== '(' && cursor.word !== 'USING') cursor.name()
  return keyListProblem(cursor)
}

function checkProblem(cursor: Cursor): string | null {
  if (cursor.group() === null) return notTaken(cursor.word, 'a check')
  cursor.take('NOT')
  cursor.take('ENFORCED')
  return cursor.done ? null : notTaken(cursor.word, 'a check')
}

function foreignKeyProblem(cursor: Cursor): string | null {
  if (cursor.word !== '(') cursor.name()
  return cursor.group() !== null && pointsAt(cursor) && cursor.done ? null : notTaken(cursor.word, 'a key')
}

function keyBegins(cursor: Cursor): boolean {
  if (cursor.take('PRIMARY', 'KEY')) return true
  const kind = cursor.oneOf(KINDS)
  return cursor.oneOf(INDEX_WORDS) || kind
}

/** The columns of a key, and what may stand around them. */
function keyListProblem(cursor: Cursor): string | null {
  if (!method(cursor) || cursor.group() === null) return notTaken(cursor.word, 'a key')
  while (!cursor.done) {
    const { word } = cursor
    if (!keyOption(cursor)) return notTaken(word, 'a key')
  }
  return null
}

const method = (cursor: Cursor): boolean => !cursor.take('USING') || cursor.oneOf(KEY_METHODS)

function keyOption(cursor: Cursor): boolean {
  if (cursor.take('USING')) return cursor.oneOf(KEY_METHODS)
  if (cursor.take('COMMENT')) return cursor.literal([TokenKind.string])
  return false
}

/** Table options, each at most once. */
const OPTIONS: Readonly<Record<string, (cursor: Cursor) => boolean>> = {
  ENGINE: (cursor) => cursor.name()?.toLowerCase() === 'innodb',
  CHARSET: (cursor) => cursor.name() !== null || cursor.literal([TokenKind.string]),
  COLLATE: (cursor) => cursor.name() !== null || cursor.literal([TokenKind.string]),
  COMMENT: (cursor) => cursor.literal([TokenKind.string]),
  ROW_FORMAT: (cursor) => cursor.oneOf(ROW_FORMATS),
  AUTO_INCREMENT: (cursor) => cursor.literal([TokenKind.number]),
}
const ROW_FORMATS = new Set(['DEFAULT', 'DYNAMIC', 'COMPACT', 'COMPRESSED', 'REDUNDANT'])

/** Why what stands after a table’s columns is not taken. */
function optionsProblem(cursor: Cursor): string | null {
  const seen = new Set<string>()
  while (!cursor.done) {
    if (seen.size > 0) cursor.take(',')
    const { word } = cursor
    const option = optionName(cursor)
    const value = option === null || seen.has(option) ? undefined : OPTIONS[option]
    if (option === null || value === undefined) return notTaken(word, 'what follows the columns')
    seen.add(option)
    cursor.take('=')
    if (!value(cursor)) return option === 'ENGINE' ? 'its table is not of InnoDB' : notTaken(word, option)
  }
  return null
}

function optionName(cursor: Cursor): string | null {
  const { word } = cursor
  const isDefault = cursor.take('DEFAULT')
  if (characterSet(cursor)) return 'CHARSET'
  if (cursor.take('COLLATE')) return 'COLLATE'
  return !isDefault && Object.hasOwn(OPTIONS, word) && cursor.take(word) ? word : null
}

function createsIndex(cursor: Cursor): Adds | Refusal {
  cursor.oneOf(KINDS)
  if (!cursor.take('INDEX') || cursor.take('IF') || cursor.name() === null || !method(cursor))
    return { problem: NOT_ADDING }
  const table = cursor.take('ON') ? cursor.name() : null
  if (table === null) return { problem: NOT_ADDING }
  const problem = keyListProblem(cursor)
  return problem === null ? { creates: [], adds: [{ table, column: null }] } : { problem }
}

function addsToTable(cursor: Cursor, tokens: readonly Token[]): Adds | Refusal {
  const table = cursor.name()
  if (table === null) return { problem: NOT_ADDING }
  const adds: { table: string; column: string | null }[] = []
  for (const clause of partsOf(tokens.slice(3), 0)) {
    if (isSetting(new Cursor(clause))) continue
    const found = addedBy(clause)
    if ('problem' in found) return found
    adds.push({ table, column: found.column })
  }
  return adds.length === 0 ? { problem: NOT_ADDING } : { creates: [], adds }
}

/** Ways of altering that keep others at work; what the server cannot do so it refuses. */
const ALGORITHMS = new Set(['INPLACE', 'INSTANT', 'NOCOPY', 'DEFAULT'])
const LOCKS = new Set(['NONE', 'DEFAULT'])

/** Whether a clause says how, not what, and is one of those taken. */
function isSetting(cursor: Cursor): boolean {
  const values = cursor.take('ALGORITHM') ? ALGORITHMS : cursor.take('LOCK') ? LOCKS : null
  if (values === null) return false
  cursor.take('=')
  return cursor.oneOf(values) && cursor.done
}

/** What one clause adds: a column by name, or something else (null). */
function addedBy(clause: readonly Token[]): { readonly column: string | null } | Refusal {
  if (clause[0]?.word !== 'ADD') return { problem: NOT_ADDING }
  const asColumn = clause[1]?.word === 'COLUMN'
  const part = clause.slice(asColumn ? 2 : 1)
  const [first] = part
  if (first === undefined || ['(', 'IF'].includes(first.word))
    return { problem: 'it adds columns in brackets, or only if they are missing' }
  const problem = asColumn ? columnProblem(new Cursor(part)) : elementProblem(part)
  if (problem !== null) return { problem }
  return { column: !asColumn && NO_COLUMN.has(first.word) ? null : first.name }
}
