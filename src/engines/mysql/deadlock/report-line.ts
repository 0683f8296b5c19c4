// Tells what one line of a status text or error log is to a deadlock report. Looks at one line at a time: whether a
// heading stands where it may, or inside a statement, is the reader's business.

import { bareId, beginsLockLine, type LockLine, parseLockLine } from './lock-line.ts'
import { isoTime, TIME_PREFIX } from './report-time.ts'
import { parseThreadLine, type ThreadLine } from './thread-line.ts'

/** What a line says. `n` is the number in `*** (n)`; null where the server prints none (MariaDB, too-deep reports). */
export type LineMeaning =
  | { readonly kind: 'detected' }
  | { readonly kind: 'latest' }
  | { readonly kind: 'too-deep' }
  | { readonly kind: 'transaction-heading'; readonly n: number | null }
  | { readonly kind: 'holds'; readonly n: number | null }
  | { readonly kind: 'waits'; readonly n: number | null }
  | { readonly kind: 'conflicts' }
  | { readonly kind: 'victim'; readonly n: number }
  | { readonly kind: 'transaction'; readonly trxId: string }
  | { readonly kind: 'thread'; readonly thread: ThreadLine }
  | { readonly kind: 'tables-in-use' | 'lock-count' }
  | { readonly kind: 'lock'; readonly lock: LockLine | null }
  | { readonly kind: 'record'; readonly heap: number }
  | { readonly kind: 'values'; readonly first: boolean }
  | { readonly kind: 'time' }
  | { readonly kind: 'section-end' }
  | { readonly kind: 'status-begin' | 'status-end' | 'foreign-key-section' }
  | { readonly kind: 'truncated' }
  | { readonly kind: 'other-dump' }
  | { readonly kind: 'text' }

/** One line, taken apart. */
export interface ReportLine {
  /** The line as it came, without its end. */
  readonly text: string
  /** Its length in bytes as it came: the server cuts statements at a number of bytes. */
  readonly bytes: number
  /** True when it carries an error log's prefix (time, level, subsystem). */
  readonly logged: boolean
  /** Its time, ISO 8601 as in {@link Deadlock.at}; null when it has none. */
  readonly at: string | null
  readonly meaning: LineMeaning
}

const TEXT: LineMeaning = { kind: 'text' }
const TIME: LineMeaning = { kind: 'time' }
const VALUES: LineMeaning = { kind: 'values', first: false }
const FIRST_VALUES: LineMeaning = { kind: 'values', first: true }

/** Longest line whose meaning is looked for; every longer one is text. */
const MEANING_MAX = 4096

/** Takes one line apart. Never throws; linear. */
export function reportLine(text: string, bytes: number): ReportLine {
  if (text.length > MEANING_MAX) return { text, bytes, logged: false, at: null, meaning: TEXT }
  const trimmed = text.trim()
  const first = trimmed.charCodeAt(0)
  const digit = first >= 48 && first <= 57
  const prefix = digit ? logPrefix(trimmed) : first === 123 ? jsonLog(trimmed) : null
  if (!prefix) return { text, bytes, logged: false, at: null, meaning: meaningOf(trimmed) }
  const { time, body, bare } = prefix
  const meaning: LineMeaning = bare ? TIME : meaningOf(body)
  // Almost every line of a log is of no interest: its time is not worth the reading.
  const at = meaning === TEXT || time === null ? null : isoTime(time)
  return { text, bytes, logged: !bare, at, meaning }
}

interface LogPrefix {
  readonly time: RegExpExecArray | null
  readonly body: string
  /** A time with at most a thread handle behind it: a heading of status texts, not of logs. */
  readonly bare: boolean
}

/**
 * After the time: a thread, a level and MySQL 8's codes in brackets, `InnoDB:`. Up to 5.6 the thread handle and
 * `InnoDB:` touch each other or the time.
 */
const AFTER_TIME = /^ *(?:(?:0x)?[0-9a-f]+(?= |$|InnoDB))? *((?:\[[\w-]+\] ?)*)(InnoDB:)? *(.*)$/s

function logPrefix(text: string): LogPrefix | null {
  const time = TIME_PREFIX.exec(text)
  if (!time) return null
  const rest = AFTER_TIME.exec(text.slice(time[0].length))
  if (!rest) return null
  const [, levels = '', subsystem, body = ''] = rest
  const bare = levels === '' && subsystem === undefined && body.trim() === ''
  return { time, body: body.trim(), bare }
}

/** MySQL 8's JSON log sink writes the headings as objects; the bodies come as plain lines between them. */
function jsonLog(text: string): LogPrefix | null {
  if (!/^\{ ?"/.test(text) || !text.endsWith('}') || !text.includes('"msg"')) return null
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed !== 'object' || parsed === null || !('msg' in parsed)) return null
    const time = 'time' in parsed ? TIME_PREFIX.exec(String(parsed.time)) : null
    return { time, body: String(parsed.msg).trim(), bare: false }
  } catch {
    return null
  }
}

const DETECTED = /^(?:InnoDB: ?)?[Tt]ransactions deadlock detected, dumping detailed information\.?$/
const TRANSACTION = /^TRANSACTION (\(0x[0-9a-fA-F]+\)|\d+ \d+|[0-9A-Fa-f]+), /
const HEAP = /^Record lock, heap no (\d{1,6})(?: |$)/

/** One column of a locked record: personal data, which goes no further. Aurora writes `len=4; bufptr=...; hex= ...`. */
const COLUMN = /^\d+: (?:len[ =]\d+;|SQL NULL)/

/** What a line that means anything may begin with. */
const BEGINNINGS = /^[*RTLFEM.mtI0-9]/

/** The meaning of a trimmed line without log prefix. */
function meaningOf(body: string): LineMeaning {
  if (!BEGINNINGS.test(body)) return TEXT
  if (COLUMN.test(body)) return body.startsWith('0:') ? FIRST_VALUES : VALUES
  if (body.startsWith('*** ')) return starMeaning(body)
  if (beginsLockLine(body)) return { kind: 'lock', lock: parseLockLine(body) }
  const fixed = FIXED.get(body)
  if (fixed) return { kind: fixed }
  const heap = HEAP.exec(body)
  if (heap) return { kind: 'record', heap: Number(heap[1]) }
  const transaction = TRANSACTION.exec(body)
  if (transaction) return { kind: 'transaction', trxId: bareId(String(transaction[1])) }
  return threadMeaning(body) ?? bulkMeaning(body)
}

const FIXED: ReadonlyMap<
  string,
  'latest' | 'section-end' | 'truncated' | 'foreign-key-section' | 'status-end'
> = new Map([
  ['LATEST DETECTED DEADLOCK', 'latest'],
  ['TRANSACTIONS', 'section-end'],
  ['FILE I/O', 'section-end'],
  ['LATEST FOREIGN KEY ERROR', 'foreign-key-section'],
  ['END OF INNODB MONITOR OUTPUT', 'status-end'],
  ['... truncated...', 'truncated'],
])

function threadMeaning(body: string): LineMeaning | null {
  if (!body.startsWith('M')) return null
  const thread = parseThreadLine(body)
  return thread && { kind: 'thread', thread }
}

/** The lines that begin like others and vary: the counts of a transaction, the beginnings of dumps. */
function bulkMeaning(body: string): LineMeaning {
  if (/^mysql tables in use \d+, locked \d+$/.test(body)) return { kind: 'tables-in-use' }
  if (/^(?:[A-Z ]+ )?\d+ lock struct\(s\), heap size /.test(body)) return { kind: 'lock-count' }
  if (DETECTED.test(body)) return { kind: 'detected' }
  if (body.startsWith('TOO DEEP OR LONG SEARCH IN THE LOCK TABLE')) return { kind: 'too-deep' }
  if (body.endsWith('INNODB MONITOR OUTPUT')) return { kind: 'status-begin' }
  return TEXT
}

const STAR =
  /^\*\*\* (?:\((\d{1,4})\) )?(TRANSACTION|HOLDS THE LOCK(?:\(S\))?|CONFLICTING WITH|WAITING FOR THIS LOCK TO BE GRANTED):$/
/** What surrounds a text in a table or a literal may stand behind it. */
const VICTIM = /^\*\*\* WE ROLL BACK TRANSACTION \((\d{1,4})\)(?:$|\\n|[ "'|])/

/** `*** ...` headings. Galera prints conflicts of replication in the same form: they are no deadlocks. */
function starMeaning(body: string): LineMeaning {
  const victim = VICTIM.exec(body)
  if (victim) return { kind: 'victim', n: Number(victim[1]) }
  if (/^\*\*\* (?:Priority|Victim) TRANSACTION:$/i.test(body)) return { kind: 'other-dump' }
  const star = STAR.exec(body)
  if (!star) return TEXT
  const n = star[1] === undefined ? null : Number(star[1])
  switch (star[2]) {
    case 'TRANSACTION':
      return { kind: 'transaction-heading', n }
    case 'CONFLICTING WITH':
      return { kind: 'conflicts' }
    case 'WAITING FOR THIS LOCK TO BE GRANTED':
      return { kind: 'waits', n }
    default:
      return { kind: 'holds', n }
  }
}
