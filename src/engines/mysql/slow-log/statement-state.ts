// Whether a place inside a statement is inside a quote or a comment, decided on bytes, incrementally. The server writes
// statements into the log as they are, so a literal may contain lines that look like the next entry.

const OUTSIDE = 0
const SLASH_STAR = 1
/** In a comment that ends with its line, which is outside again for what comes on the next line. */
const LINE_COMMENT = 2

const QUOTE = 39
const DOUBLE = 34
const BACKTICK = 96
const BACKSLASH = 92
const DASH = 45
const HASH = 35
const SLASH = 47
const STAR = 42
const NEWLINE = 10

/** Bytes that can change the state when outside. */
const OPENS = new Uint8Array(256)
for (const byte of [QUOTE, DOUBLE, BACKTICK, DASH, HASH, SLASH]) OPENS[byte] = 1

/**
 * The lexical state of a statement up to a byte. States: outside, in a block comment, in a line comment, or the byte of
 * the quote that is open. MySQL's default quoting: `\` escapes in strings, not in backticks.
 */
export class StatementState {
  private state = OUTSIDE
  /** Index of the first quote or comment end that led outside since this was set to -1; set it to watch for the next. */
  closedAt = -1

  /** Back to the beginning of a statement. */
  reset(): void {
    this.state = OUTSIDE
    this.closedAt = -1
  }

  /** The caller dropped `bytes` from the beginning of its buffer. */
  shift(bytes: number): void {
    if (this.closedAt >= 0) this.closedAt = Math.max(0, this.closedAt - bytes)
  }

  /** True when what was read ends inside a string, a quoted name or a block comment. */
  get inside(): boolean {
    return this.state !== OUTSIDE && this.state !== LINE_COMMENT
  }

  /**
   * Reads `bytes` from `from` to `to` and returns the index up to which the state is decided: `to`, or at most two
   * less where a pair of bytes is cut (pass the rest again with what follows; `last` says nothing follows).
   */
  advance(bytes: Uint8Array, from: number, to: number, last: boolean): number {
    let at = from
    while (at < to) {
      const before = at
      if (this.state === OUTSIDE) at = this.outside(bytes, at, to, last)
      else if (this.state === LINE_COMMENT) at = this.untilNewline(bytes, at, to)
      else if (this.state === SLASH_STAR) at = this.untilStarSlash(bytes, at, to, last)
      else at = this.untilQuote(bytes, at, to, last)
      if (at === before) return at
    }
    return at
  }

  private outside(bytes: Uint8Array, from: number, to: number, last: boolean): number {
    let at = from
    for (; at < to; at++) {
      const byte = bytes[at] as number
      if (OPENS[byte] === 0) continue
      if (byte === QUOTE || byte === DOUBLE || byte === BACKTICK) {
        this.state = byte
        return at + 1
      }
      if (byte === HASH) {
        this.state = LINE_COMMENT
        return at + 1
      }
      if (at + 2 >= to && !last) return at
      if (byte === SLASH && bytes[at + 1] === STAR && at + 1 < to) return this.openComment(bytes, at)
      if (byte === DASH && isDashComment(bytes, at, to)) {
        this.state = LINE_COMMENT
        return at + 2
      }
    }
    return at
  }

  /** A version comment is read as what it holds, because the server runs it. */
  private openComment(bytes: Uint8Array, at: number): number {
    if (bytes[at + 2] !== 33) this.state = SLASH_STAR
    return at + 2
  }

  private untilNewline(bytes: Uint8Array, from: number, to: number): number {
    const at = bytes.indexOf(NEWLINE, from)
    if (at < 0 || at >= to) return to
    this.state = OUTSIDE
    return at + 1
  }

  private untilStarSlash(bytes: Uint8Array, from: number, to: number, last: boolean): number {
    for (let at = from; at < to; at++) {
      if (bytes[at] !== STAR) continue
      if (at + 1 >= to) return last ? to : at
      if (bytes[at + 1] !== SLASH) continue
      this.state = OUTSIDE
      if (this.closedAt < 0) this.closedAt = at + 1
      return at + 2
    }
    return to
  }

  private untilQuote(bytes: Uint8Array, from: number, to: number, last: boolean): number {
    const quote = this.state
    for (let at = from; at < to; at++) {
      const byte = bytes[at] as number
      if (byte === BACKSLASH && quote !== BACKTICK) {
        if (at + 1 >= to) return last ? to : at
        at++
      } else if (byte === quote) {
        if (at + 1 >= to && !last) return at
        if (at + 1 < to && bytes[at + 1] === quote) at++
        else {
          this.state = OUTSIDE
          if (this.closedAt < 0) this.closedAt = at
          return at + 1
        }
      }
    }
    return to
  }
}

function isDashComment(bytes: Uint8Array, at: number, to: number): boolean {
  if (at + 1 >= to || bytes[at + 1] !== DASH) return false
  const after = at + 2 < to ? (bytes[at + 2] as number) : NEWLINE
  return after <= 32 || after === 127
}

/**
 * True when the quote at `at`, which a scan took for a closing one, looks like one that opens: an opening context
 * before it and content right after it. Then the statement before was not balanced, and the scan is out of step.
 */
export function looksLikeOpeningQuote(bytes: Uint8Array, at: number): boolean {
  const before = bytes[at - 1] ?? 0
  const after = bytes[at + 1] ?? 0
  const opens =
    before === 32 || before === 40 || before === 44 || before === 61 || before === 60 || before === 62
  return opens && ((after >= 48 && after <= 57) || after >= 64 || after === 37 || after === 47)
}
