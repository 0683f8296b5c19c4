// Cuts a stream of bytes into lines of bounded length. Knows one disguise: the batch output of the mysql client,
// where a whole status text is one line with its line ends written as `\n`.

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
const BATCH_START = Buffer.from('InnoDB\t')

/** Is given every line, in order. */
export type OnLine = (line: InputLine) => void

/** Takes chunks, gives lines. Memory: one line of at most {@link LINE_MAX_BYTES}. */
export class InputLines {
  #parts: Buffer[] = []
  #kept = 0
  #bytes = 0
  /** Inside a line of the mysql client's batch output. */
  #batch = false
  /** A backslash of batch output whose partner is in the next chunk. */
  #escape = false

  readonly #onLine: OnLine

  constructor(onLine: OnLine) {
    this.#onLine = onLine
  }

  /** Gives the lines that end in this chunk. */
  push(chunk: Uint8Array | string): void {
    const buffer =
      typeof chunk === 'string'
        ? Buffer.from(chunk)
        : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    let from = 0
    while (from < buffer.length) {
      const newline = buffer.indexOf(NEWLINE, from)
      const to = newline < 0 ? buffer.length : newline
      if (newline >= 0 && this.#bytes === 0 && !this.#batch && !beginsBatch(buffer, from)) {
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
    if (this.#bytes > 0) this.#flush()
    this.#batch = false
    this.#escape = false
  }

  #endLine(): void {
    this.#batch = false
    this.#escape = false
    this.#flush()
  }

  /** Gives a line; `dropped` bytes of its end are not in it. */
  #give(line: Buffer, dropped: number): void {
    const length = dropped === 0 && line.at(-1) === RETURN ? line.length - 1 : line.length
    const text = line.toString('utf8', 0, Math.min(length, LINE_MAX_BYTES))
    this.#onLine({ text, bytes: length + dropped })
  }

  #piece(piece: Buffer): void {
    if (!this.#batch && this.#bytes < BATCH_START.length) this.#batch = this.#beginsBatch(piece)
    if (this.#batch) this.#batchPiece(piece)
    else this.#add(piece)
  }

  #beginsBatch(piece: Buffer): boolean {
    return beginsBatch(Buffer.concat([...this.#parts, piece.subarray(0, BATCH_START.length)]), 0)
  }

  #batchPiece(piece: Buffer): void {
    let from = 0
    if (this.#escape && piece.length > 0) {
      this.#unescape(piece[0])
      this.#escape = false
      from = 1
    }
    for (;;) {
      const at = piece.indexOf(BACKSLASH, from)
      this.#add(piece.subarray(from, at < 0 ? piece.length : at))
      if (at < 0) return
      if (at + 1 === piece.length) {
        this.#escape = true
        return
      }
      this.#unescape(piece[at + 1])
      from = at + 2
    }
  }

  #unescape(code: number | undefined): void {
    if (code === 0x6e) this.#flush()
    else this.#add(Buffer.from(code === 0x74 ? '\t' : code === 0x30 ? '\0' : String.fromCharCode(code ?? 0)))
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
    this.#parts = []
    this.#kept = 0
    this.#bytes = 0
    this.#give(line, dropped)
  }
}

function beginsBatch(buffer: Buffer, from: number): boolean {
  return (
    buffer[from] === BATCH_START[0] && buffer.subarray(from, from + BATCH_START.length).equals(BATCH_START)
  )
}
