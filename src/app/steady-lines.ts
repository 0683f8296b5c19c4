/** Where log lines go: a full disk, a closed pipe or a slow reader costs lines, never the process that writes them. */
import { writeSync } from 'node:fs'

/** Writes bytes from an offset on and gives how many were taken, as `fs.writeSync` does. @throws its system errors */
export type WriteBytes = (bytes: Buffer, from: number) => number

/** Tries while a pipe is full, and the pause between them, ms: what a stalled reader may cost at most, once. */
const TRIES = 20
const PAUSE_MS = 10

/**
 * A destination of whole lines that never throws. What could not be written is counted, and said in a line of its own
 * as soon as one can be written again; a line that was cut is ended first.
 */
export function steadyLines(write: WriteBytes = toStandardError): { write(line: string): void } {
  let lost = 0
  let why = ''
  let isCut = false
  const attempt = (text: string): boolean => {
    const bytes = Buffer.from(isCut ? `\n${text}` : text)
    let from = 0
    for (let tries = 0; from < bytes.length; ) {
      try {
        from += write(bytes, from)
      } catch (error) {
        why = (error as NodeJS.ErrnoException).code ?? 'unknown'
        tries += 1
        if (why !== 'EAGAIN' || lost > 0 || tries >= TRIES) break
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS)
      }
    }
    if (from > 0) isCut = from < bytes.length
    return from === bytes.length
  }
  return {
    write(line) {
      if (lost > 0 && !attempt(lostLine(lost, why))) {
        lost += 1
        return
      }
      lost = attempt(line) ? 0 : 1
    },
  }
}

function toStandardError(bytes: Buffer, from: number): number {
  return writeSync(2, bytes, from)
}

function lostLine(lost: number, why: string): string {
  const time = new Date().toISOString()
  return `${JSON.stringify({ level: 40, time, stage: 'log', message: 'lines of this log could not be written', lines: lost, because: why })}\n`
}
