// One entry while it is being read: the header's values, taken from bytes without building strings where it can be
// avoided. The parser reuses one instance for all entries; `toEvent` makes the lasting copy.

import { type Account, NO_ACCOUNT, parseAccount } from './account.ts'
import { parseEntryTime } from './entry-time.ts'
import type { SlowLogEvent } from './event.ts'
import { parseLoggedPlan } from './logged-plan.ts'

/** What a header line turned out to be. */
export type HeaderLine = 'header' | 'text' | 'set' | 'duplicate'

/** No clock or counter of a server reaches this many seconds; MySQL's clock-skew bug (2^64 microseconds) passes it. */
const SECONDS_MAX = 2 ** 32
/** No two clocks of the world differ by more (UTC-12 to UTC+14); what does was set by the session (a replayed binary log). */
const ZONES_APART_MAX_MS = 26 * 3_600_000
const ACCOUNTS_CACHED = 1000
const EXTRA_RANGES_MAX = 2000
const NO_BYTES = Buffer.alloc(0)
const MISSING = -1

/** Carried from one entry to the next, because the server leaves out what did not change. */
export interface SlowLogContext {
  /** The last `# Time:` in milliseconds when it named no zone (MariaDB prints it only when the second changes). */
  readonly localTimeMs: number | undefined
  /** The database of the last `use` line since the log was opened. */
  readonly database: string | undefined
}

/** The entry being read. Numbers are -1 where the entry does not say. Valid only during the parser's callback. */
export class SlowLogEntry {
  /** Microseconds, so that sums are exact. */
  queryMicros = MISSING
  lockMicros = MISSING
  rowsSent = MISSING
  rowsExamined = MISSING
  database: string | undefined
  databaseInferred = false
  isAdministrator = false
  truncated = false
  /** The bytes that hold the text, and where in them. */
  bytes: Buffer = NO_BYTES
  textStart = 0
  textEnd = 0

  private account: Account = NO_ACCOUNT
  private threadId = MISSING
  private absoluteMs: number | undefined
  private startedMs: number | undefined
  private schemaSeen = false
  private localMs: number | undefined
  private lastDatabase: string | undefined
  private accountSeen = false
  /** Header text kept for attributes and plan: as ranges of `headerBytes`, from, to, from, to, ... */
  private readonly extraRanges: number[] = []
  private headerBytes: Buffer = NO_BYTES
  private readonly accounts = new Map<string, Account>()
  private readonly utcOffsetMs: number

  constructor(utcOffsetMinutes: number, context: SlowLogContext | undefined) {
    this.utcOffsetMs = utcOffsetMinutes * 60_000
    this.localMs = context?.localTimeMs
    this.lastDatabase = context?.database
  }

  /** Forgets the entry before; what carries over stays. */
  begin(): void {
    this.queryMicros = MISSING
    this.lockMicros = MISSING
    this.rowsSent = MISSING
    this.rowsExamined = MISSING
    this.database = undefined
    this.databaseInferred = false
    this.isAdministrator = false
    this.truncated = false
    this.account = NO_ACCOUNT
    this.threadId = MISSING
    this.absoluteMs = undefined
    this.startedMs = undefined
    this.schemaSeen = false
    this.accountSeen = false
    this.extraRanges.length = 0
  }

  /** Forgets what carries over: the server opened the log anew. */
  forgetContext(): void {
    this.localMs = undefined
    this.lastDatabase = undefined
  }

  /** What to carry to a reader that goes on after this entry. */
  get context(): SlowLogContext {
    return { localTimeMs: this.localMs, database: this.lastDatabase }
  }

  /** True when the header had what every entry has. */
  get isComplete(): boolean {
    return this.queryMicros >= 0 && this.queryMicros <= SECONDS_MAX * 1e6
  }

  get user(): string | undefined {
    return this.account.user
  }

  /** See {@link SlowLogEvent.at}. */
  get at(): number | undefined {
    if (this.absoluteMs !== undefined) return this.absoluteMs
    const localMs = this.localMs === undefined ? undefined : this.localMs - this.utcOffsetMs
    if (this.startedMs === undefined || localMs === undefined) return this.startedMs ?? localMs
    const apartMs = Math.abs(localMs - this.startedMs) - this.queryMicros / 1000
    return apartMs > ZONES_APART_MAX_MS ? localMs : this.startedMs
  }

  /** The statement. */
  text(): string {
    return this.bytes.toString('utf8', this.textStart, this.textEnd)
  }

  /** Takes one line of the header, from `from` up to its line break at `to`, and says what it was. */
  readLine(bytes: Buffer, from: number, to: number): HeaderLine {
    const first = bytes[from]
    if (first === 35) return this.readHashLine(bytes, from, to)
    if (first === 83 && startsWith(bytes, from, 'SET ')) return this.readSet(bytes, from, to)
    if (first === 117 && startsWith(bytes, from, 'use ')) return this.readUse(bytes, from, to)
    return 'text'
  }

  /** Fills in what the header left out. Call once the header is read. */
  finishHeader(): void {
    if (this.lockMicros > SECONDS_MAX * 1e6) this.lockMicros = MISSING
    if (this.database !== undefined || this.schemaSeen) return
    this.database = this.lastDatabase
    this.databaseInferred = this.database !== undefined
  }

  /** Lets go of the bytes the header was read from, because their owner may reuse them. */
  detach(): void {
    if (this.extraRanges.length === 0) return
    const from = this.extraRanges[0] as number
    const to = this.extraRanges.at(-1) as number
    this.headerBytes = Buffer.from(this.headerBytes.subarray(from, to))
    this.extraRanges.forEach((index, at) => {
      this.extraRanges[at] = index - from
    })
  }

  /** A lasting copy. */
  toEvent(): SlowLogEvent {
    const lines = this.extraLines()
    const attributes = attributesOf(lines)
    return {
      at: this.at,
      startedAt: this.startedMs,
      user: this.account.user,
      host: this.account.host,
      connectionId: present(this.threadId),
      database: this.database,
      databaseInferred: this.databaseInferred,
      queryTimeSeconds: this.queryMicros / 1e6,
      lockTimeSeconds: this.lockMicros < 0 ? undefined : this.lockMicros / 1e6,
      rowsSent: present(this.rowsSent),
      rowsExamined: present(this.rowsExamined),
      rowsAffected: count(attributes['Rows_affected']),
      bytesSent: count(attributes['Bytes_sent']),
      kind: this.isAdministrator ? 'administrator' : 'statement',
      text: this.text(),
      truncated: this.truncated,
      attributes,
      plan: parseLoggedPlan(lines),
    }
  }

  private readHashLine(bytes: Buffer, from: number, to: number): HeaderLine {
    const mark = bytes[from + 2]
    if (mark === 84 && startsWith(bytes, from, '# Time: ')) return this.readTime(bytes, from + 8, to)
    if (mark === 85 && startsWith(bytes, from, '# User@Host: ')) return this.readAccount(bytes, from + 13, to)
    if (mark === 81 && startsWith(bytes, from, '# Query_time: ')) {
      if (this.queryMicros >= 0) return 'duplicate'
      this.readNumbers(bytes, from + 2, to)
      return 'header'
    }
    if (mark === 97 && startsWith(bytes, from, '# administrator command: ')) return 'text'
    this.readOther(bytes, from, to)
    return 'header'
  }

  private readOther(bytes: Buffer, from: number, to: number): void {
    if (startsWith(bytes, from, '# Thread_id: ')) this.readThread(bytes, from + 13, to)
    else if (startsWith(bytes, from, '# Schema: ')) this.readSchema(bytes, from + 10, to)
    else this.keepExtra(bytes, from, to)
  }

  private readTime(bytes: Buffer, from: number, to: number): HeaderLine {
    if (this.accountSeen || this.queryMicros >= 0 || this.absoluteMs !== undefined) return 'duplicate'
    const time = parseEntryTime(bytes, from, to)
    if (time?.isAbsolute) {
      this.absoluteMs = time.ms
      this.localMs = undefined
    } else if (time !== undefined) this.localMs = time.ms
    // Some versions write the account on the same line.
    const end = time?.end ?? from
    const account = to - end < 13 ? -1 : bytes.subarray(0, to).indexOf('# User@Host: ', end)
    return account >= 0 ? this.readAccount(bytes, account + 13, to) : 'header'
  }

  private readAccount(bytes: Buffer, from: number, to: number): HeaderLine {
    if (this.queryMicros >= 0) return 'duplicate'
    this.accountSeen = true
    // The account ends with the address in brackets; what follows, the connection's id, differs for every entry.
    const close = bytes.lastIndexOf(93, to - 1)
    const end = close < from ? to : close + 1
    const key = bytes.toString('latin1', from, end)
    let account = this.accounts.get(key)
    if (account === undefined) {
      account = parseAccount(bytes.toString('utf8', from, end))
      if (this.accounts.size >= ACCOUNTS_CACHED) this.accounts.clear()
      this.accounts.set(key, account)
    }
    this.account = account
    this.readId(bytes, end, to)
    return 'header'
  }

  /** `  Id:    16`. */
  private readId(bytes: Buffer, from: number, to: number): void {
    let at = from
    while (at < to && bytes[at] === 32) at++
    if (!startsWith(bytes, at, 'Id:')) return
    at += 3
    while (at < to && bytes[at] === 32) at++
    this.threadId = integer(bytes, at, tokenEnd(bytes, at, to))
  }

  /** The four numbers every server writes in this order; the rest of the line is kept as attributes. */
  private readNumbers(bytes: Buffer, from: number, to: number): void {
    let at = from
    for (let field = 0; field < 4; field++) {
      while (at < to && bytes[at] !== 58) at++
      at++
      while (at < to && (bytes[at] === 32 || bytes[at] === 9)) at++
      const end = tokenEnd(bytes, at, to)
      if (end === at) return
      if (field === 0) this.queryMicros = micros(bytes, at, end)
      else if (field === 1) this.lockMicros = micros(bytes, at, end)
      else if (field === 2) this.rowsSent = integer(bytes, at, end)
      else this.rowsExamined = integer(bytes, at, end)
      at = end
    }
    if (to - at > 2) this.keepExtra(bytes, at, to)
  }

  private readThread(bytes: Buffer, from: number, to: number): void {
    const end = tokenEnd(bytes, from, to)
    this.threadId = integer(bytes, from, end)
    const schema = bytes.indexOf('Schema: ', end)
    if (schema >= 0 && schema < to) this.readSchema(bytes, schema + 8, to)
    else if (end < to) this.keepExtra(bytes, end, to)
  }

  /** `Schema: shop  QC_hit: No`; an empty schema is followed by two blanks and the next name. */
  private readSchema(bytes: Buffer, from: number, to: number): void {
    this.schemaSeen = true
    const end = tokenEnd(bytes, from, to)
    const isNext = bytes[end - 1] === 58
    if (end > from && !isNext) {
      this.database = this.sameOr(bytes, from, end)
      this.lastDatabase = this.database
    }
    const rest = isNext ? from : end
    if (rest < to) this.keepExtra(bytes, rest, to)
  }

  private readUse(bytes: Buffer, from: number, to: number): HeaderLine {
    if (bytes[to - 1] !== 59 || this.startedMs !== undefined) return 'text'
    const quoted = bytes[from + 4] === 96 && bytes[to - 2] === 96
    const name = quoted
      ? bytes.toString('utf8', from + 5, to - 2).replaceAll('``', '`')
      : this.sameOr(bytes, from + 4, to - 1)
    this.database = name
    this.lastDatabase = name
    return 'header'
  }

  /** The name in these bytes, as the same string object as last time when it did not change. */
  private sameOr(bytes: Buffer, from: number, to: number): string {
    const last = this.lastDatabase
    if (last !== undefined && last.length === to - from && bytes.toString('latin1', from, to) === last)
      return last
    return bytes.toString('utf8', from, to)
  }

  /** `SET timestamp=1795233140;`, or with `last_insert_id=` and `insert_id=` before it. Ends the header. */
  private readSet(bytes: Buffer, from: number, to: number): HeaderLine {
    const mark = startsWith(bytes, from + 4, 'timestamp=') ? from + 4 : bytes.indexOf('timestamp=', from)
    if (mark < 0 || mark >= to || bytes[to - 1] !== 59) return 'text'
    if (
      mark !== from + 4 &&
      !/^SET (?:(?:last_)?insert_id=\d+,)+$/.test(bytes.toString('latin1', from, mark))
    )
      return 'text'
    const value = micros(bytes, mark + 10, to - 1)
    if (value < 0) return 'text'
    this.startedMs = value / 1000
    return 'set'
  }

  private keepExtra(bytes: Buffer, from: number, to: number): void {
    this.headerBytes = bytes
    if (this.extraRanges.length < EXTRA_RANGES_MAX) this.extraRanges.push(from, to)
  }

  private extraLines(): string[] {
    const lines: string[] = []
    for (let at = 0; at < this.extraRanges.length; at += 2)
      lines.push(this.headerBytes.toString('utf8', this.extraRanges[at], this.extraRanges[at + 1]))
    return lines
  }
}

/** Every `Name: value` in these header lines. */
function attributesOf(lines: readonly string[]): Record<string, string> {
  const attributes: Record<string, string> = {}
  for (const line of lines) {
    if (line.startsWith('# explain: ')) continue
    for (const match of line.matchAll(/([A-Za-z]\w*): +(\S+)/g))
      attributes[match[1] as string] = match[2] as string
  }
  return attributes
}

function present(value: number): number | undefined {
  return value < 0 ? undefined : value
}

function count(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined
}

/** True when `bytes` has the ASCII `text` at `at`. */
export function startsWith(bytes: Uint8Array, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false
  return true
}

function tokenEnd(bytes: Uint8Array, from: number, to: number): number {
  let at = from
  while (at < to && (bytes[at] as number) > 32) at++
  return at
}

/** A count; -1 when these bytes are not one. */
function integer(bytes: Uint8Array, from: number, to: number): number {
  let value = 0
  for (let at = from; at < to; at++) {
    const digit = (bytes[at] as number) - 48
    if (digit < 0 || digit > 9) return MISSING
    value = value * 10 + digit
  }
  return to > from ? value : MISSING
}

/** A decimal number of seconds as microseconds, rounded; -1 when these bytes are not one. */
function micros(bytes: Uint8Array, from: number, to: number): number {
  let value = 0
  let scale = 0
  for (let at = from; at < to; at++) {
    const byte = bytes[at] as number
    if (byte === 46 && scale === 0) {
      scale = 1
      continue
    }
    const digit = byte - 48
    if (digit < 0 || digit > 9) return MISSING
    value = value * 10 + digit
    if (scale > 0) scale *= 10
  }
  if (to === from || scale === 1) return MISSING
  return scale === 0 ? value * 1e6 : scale === 1e6 ? value : Math.round((value / scale) * 1e6)
}
