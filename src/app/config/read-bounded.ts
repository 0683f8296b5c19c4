/** Reads a text file that a person named: a plain file or a pipe, and no more of it than such a file can hold. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** More than any configuration: 200 targets take some 100 KiB. */
const MOST_BYTES = 1024 * 1024

/**
 * The text of `file`, UTF-8. @throws Error with a `code` that says why it cannot be read: the system's own, or words
 * where it is a device or a socket, or larger than 1 MiB.
 */
export function readBounded(file: string): string {
  const handle = openSync(file, 'r')
  try {
    const kind = fstatSync(handle)
    if (kind.isDirectory()) throw unreadable('EISDIR')
    if (!kind.isFile() && !kind.isFIFO()) throw unreadable('it is neither a file nor a pipe')
    const bytes = Buffer.alloc(MOST_BYTES + 1)
    let size = 0
    for (;;) {
      const read = readSync(handle, bytes, size, bytes.length - size, null)
      size += read
      if (size > MOST_BYTES) throw unreadable('it is larger than 1 MiB')
      if (read === 0) return bytes.toString('utf8', 0, size)
    }
  } finally {
    closeSync(handle)
  }
}

const unreadable = (code: string): Error => Object.assign(new Error(code), { code })
