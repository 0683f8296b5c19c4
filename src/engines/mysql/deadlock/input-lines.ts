// Cuts a stream of bytes into lines of bounded length. Knows two disguises: texts written as one line with their line
// ends as `\n` (see escaped-line.ts), and UTF-16, which PowerShell writes when a client's output is redirected.

import { type EscapedText, escapedText, HEAD_BYTES, type InputShape, isJsonRest } from './escaped-line.ts'

/** Longest line handed on, in bytes; the rest of a longer one is dropped. Statements in reports end at 3,100. */
export const LINE_MAX_BYTES = 64 * 1024

/** One line. */
export interface InputLine {
  readonly text: string
  /** Its length as it came, without its end; more than the text's when it was longer than the limit. */
  readonly bytes: number
}

const NEWLINE = 10
const RETURN = 13
const BACKSLASH = 92
/** What an escaped line may begin with: I of InnoDB, S of Status, and marks. */
const ESCAPED_BEGINNINGS: ReadonlySet<number | undefined> = new Set(Buffer.from('IS|\\{}[](\'" \t'))
const CONTROLS: Readonly<Record<string, string>> = { t: '\t', 0: '\0', r: '\r', b: '\b', f: '\f' }

/** Is given every line, in order. */
export type OnLine = (line: InputLine) => void

/** Takes chunks, gives lines. Memory: one line of at most {@link LINE_MAX_BYTES}. */
export class InputLines {
  #parts: Buffer[] = []
  #kept = 0
  #bytes = 0
  /** Where in a line that came in pieces we are. `rest`: after the end of an escaped text. */
  #state: 'head' | 'plain' | 'escaped' | 'rest' = 'head'
  #quote: EscapedText['quote'] = null
  /** What came after a backslash; null outside of an escape. */
  #escape: string | null = null
  #decode: ((chunk: Buffer) => Buffer) | null = null
  #shape: InputShape | null = null
  #looksForEscapes = true

  readonly #onLine: OnLine

  constructor(onLine: OnLine) {
    this.#onLine = onLine
  }

  /** From here on no line is taken for an escaped text: the input is a log, where only a statement can look so. */
  noEscapes(): void {
    this.#looksForEscapes = this.#shape === 'pretty'
  }

  /** Gives the lines that end in this chunk. */
  push(chunk: Uint8Array | string): void {
    const raw =
      typeof chunk === 'string'
        ? Buffer.from(chunk)
        : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    if (raw.length === 0) return
    this.#decode ??= decoderFor(raw)
    const buffer = this.#decode(raw)
    this.#shape ??= shapeOf(buffer)
    let from = 0
    while (from < buffer.length) {
      const newline = buffer.indexOf(NEWLINE, from)
      const to = newline < 0 ? buffer.length : newline
      if (newline >= 0 && this.#isFresh() && !this.#mayBeEscaped(buffer, from, to)) {
        this.#give(buffer.subarray(from, to), 0)
      } else {
        this.#piece(buffer.subarray(from, to))
        if (newline >= 0) this.#endLine()
      }
      from = to + 1
    }
  }

  /** Gives the last line, if the input did not end with a line end. */
  end(): void {
    if (this.#bytes > 0) this.#endLine()
    if (this.#bytes > 0) this.#flush()
    this.#state = 'head'
    this.#escape = null
  }

  #isFresh(): boolean {
    return this.#bytes === 0 && this.#state === 'head'
  }

  #mayBeEscaped(buffer: Buffer, from: number, to: number): boolean {
    if (!this.#looksForEscapes || !ESCAPED_BEGINNINGS.has(buffer[from])) return false
    if (this.#shape === 'pretty') return true
    const at = buffer.indexOf(BACKSLASH, from)
    return at >= 0 && at < to
  }

  #endLine(): void {
    if (this.#state === 'head') this.#decide()
    const wasRest = this.#state === 'rest'
    this.#state = 'head'
    this.#escape = null
    if (!wasRest) this.#flush()
  }

  /** Gives a line; `dropped` bytes of its end are not in it. */
  #give(line: Buffer, dropped: number): void {
    const length = dropped === 0 && line.at(-1) === RETURN ? line.length - 1 : line.length
    const text = line.toString('utf8', 0, Math.min(length, LINE_MAX_BYTES))
    this.#onLine({ text, bytes: length + dropped })
  }

  #piece(piece: Buffer): void {
    if (this.#state === 'escaped') this.#escapedPiece(piece)
    else if (this.#state !== 'rest') this.#add(piece)
    if (this.#state === 'head' && this.#bytes >= HEAD_BYTES) this.#decide()
  }

  /** Enough of the line is there to tell whether it is an escaped text. */
  #decide(): void {
    this.#state = 'plain'
    if (!this.#looksForEscapes) return
    const line = Buffer.concat(this.#parts)
    const head = line.toString('latin1', 0, HEAD_BYTES)
    const shape = this.#shape ?? 'text'
    const found = escapedText(head, shape)
    if (!found && !isJsonRest(head, shape)) return
    this.#clear()
    this.#state = found ? 'escaped' : 'rest'
    this.#quote = found?.quote ?? null
    if (found) this.#escapedPiece(line.subarray(found.begins))
  }

  #escapedPiece(piece: Buffer): void {
    let from = 0
    while (from < piece.length && this.#state === 'escaped') {
      if (this.#escape !== null) {
        this.#unescape(String.fromCharCode(piece[from] as number))
        from += 1
        continue
      }
      const at = this.#nextMark(piece, from)
      this.#add(piece.subarray(from, at))
      if (at < piece.length && piece[at] === BACKSLASH) this.#escape = ''
      else if (at < piece.length) this.#endText()
      from = at + 1
    }
  }

  /** The next backslash or closing quote. */
  #nextMark(piece: Buffer, from: number): number {
    const backslash = piece.indexOf(BACKSLASH, from)
    const quote = this.#quote === null ? -1 : piece.indexOf(this.#quote, from)
    const marks = [backslash, quote].filter((at) => at >= 0)
    return marks.length === 0 ? piece.length : Math.min(...marks)
  }

  #endText(): void {
    if (this.#bytes > 0) this.#flush()
    this.#state = 'rest'
  }

  /** One more character of an escape: `n`, `t`, a character for itself, or `u` and four hexadecimal digits. */
  #unescape(character: string): void {
    const sequence: string = (this.#escape ?? '') + character
    if (sequence[0] === 'u' && this.#quote !== null && sequence.length < 5) {
      this.#escape = sequence
      return
    }
    this.#escape = null
    if (sequence === 'n') this.#flush()
    else if (sequence.length === 5)
      this.#add(Buffer.from(String.fromCharCode(Number.parseInt(sequence.slice(1), 16) || 0x20)))
    else this.#add(Buffer.from(CONTROLS[sequence] ?? sequence, 'latin1'))
  }

  #add(piece: Buffer): void {
    this.#bytes += piece.length
    const room = LINE_MAX_BYTES - this.#kept
    if (room <= 0 || piece.length === 0) return
    // A copy: the chunk may be a view of a buffer that its owner fills again.
    const kept = Buffer.from(piece.subarray(0, room))
    this.#parts.push(kept)
    this.#kept += kept.length
  }

  #flush(): void {
    const [first] = this.#parts
    const line = this.#parts.length === 1 && first ? first : Buffer.concat(this.#parts)
    const dropped = this.#bytes - this.#kept
    this.#clear()
    this.#give(line, dropped)
  }

  #clear(): void {
    this.#parts = []
    this.#kept = 0
    this.#bytes = 0
  }
}

/** By the byte order mark of the first chunk; without one the bytes are UTF-8 and stay as they are. */
function decoderFor(first: Buffer): (chunk: Buffer) => Buffer {
  const mark = first.length < 2 ? 0 : first.readUInt16BE(0)
  if (mark !== 0xff_fe && mark !== 0xfe_ff) return (chunk) => chunk
  const decoder = new TextDecoder(mark === 0xff_fe ? 'utf-16le' : 'utf-16be')
  return (chunk) => Buffer.from(decoder.decode(chunk, { stream: true }))
}

/** By the first line that is not blank; null while there is none. */
function shapeOf(buffer: Buffer): InputShape | null {
  const text = buffer.toString('utf8', 0, HEAD_BYTES).trimStart()
  if (text === '') return null
  if (!/^[{[(]/.test(text)) return 'text'
  return /^[{[\s]*(?:"\w{1,64}" ?: ?[{[]\s*)?\n/.test(text) ? 'pretty' : 'object'
}
