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
  /** Index of the first quote or comment end that led outside since this was set to -1; set it to watch for the next. */
  closedAt = -1
  private state = OUTSIDE
  private bytes: Uint8Array = new Uint8Array(0)
  private to = 0
  private last = false

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
   * Reads `bytes` from `from` to `to` and returns the index up to which the state is decided: `to`, or at most two less
   * where a pair of bytes is cut (pass the rest again with what follows; `last` says nothing follows).
   */
  advance(
    bytes: Uint8Array,
    from: number,
    { to, last }: { readonly to: number; readonly last: boolean },
  ): number {
    this.bytes = bytes
    this.to = to
    this.last = last
    let at = from
    while (at < to) {
      const before = at
      at = this.step(at)
      if (at === before) return at
    }
    return at
  }

  /** Reads to the next change of state, or as far as it can be decided. */
  private step(from: number): number {
    if (this.state === OUTSIDE) return this.outside(from)
    if (this.state === LINE_COMMENT) return this.untilNewline(from)
    return this.state === SLASH_STAR ? this.untilStarSlash(from) : this.untilQuote(from)
  }

  private outside(from: number): number {
    const { bytes, to } = this
    for (let at = from; at < to; at++) {
      const byte = bytes[at] as number
      if (OPENS[byte] === 0) continue
      const end = this.open(byte, at)
      if (end !== undefined) return end
    }
    return to
  }

  /** What the byte at `at` opens: the index after its mark, `at` when that is not decided, undefined when nothing. */
  private open(byte: number, at: number): number | undefined {
    if (byte === HASH) {
      this.state = LINE_COMMENT
      return at + 1
    }
    if (byte !== SLASH && byte !== DASH) {
      this.state = byte
      return at + 1
    }
    if (at + 2 >= this.to && !this.last) return at
    if (at + 1 >= this.to) return undefined
    if (byte === SLASH && this.bytes[at + 1] === STAR) {
      // A version comment is read as what it holds, because the server runs it.
      if (this.bytes[at + 2] !== 33) this.state = SLASH_STAR
      return at + 2
    }
    if (byte !== DASH || !isDashComment(this.bytes, at, this.to)) return undefined
    this.state = LINE_COMMENT
    return at + 2
  }

  private untilNewline(from: number): number {
    const at = this.bytes.indexOf(NEWLINE, from)
    if (at < 0 || at >= this.to) return this.to
    this.state = OUTSIDE
    return at + 1
  }

  private untilStarSlash(from: number): number {
    const { bytes, to } = this
    for (let at = from; at < to; at++) {
      if (bytes[at] !== STAR) continue
      if (at + 1 >= to) return this.last ? to : at
      if (bytes[at + 1] === SLASH) return this.close(at + 1)
    }
    return to
  }

  private untilQuote(from: number): number {
    const { bytes, to } = this
    const quote = this.state
    const escapeByte = quote === BACKTICK ? -1 : BACKSLASH
    for (let at = from; at < to; at++) {
      const byte = bytes[at] as number
      if (byte !== quote && byte !== escapeByte) continue
      if (at + 1 >= to && !this.last) return at
      const doubled = at + 1 < to && bytes[at + 1] === quote
      if (byte === quote && !doubled) return this.close(at)
      at++
    }
    return to
  }

  /** The mark whose last byte is at `at` led outside. */
  private close(at: number): number {
    this.state = OUTSIDE
    if (this.closedAt < 0) this.closedAt = at
    return at + 1
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
  const before = String.fromCharCode(bytes[at - 1] ?? 0)
  const after = String.fromCharCode(bytes[at + 1] ?? 0)
  return /[ (,=<>]/.test(before) && /[\w@%/\u0080-\u00ff]/.test(after)
}
