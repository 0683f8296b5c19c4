// Reads the two lines that describe a lock. A line that does not fit whole is refused: half a lock line would turn
// "locks rec but not gap" into a next-key lock.

import type { DeadlockLock, LockKind, LockMode } from './deadlock.ts'

/** A lock line as printed. */
export interface LockLine {
  /** Without heap numbers yet: they follow on lines of their own. */
  readonly lock: DeadlockLock
  /** The transaction it belongs to, as printed. */
  readonly trxId: string
  /** True when it was a request and not yet granted. */
  readonly waiting: boolean
}

/** In double quotes where the session that printed has `ANSI_QUOTES`. */
const NAME = '(?:`(?:[^`]|``)*`|"(?:[^"]|"")*")'
/** MySQL 5.0 wrote `` `schema/table` ``; people who share a report strip the schema, or quotes. */
const TABLE = `(${NAME}\\.${NAME}|${NAME}|[^\\s\`".]+\\.[^\\s\`".]+)(?: /\\* (.*?) \\*/)?`
const OWNER = ' trx id (\\d+(?: \\d+)?|[0-9A-Fa-f]+|\\(?0x[0-9a-f]+\\)?)'
const MODE = ' lock[_ ]mode (AUTO-INC|IS|IX|S|X)'
/** Percona Server 5.6 and MariaDB 10.0-10.1 add the times; they are not read. */
const TIMES = '(?: lock hold time \\d+ wait time before grant \\d+)?'

const RECORD_LOCKS = new RegExp(
  `^RECORD LOCKS space id (\\d+) page no (\\d+) n bits \\d+ index (.+) of table ${TABLE}` +
    `(?: trx table locks \\d+ total table locks \\d+ )?${OWNER}${MODE}` +
    `( locks gap before rec)?( locks rec but not gap)?( insert intention)?( waiting)?${TIMES}$`,
)
const TABLE_LOCK = new RegExp(
  `^TABLE LOCK table ${TABLE}(?: trx table locks \\d+ total table locks \\d+ )?${OWNER}${MODE}( waiting)?${TIMES}$`,
)

/** Longest line tried, in UTF-16 units: names are at most 64 characters, eight of them with quotes and encoding. */
const LOCK_LINE_MAX = 4096

/** True when the line begins as a lock line does, whole or not. */
export function beginsLockLine(text: string): boolean {
  return text.startsWith('RECORD LOCKS ') || text.startsWith('TABLE LOCK ')
}

/** The lock of a `RECORD LOCKS` or `TABLE LOCK` line (trimmed); null when the line is cut or is not one. */
export function parseLockLine(text: string): LockLine | null {
  if (text.length > LOCK_LINE_MAX) return null
  const record = RECORD_LOCKS.exec(text)
  if (record) return recordLock(record)
  const table = TABLE_LOCK.exec(text)
  if (!table) return null
  const [, name = '', comment, trxId = '', mode, waiting] = table
  const lock = {
    table: tableName(name),
    index: null,
    mode: mode as LockMode,
    gap: 'table' as const,
    record: null,
    ...partition(comment),
  }
  return { lock, trxId: bareId(trxId), waiting: waiting !== undefined }
}

function recordLock(match: RegExpExecArray): LockLine {
  const [, space, page, index = '', name = '', comment, trxId = '', mode] = match
  const [before, notGap, insert, waiting] = match.slice(8)
  return {
    lock: {
      table: tableName(name),
      index: unquoted(index),
      mode: mode as LockMode,
      gap: kindOf(before !== undefined, notGap !== undefined, insert !== undefined),
      record: { space: Number(space), page: Number(page), heap: null },
      ...partition(comment),
    },
    trxId: bareId(trxId),
    waiting: waiting !== undefined,
  }
}

function kindOf(before: boolean, notGap: boolean, insert: boolean): LockKind {
  if (insert) return 'insert_intention'
  if (before) return 'gap'
  return notGap ? 'rec_not_gap' : 'next_key'
}

const PAIR = new RegExp(`^(${NAME})\\.(${NAME})$`)

/** Names without a dot or backtick: `a.b`; else quoted again, so that no dot can be mistaken. */
function tableName(text: string): string {
  const parts = namesOf(text).map(unquoted)
  if (parts.every((part) => !/[.`]/.test(part))) return parts.join('.')
  return parts.map((part) => `\`${part.replaceAll('`', '``')}\``).join('.')
}

function namesOf(text: string): string[] {
  const pair = PAIR.exec(text)
  if (pair) return [String(pair[1]), String(pair[2])]
  return isQuoted(text) ? unquoted(text).split('/') : text.split('.')
}

/** Quotes come off only as a pair: MySQL 5.7 and newer print index names bare, and a name may hold a backtick. */
function unquoted(name: string): string {
  if (!isQuoted(name)) return name
  const quote = name.charAt(0)
  return name.slice(1, -1).replaceAll(quote + quote, quote)
}

function isQuoted(name: string): boolean {
  return name.length > 1 && /^[`"]/.test(name) && name.endsWith(name.charAt(0))
}

const PARTITION = new RegExp(
  `^(?:Temporary |Renamed )?Partition (${NAME})(?:, (?:Temporary |Renamed )?Subpartition (${NAME}))?$`,
)

function partition(comment: string | undefined): { partition?: string } {
  const found = comment && PARTITION.exec(comment)
  if (!found) return {}
  const names = [found[1], found[2]].flatMap((name) => (name === undefined ? [] : [unquoted(name)]))
  return { partition: names.join('/') }
}

/** MariaDB prints an address in brackets where a transaction has no id. */
export function bareId(text: string): string {
  return text.replace(/^\((.*)\)$/, '$1')
}
