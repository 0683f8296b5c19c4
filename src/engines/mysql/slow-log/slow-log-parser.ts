// Cuts a slow log into entries as its bytes arrive, in memory bounded by the longest statement kept. It decides where
// an entry ends; what the header says is slow-log-entry's matter.

import {
  BYTE_ORDER_MARK_BYTES,
  bannerAt,
  byteOrderMarkAt,
  followsStatement,
  headerAt,
  isBannerLine,
  lineEnd,
  MAX_HEADER_BYTES,
  mayBeBanner,
  textEnd,
} from './entry-boundary.ts'
import { type SlowLogContext, SlowLogEntry, startsWith } from './slow-log-entry.ts'
import { looksLikeOpeningQuote, StatementState } from './statement-state.ts'

/** Options of {@link SlowLogParser}. */
export interface SlowLogParserOptions {
  /** Longest statement kept, in bytes; the rest is read past and the entry marked. Default 1 MiB. */
  readonly maxStatementBytes?: number
  /** Zone of local `# Time:` lines, in minutes east of UTC; used only where an entry has nothing better. Default 0. */
  readonly utcOffsetMinutes?: number
  /** What an earlier reader of the same file carried over. */
  readonly context?: SlowLogContext | undefined
  /** True to hand out a statement that is too long as soon as that is known, instead of when its end is found. */
  readonly emitOversizeEarly?: boolean
}

const MAX_STATEMENT_BYTES = 1024 * 1024
/** How many header-like places inside one literal are looked past before the literal is taken for unclosed. */
const MAX_SUSPECTS = 40
const MAX_SUSPECT_BYTES = 256 * 1024
const ADMINISTRATOR = '# administrator command: '
const NEWLINE = 10
const HASH = 35
const SEMICOLON = 59

const NO_BYTES = Buffer.alloc(0)

/**
 * A push parser for the slow logs of MySQL 5.x to 9, MariaDB and Percona Server. Give it the file's bytes in pieces of
 * any size and call {@link end}; it calls `onEntry` with one reused {@link SlowLogEntry} for each entry.
 *
 * An entry ends where a line begins a well-formed header (`# Time:` followed by `# User@Host:`, or `# User@Host:` followed
 * by another header line), or a server's start-up banner, and the statement is not inside a quote or comment
 * there: a literal may hold lines that look like a header. If the quote is not closed within 40 such places or 256
 * KiB, or closes in a way that only an opening quote would, the first of them was an entry after all.
 * What has no end, no statement or no plausible Query_time is counted as malformed and not handed out.
 */
export class SlowLogParser {
  /** Entries handed out. */
  events = 0
  /** Entries not handed out, because a part of them was missing or impossible. */
  malformed = 0
  /** Entries handed out without the end of their statement. */
  truncated = 0
  /** Bytes up to which everything is decided: where a later reader would go on. */
  consumed = 0

  private readonly onEntry: (entry: SlowLogEntry) => void
  private readonly entry: SlowLogEntry
  private readonly state = new StatementState()
  private readonly maxStatement: number
  private readonly emitEarly: boolean
  private buffer: Buffer = NO_BYTES
  private position = 0
  /** Index of the statement's first byte, or -1 while no header is read. */
  private textStart = -1
  /** Where to look for the next line break, and up to where the lexical state is known. */
  private lineFrom = 0
  private statePos = 0
  private suspectAt = -1
  private suspects = 0
  /** The kept beginning of a statement that is too long; undefined for others. */
  private head: Buffer | undefined
  private ended = false
  private inJunk = false
  private sawEntry = false

  constructor(onEntry: (entry: SlowLogEntry) => void, options: SlowLogParserOptions = {}) {
    this.onEntry = onEntry
    this.entry = new SlowLogEntry(options.utcOffsetMinutes ?? 0, options.context)
    this.maxStatement = options.maxStatementBytes ?? MAX_STATEMENT_BYTES
    this.emitEarly = options.emitOversizeEarly ?? false
  }

  /** What a later reader of the same file needs besides {@link consumed}. */
  get context(): SlowLogContext {
    return this.entry.context
  }

  /** True while reading past the rest of a statement that is too long. */
  get isSkipping(): boolean {
    return this.head !== undefined
  }

  /** Takes the next bytes. They may be reused by the caller afterwards. */
  push(chunk: Uint8Array): void {
    const incoming = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    this.buffer = this.buffer.length === 0 ? incoming : Buffer.concat([this.buffer, incoming])
    this.run()
    this.keepRest()
  }

  /** Says that nothing follows: an entry without its end is malformed. */
  end(): void {
    this.ended = true
    this.run()
    if (this.textStart >= 0) this.closeLast(true)
    else this.endOutsideEntry()
  }

  /** Stops in the middle: what is not decided stays unread (see {@link consumed}). Nothing may be pushed afterwards. */
  hold(): void {
    if (this.head === undefined) this.consumed += this.position
    else this.consumed += this.buffer.length
  }

  /**
   * Says that nothing follows for now. A last entry that is complete is handed out; one that may still be written
   * stays unread (see {@link consumed}) and is not counted. Nothing may be pushed afterwards.
   */
  pause(): void {
    if (this.textStart >= 0 && this.head === undefined) this.closeLast(false)
    else this.hold()
  }

  private run(): void {
    for (;;) {
      if (this.textStart < 0 && !this.openEntry()) return
      const boundary = this.findBoundary()
      if (boundary >= 0) this.closeEntry(boundary)
      else {
        this.startSkipping()
        return
      }
    }
  }

  /** Drops what is decided, so that no more than one unfinished entry stays in memory. */
  private keepRest(): void {
    const keepFrom = this.head === undefined ? this.position : Math.max(this.position, this.skippedTo())
    const rest = Buffer.from(this.buffer.subarray(keepFrom))
    if (this.textStart >= 0) this.entry.detach()
    this.state.shift(keepFrom)
    this.consumed += keepFrom
    this.textStart = this.textStart < 0 ? -1 : Math.max(0, this.textStart - keepFrom)
    this.lineFrom = Math.max(0, this.lineFrom - keepFrom)
    this.statePos = Math.max(0, this.statePos - keepFrom)
    this.suspectAt = this.suspectAt < 0 ? -1 : Math.max(0, this.suspectAt - keepFrom)
    this.position = 0
    this.buffer = rest
  }

  // ---- the header ----

  /** Finds the next header and reads it; false when more bytes are needed (or none is left). */
  private openEntry(): boolean {
    for (;;) {
      if (!this.findHeader()) return false
      const opened = this.readHeader()
      if (opened !== undefined) return opened
    }
  }

  /** Moves to the next line that begins a header. */
  private findHeader(): boolean {
    const { buffer } = this
    while (this.position < buffer.length) {
      // A log that was cut to nothing while the server had it open begins with a hole, which reads as NUL bytes.
      while (buffer[this.position] === 0) this.position++
      const mark = byteOrderMarkAt(buffer, this.position, this.ended)
      if (mark === undefined) return false
      if (mark) this.position += BYTE_ORDER_MARK_BYTES
      const header = headerAt(buffer, this.position, { ended: this.ended, outside: true })
      if (header === undefined) return false
      if (header) return true
      const newline = buffer.indexOf(NEWLINE, this.position)
      if (newline < 0 && !this.ended && buffer.length - this.position < MAX_HEADER_BYTES) return false
      const end = newline < 0 ? buffer.length : newline
      this.passLine(this.position, end)
      this.position = newline < 0 ? end : end + 1
    }
    return false
  }

  /** A line that belongs to no entry: a banner, a blank, or junk, of which each run counts once after the first entry. */
  private passLine(from: number, to: number): void {
    if (isBannerLine(this.buffer, from, to)) {
      this.entry.forgetContext()
      this.inJunk = false
    } else if (lineEnd(this.buffer, from, to) > from) {
      if (!this.inJunk && this.sawEntry) this.malformed++
      this.inJunk = true
    }
  }

  /** Reads the header at the position. True: read. False: more bytes are needed. Undefined: given up, look again. */
  private readHeader(): boolean | undefined {
    const { buffer, entry } = this
    entry.begin()
    this.inJunk = false
    this.sawEntry = true
    let at = this.position
    for (;;) {
      const newline = buffer.indexOf(NEWLINE, at)
      if (newline < 0) return this.shortHeader(at)
      const line = isBannerLine(buffer, at, newline)
        ? 'duplicate'
        : entry.readLine(buffer, at, lineEnd(buffer, at, newline))
      if (line === 'duplicate') return this.giveUp(at)
      if (line === 'text') return this.openText(at)
      at = newline + 1
      if (line === 'set') return this.openText(at)
      if (at - this.position > MAX_HEADER_BYTES) return this.giveUp(at)
    }
  }

  private shortHeader(at: number): boolean | undefined {
    if (!this.ended && this.buffer.length - this.position < MAX_HEADER_BYTES) return false
    if (this.ended && this.buffer.length > at && !startsWith(this.buffer, at, '# ')) {
      const line = this.entry.readLine(this.buffer, at, this.buffer.length)
      if (line === 'text') return this.openText(at)
    }
    if (this.ended) return false
    return this.giveUp(this.buffer.length)
  }

  private giveUp(at: number): undefined {
    this.malformed++
    this.position = at
    this.inJunk = true
    return undefined
  }

  private openText(at: number): boolean | undefined {
    if (!this.entry.isComplete) return this.giveUp(at)
    if (!this.ended && this.buffer.length - at < ADMINISTRATOR.length && this.buffer.indexOf(NEWLINE, at) < 0)
      return false
    this.entry.finishHeader()
    this.entry.isAdministrator = startsWith(this.buffer, at, ADMINISTRATOR)
    this.textStart = at
    // The text may be empty: its first line can already be the next header.
    this.lineFrom = at - 1
    this.statePos = at
    this.state.reset()
    this.suspectAt = -1
    this.suspects = 0
    return true
  }

  // ---- the statement ----

  /** Index of the line that begins the next entry, or -1 when it is not in the buffer. */
  private findBoundary(): number {
    const { buffer } = this
    for (;;) {
      const newline = buffer.indexOf(NEWLINE, this.lineFrom)
      if (newline < 0) return this.unresolved()
      const next = newline + 1
      const begins = this.beginsEntry(next)
      if (begins === undefined) return this.unresolved()
      if (begins) {
        const boundary = this.decide(newline)
        if (boundary >= 0) return boundary
      }
      this.lineFrom = next
      if (next >= buffer.length) return this.unresolved()
    }
  }

  private beginsEntry(at: number): boolean | undefined {
    const { buffer, ended } = this
    const mark = byteOrderMarkAt(buffer, at, ended)
    if (mark === undefined) return undefined
    const from = mark ? at + BYTE_ORDER_MARK_BYTES : at
    const first = buffer[from]
    if (first === undefined) return ended ? false : undefined
    if (first === 0) return followsStatement(buffer, at)
    if (first === HASH) return headerAt(buffer, from, { ended, outside: false })
    return mayBeBanner(first) ? bannerAt(buffer, from, ended) : false
  }

  /** The entry's end, given that the line after `newline` looks like a header; -1 to look further. */
  private decide(newline: number): number {
    const isAdministrator = this.entry.isAdministrator
    this.scanTo(newline, true)
    if (isAdministrator || !this.state.inside) {
      const misread = this.suspectAt >= 0 && looksLikeOpeningQuote(this.buffer, this.state.closedAt)
      return misread ? this.suspectAt : newline + 1
    }
    this.suspects++
    if (this.head !== undefined) return this.suspects > MAX_SUSPECTS ? newline + 1 : -1
    if (this.suspectAt < 0) {
      this.suspectAt = newline + 1
      this.state.closedAt = -1
    }
    const tooMany = this.suspects > MAX_SUSPECTS || newline - this.suspectAt > MAX_SUSPECT_BYTES
    return tooMany ? this.suspectAt : -1
  }

  /** Nothing more in the buffer: a suspect that the rest did not explain is taken when the rest is all there is. */
  private unresolved(): number {
    if (this.suspectAt < 0) return -1
    const enough = this.ended || this.buffer.length - this.suspectAt > MAX_SUSPECT_BYTES
    if (!enough) return -1
    this.scanTo(this.buffer.length, this.ended)
    const text = lineEnd(this.buffer, this.textStart, this.buffer.length)
    const explained = !this.state.inside && this.buffer[text - 1] === SEMICOLON
    return explained && !looksLikeOpeningQuote(this.buffer, this.state.closedAt) ? -1 : this.suspectAt
  }

  private scanTo(to: number, last: boolean): void {
    if (to > this.statePos) this.statePos = this.state.advance(this.buffer, this.statePos, { to, last })
  }

  /** Ends the entry before `boundary` and hands it out if it is whole. */
  private closeEntry(boundary: number): void {
    this.emit(boundary, false)
    this.position = boundary
    this.textStart = -1
    this.head = undefined
  }

  private emit(boundary: number, mayLackLineBreak: boolean): boolean {
    const start = Math.max(this.textStart, 0)
    const end = textEnd(this.buffer, start, boundary)
    const hasEnd = this.buffer[end - 1] === SEMICOLON && (mayLackLineBreak || end < boundary)
    if (!hasEnd || (end - 1 <= start && this.head === undefined)) {
      if (this.head === undefined || !this.emitEarly) this.malformed++
      return false
    }
    if (this.head === undefined) this.handOut(this.buffer, start, end - 1)
    else if (!this.emitEarly) this.handOut(this.head, 0, this.head.length)
    return true
  }

  private handOut(bytes: Buffer, from: number, to: number): void {
    const { entry } = this
    const isCut = this.head !== undefined || to - from > this.maxStatement
    entry.bytes = bytes
    entry.textStart = entry.isAdministrator ? from + 2 : from
    entry.textEnd = isCut ? from + this.maxStatement : to
    entry.truncated = isCut
    if (isCut) this.truncated++
    this.events++
    this.onEntry(entry)
  }

  private closeLast(isFinal: boolean): void {
    this.scanTo(this.buffer.length, true)
    const end = textEnd(this.buffer, this.textStart, this.buffer.length)
    const isWhole =
      this.buffer[end - 1] === SEMICOLON && (isFinal || (end < this.buffer.length && !this.state.inside))
    if (isWhole) this.emit(this.buffer.length, true)
    else if (isFinal) this.closeUnended(end)
    if (isWhole || isFinal) this.consumed += this.buffer.length
    else this.consumed += this.position
  }

  /**
   * The last entry, without a semicolon. Servers always write one, so a file that ends in the middle of a line was cut; one
   * whose last line is whole is taken as written by other hands (an excerpt, a test), as pt-query-digest takes it.
   */
  private closeUnended(end: number): void {
    const isWholeLine = this.buffer.at(-1) === NEWLINE && end > this.textStart
    if (isWholeLine && !this.state.inside && this.head === undefined)
      this.handOut(this.buffer, this.textStart, end)
    else if (this.head === undefined || !this.emitEarly) this.malformed++
  }

  private endOutsideEntry(): void {
    if (this.position < this.buffer.length && this.sawEntry && !this.inJunk) this.malformed++
    this.consumed += this.buffer.length
  }

  // ---- statements that are too long ----

  /** When the statement has outgrown its bound: keeps its beginning and goes on without it. */
  private startSkipping(): void {
    if (this.head !== undefined || this.buffer.length - this.textStart <= this.maxStatement || this.ended)
      return
    if (this.suspectAt >= 0 && this.suspectAt - this.textStart <= this.maxStatement) return
    this.scanTo(Math.max(this.statePos, this.lineFrom), false)
    this.head = Buffer.from(this.buffer.subarray(this.textStart, this.textStart + this.maxStatement))
    this.suspectAt = -1
    if (this.emitEarly) this.handOut(this.head, 0, this.head.length)
  }

  /** Up to where bytes of a skipped statement are of no more use: the line break under inspection stays. */
  private skippedTo(): number {
    const newline = this.buffer.indexOf(NEWLINE, this.lineFrom)
    const limit = newline < 0 ? this.buffer.length : newline
    this.scanTo(limit, false)
    // Two bytes before the line break tell whether the statement had ended.
    const keepFrom = Math.max(0, Math.min(this.statePos, limit - 2))
    if (newline < 0) this.lineFrom = Math.max(this.lineFrom, keepFrom)
    return keepFrom
  }
}
