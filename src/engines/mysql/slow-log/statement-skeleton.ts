// A cheap key over a statement's bytes: statements with equal skeletons have equal Percona fingerprints. It lets the
// digest look a class up without making a string of every statement and fingerprinting it.

const QUOTE = 39
const DOUBLE = 34
const BACKTICK = 96
const BACKSLASH = 92
const NEWLINE = 10
const ZERO = 48

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
  private readonly output = Buffer.allocUnsafe(SKELETON_MAX_BYTES + 8)

  /** The skeleton of the bytes from `from` to `to` as a latin1 string, or undefined when there is none. */
  of(bytes: Buffer, from: number, to: number): string | undefined {
    if (((bytes[from] as number) | 32) === 99 && ((bytes[from + 1] as number) | 32) === 97) return undefined
    if (from < to && CLASS[bytes[from] as number] === SPACE) return undefined
    const length = this.write(bytes, from, to)
    return length < 0 ? undefined : this.output.toString('latin1', 0, length)
  }

  private write(bytes: Buffer, from: number, to: number): number {
    const { output } = this
    let length = 0
    let before = 0
    for (let at = from; at < to; ) {
      if (length >= SKELETON_MAX_BYTES) return -1
      const byte = bytes[at] as number
      const kind = CLASS[byte] as number
      if (kind === SPECIAL) {
        const end = this.special(bytes, at, to, length)
        if (end < 0) return -1
        length = this.written
        at = end
      } else if (kind === SPACE) {
        const end = spaceEnd(bytes, at, to)
        output[length++] = this.hadNewline(bytes, at, end) ? NEWLINE : 32
        at = end
      } else if (kind === DIGIT && before !== WORD && before !== DIGIT) {
        const end = digitsEnd(bytes, at, to)
        const alone = end >= to || (CLASS[bytes[end] as number] as number) !== WORD
        output[length++] = alone ? ZERO : byte
        at = alone ? end : at + 1
      } else {
        output[length++] = byte
        at++
      }
      before = kind
    }
    return length
  }

  /** Length of the output after the last {@link special}. */
  private written = 0

  private hadNewline(bytes: Buffer, from: number, to: number): boolean {
    for (let at = from; at < to; at++) if (bytes[at] === NEWLINE || bytes[at] === 13) return true
    return false
  }

  /** Writes what stands for the quote, comment or plain byte at `at`; returns where it ends, or -1. */
  private special(bytes: Buffer, at: number, to: number, length: number): number {
    const byte = bytes[at] as number
    if (byte === QUOTE || byte === DOUBLE) return this.emptyString(bytes, at, to, length)
    if (byte === BACKTICK) return this.copyName(bytes, at, to, length)
    if (byte === 35) return this.emptyLine(bytes, at, to, length)
    if (byte === 47 && bytes[at + 1] === 42) return this.emptyComment(bytes, at, to, length)
    if (byte === 45 && bytes[at + 1] === 45) {
      const after = at + 2 < to ? (bytes[at + 2] as number) : NEWLINE
      // Without white space it is Percona's matter whether this is a comment: it depends on the rest of the line.
      return after <= 32 || after === 127 ? this.emptyLine(bytes, at, to, length) : -1
    }
    this.output[length] = byte
    this.written = length + 1
    return at + 1
  }

  private emptyString(bytes: Buffer, at: number, to: number, length: number): number {
    const quote = bytes[at] as number
    this.output[length] = quote
    this.output[length + 1] = quote
    this.written = length + 2
    for (let i = at + 1; i < to; i++) {
      const byte = bytes[i]
      if (byte === BACKSLASH) i++
      else if (byte === quote) {
        if (bytes[i + 1] !== quote || i + 1 >= to) return i + 1
        i++
      }
    }
    return -1
  }

  private copyName(bytes: Buffer, at: number, to: number, length: number): number {
    for (let i = at + 1; i < to; i++) {
      if (bytes[i] !== BACKTICK) continue
      if (i + 1 < to && bytes[i + 1] === BACKTICK) {
        i++
        continue
      }
      if (length + i + 1 - at > SKELETON_MAX_BYTES) return -1
      this.written = length + bytes.copy(this.output, length, at, i + 1)
      return i + 1
    }
    return -1
  }

  private emptyLine(bytes: Buffer, at: number, to: number, length: number): number {
    const newline = bytes.indexOf(NEWLINE, at)
    const isLast = newline < 0 || newline >= to
    this.output[length] = 35
    this.output[length + 1] = NEWLINE
    this.written = length + (isLast ? 1 : 2)
    return isLast ? to : newline + 1
  }

  private emptyComment(bytes: Buffer, at: number, to: number, length: number): number {
    const mark = bytes[at + 2]
    if (mark === 33 || mark === 77) return -1
    const close = bytes.indexOf('*/', at + 2)
    if (close < 0 || close + 2 > to) return -1
    const mayBeChecksum = bytes[close - 2] === 47 && bytes[close - 4] === 58
    if (mayBeChecksum) return -1
    this.output.write('/* */', length, 'latin1')
    this.written = length + 5
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
