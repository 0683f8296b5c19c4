/** Reads an application's folder of migrations: plain files in the order of their names, within bounds. It writes nothing. */
import { createHash } from 'node:crypto'
import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One file. */
export interface MigrationText {
  readonly name: string
  /** SHA-256 of its bytes, 64 hex digits. */
  readonly checksum: string
  readonly text: string
}

/** Files, bytes of one, and bytes of all that are read at most; a folder beyond it is not used. */
const FILES_MOST = 1_000
const FILE_BYTES = 262_144
const FOLDER_BYTES = 8 * 1_048_576
/** Files that take a migration back stand beside it under this ending. */
const DOWN = /\.(?:down|undo|rollback)\.sql$/i
/** A name that can stand in a statement and a sentence as it is. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,119}\.sql$/

/** The files, or why the folder cannot be used. Never throws for what the disk does. */
export function readMigrationFolder(
  folder: string,
): { readonly files: readonly MigrationText[] } | { readonly because: string } {
  try {
    const names = readdirSync(folder)
      .filter((name) => /\.sql$/i.test(name) && !DOWN.test(name))
      .sort()
    if (names.length > FILES_MOST) return { because: `it has more than ${FILES_MOST} files` }
    const files: MigrationText[] = []
    let bytes = 0
    for (const name of names) {
      if (!NAME.test(name))
        return { because: 'a file in it has a name with other than letters, digits, ., _ and -' }
      const read = readOne(folder, name)
      if ('because' in read) return read
      bytes += read.bytes
      if (bytes > FOLDER_BYTES) return { because: `${name} is beyond the bytes that are read` }
      files.push(read.file)
    }
    return { files }
  } catch (error) {
    return { because: `it cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown'}` }
  }
}

type Read = { readonly file: MigrationText; readonly bytes: number } | { readonly because: string }

/** Opened once, and looked at as it was opened: by its name, it could be another one a moment later. */
function readOne(folder: string, name: string): Read {
  const file = openPlain(join(folder, name))
  if (file === null) return { because: `${name} is no plain file` }
  try {
    const found = fstatSync(file)
    if (!found.isFile()) return { because: `${name} is no plain file` }
    if (found.size > FILE_BYTES) return { because: `${name} is beyond the bytes that are read` }
    const bytes = readFileSync(file)
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    const checksum = createHash('sha256').update(bytes).digest('hex')
    return { file: { name, checksum, text }, bytes: bytes.length }
  } catch (error) {
    if (error instanceof TypeError) return { because: `${name} is not UTF-8` }
    throw error
  } finally {
    closeSync(file)
  }
}

/** Null for a link, which could lead anywhere. A pipe is not waited for. */
function openPlain(path: string): number | null {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ELOOP') return null
    throw error
  }
}
