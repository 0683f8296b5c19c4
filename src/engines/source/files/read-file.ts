/** Reads one file of a repository as text, with what a replacement must keep of it. */
import { createHash } from 'node:crypto'
import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs'
import { type Folder, OutsideRoot } from './folder.ts'

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants

/** Largest file that is read or written, bytes; a scan reads none that is larger. */
export const FILE_BYTES_MAX = 1024 * 1024

/** A file as it was found. */
export interface FoundFile {
  readonly bytes: Buffer
  /** SHA-256 of the bytes, 64 hex digits. */
  readonly digest: string
  readonly stats: Stats
}

/** SHA-256, 64 hex digits. */
export const digestOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

/**
 * Reads an entry of a folder. @throws OutsideRoot where it is a link or no ordinary file, or too large; the system's
 * error where it is not there or cannot be read
 */
export function readEntry(folder: Folder, name: string): FoundFile {
  const fd = openEntry(folder, name)
  try {
    const stats = fstatSync(fd)
    if (!stats.isFile()) throw new OutsideRoot('it is no ordinary file')
    if (stats.size > FILE_BYTES_MAX) throw new OutsideRoot(`it is larger than ${FILE_BYTES_MAX / 1024} KiB`)
    const bytes = readFileSync(fd)
    return { bytes, digest: digestOf(bytes), stats }
  } finally {
    closeSync(fd)
  }
}

function openEntry(folder: Folder, name: string): number {
  try {
    return openSync(folder.at(name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ELOOP') throw new OutsideRoot('it is a link')
    throw error
  }
}

/** The text of bytes in UTF-8, with its byte order mark if it has one; null where they are no UTF-8. */
export function textOf(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}
