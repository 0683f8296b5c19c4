// A cheap key over a statement's bytes: statements with equal skeletons have equal Percona fingerprints. It lets the
// digest look a class up without making a string of every statement and fingerprinting it.

const QUOTE = 39
const DOUBLE = 34
const BACKTICK = 96
const BACKSLASH = 92
const NEWLINE = 10
const ZERO = 48
const DASH = 45
const HASH = 35
const SLASH = 47
const STAR = 42

const SPACE = 1
const WORD = 2
const DIGIT = 4
const SPECIAL = 8
const CLASS = new Uint8Array(256)
for (let byte = 128; byte < 256; byte++) CLASS[byte] = WORD
for (const char of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_$') CLASS[char.charCodeAt(0)] = WORD
for (const char of '0123456789') CLASS[char.charCodeAt(0)] = DIGIT
for (const char of ' \n\t\r\f') CLASS[char.charCodeAt(0)] = SPACE
for (const char of '\'"`/-#') CLASS[char.charCodeAt(0)] = SPECIAL

/** Longer skeletons are not worth keeping: long lists differ in length every time. */
const SKELETON_MAX_BYTES = 4096

/**
 * Builds skeletons: strings emptied, numbers that stand alone made `0`, runs of white space made one, comments
 * emptied. Where equality could not be promised (version comments, CALL, whose name is shown with its digits, a
 * checksum query's comment, anything unclosed, anything long) it gives none. Not for concurrent use: one buffer.
 */
export class StatementSkeleton {
  private readonly output = Buffer.allocUnsafe(SKELETON_MAX_BYTES + 16)
  private length = 0
  private bytes: Buffer = this.output
  private to = 0

  /** The skeleton of the bytes from `from` to `to` as a latin1 string, or undefined when there is none. */
  of(bytes: Buffer, from: number, to: number): string | undefined {
    const mayBeCall = ((bytes[from] as number) | 32) === 99 && ((bytes[from + 1] as number) | 32) === 97
    if (mayBeCall || (from < to && CLASS[bytes[from] as number] === SPACE)) return undefined
    this.bytes = bytes
    this.to = to
    this.length = 0
    return this.write(from) ? this.output.toString('latin1', 0, this.length) : undefined
  }

  /** False when there is no skeleton. */
  private write(from: number): boolean {
    const { bytes, to, output } = this
    let before = 0
    for (let at = from; at >= 0 && at < to; ) {
      if (this.length >= SKELETON_MAX_BYTES) return false
      const byte = bytes[at] as number
      const kind = CLASS[byte] as number
      if (kind === SPECIAL) at = this.special(byte, at)
      else if (kind === SPACE) at = this.space(at)
      else if (kind === DIGIT && (before & (WORD | DIGIT)) === 0) at = this.number(byte, at)
      else {
        output[this.length++] = byte
        at++
      }
      if (at < 0) return false
      before = kind
    }
    return true
  }

  private space(at: number): number {
    const end = spaceEnd(this.bytes, at, this.to)
    let hasNewline = false
    for (let i = at; i < end; i++) if (this.bytes[i] === NEWLINE || this.bytes[i] === 13) hasNewline = true
    this.output[this.length++] = hasNewline ? NEWLINE : 32
    return end
  }

  /** A run of digits that does not continue a word: `0` when no word continues it. */
  private number(byte: number, at: number): number {
    const end = digitsEnd(this.bytes, at, this.to)
    const alone = end >= this.to || CLASS[this.bytes[end] as number] !== WORD
    this.output[this.length++] = alone ? ZERO : byte
    return alone ? end : at + 1
  }

  /** Writes what stands for the quote, comment or plain byte at `at`; returns where it ends, or -1 for no skeleton. */
  private special(byte: number, at: number): number {
    const next = at + 1 < this.to ? this.bytes[at + 1] : undefined
    if (byte === QUOTE || byte === DOUBLE) return this.emptyString(byte, at)
    if (byte === BACKTICK) return this.copyName(at)
    if (byte === HASH) return this.emptyLine(at)
    if (byte === SLASH && next === STAR) return this.emptyComment(at)
    if (byte === DASH && next === DASH) return this.dashes(at)
    this.output[this.length++] = byte
    return at + 1
  }

  /** Without white space after them it is Percona's matter whether they are a comment: it depends on the rest of the line. */
  private dashes(at: number): number {
    const after = at + 2 < this.to ? (this.bytes[at + 2] as number) : NEWLINE
    return after <= 32 || after === 127 ? this.emptyLine(at) : -1
  }

  private emptyString(quote: number, at: number): number {
    const { bytes, to } = this
    this.output[this.length++] = quote
    this.output[this.length++] = quote
    for (let i = at + 1; i < to; i++) {
      const byte = bytes[i]
      if (byte === BACKSLASH) i++
      else if (byte === quote) {
        if (i + 1 >= to || bytes[i + 1] !== quote) return i + 1
        i++
      }
    }
    return -1
  }

  private copyName(at: number): number {
    const { bytes, to } = this
    let close = bytes.indexOf(BACKTICK, at + 1)
    while (close >= 0 && close + 1 < to && bytes[close + 1] === BACKTICK)
      close = bytes.indexOf(BACKTICK, close + 2)
    if (close < 0 || close >= to || this.length + close + 1 - at > SKELETON_MAX_BYTES) return -1
    this.length += bytes.copy(this.output, this.length, at, close + 1)
    return close + 1
  }

  private emptyLine(at: number): number {
    const newline = this.bytes.indexOf(NEWLINE, at)
    this.output[this.length++] = HASH
    if (newline < 0 || newline >= this.to) return this.to
    this.output[this.length++] = NEWLINE
    return newline + 1
  }

  private emptyComment(at: number): number {
    const { bytes } = this
    const mark = bytes[at + 2]
    const close = bytes.indexOf('*/', at + 2)
    const mayBeChecksum = bytes[close - 2] === SLASH && bytes[close - 4] === 58
    if (mark === 33 || mark === 77 || close < 0 || close + 2 > this.to || mayBeChecksum) return -1
    this.length += this.output.write('/* */', this.length, 'latin1')
    return close + 2
  }
}

function spaceEnd(bytes: Buffer, from: number, to: number): number {
  let at = from
  while (at < to && (CLASS[bytes[at] as number] as number) === SPACE) at++
  return at
}

function digitsEnd(bytes: Buffer, from: number, to: number): number {
  let at = from
  while (at < to && (CLASS[bytes[at] as number] as number) === DIGIT) at++
  return at
}
