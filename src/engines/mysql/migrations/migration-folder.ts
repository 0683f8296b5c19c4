/** Reads an application's folder of migrations: plain files in the order of their names, within bounds. It writes nothing. */
import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync } from 'node:fs'
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
      const { size } = lstatSync(join(folder, name))
      bytes += size
      if (size > FILE_BYTES || bytes > FOLDER_BYTES)
        return { because: `${name} is beyond the bytes that are read` }
      const read = readOne(folder, name)
      if ('because' in read) return read
      files.push(read)
    }
    return { files }
  } catch (error) {
    return { because: `it cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown'}` }
  }
}

function readOne(folder: string, name: string): MigrationText | { readonly because: string } {
  const path = join(folder, name)
  // A link could lead anywhere, and a pipe would be waited for.
  if (!lstatSync(path).isFile()) return { because: `${name} is no plain file` }
  const bytes = readFileSync(path)
  if (bytes.length > FILE_BYTES) return { because: `${name} is beyond the bytes that are read` }
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return { name, checksum: createHash('sha256').update(bytes).digest('hex'), text }
  } catch {
    return { because: `${name} is not UTF-8` }
  }
}
