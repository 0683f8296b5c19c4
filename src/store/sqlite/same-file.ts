/** Is the file under the store's path still the one that was opened? */
import { type BigIntStats, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { DbmedicError } from '../../core/errors.ts'

/**
 * Which file is under the path: device and inode.
 * @throws DbmedicError DBM_STORE_MISSING if there is none, DBM_STORE_UNREACHABLE if that cannot be told
 */
export function fileIdentity(path: string): string {
  const found = identityOf(path)
  if (found === null) throw new DbmedicError('DBM_STORE_MISSING', { address: resolve(path) })
  return found
}

/**
 * Notes which file is under the path now, and gives a question that throws once it is another one, or none: an open
 * connection goes on in a file that was deleted, where nobody else reads or writes. One `stat` a question (microseconds).
 * @throws as `fileIdentity`; the question: DbmedicError DBM_STORE_REPLACED, DBM_STORE_UNREACHABLE
 */
export function requireSameFile(path: string): () => void {
  const opened = fileIdentity(path)
  return () => {
    const now = identityOf(path)
    if (now === opened) return
    const what = now === null ? 'deleted or moved away' : 'replaced by another'
    throw new DbmedicError('DBM_STORE_REPLACED', { address: resolve(path), what })
  }
}

function identityOf(path: string): string | null {
  let found: BigIntStats | undefined
  try {
    found = statSync(path, { bigint: true, throwIfNoEntry: false })
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unknown'
    throw new DbmedicError('DBM_STORE_UNREACHABLE', { address: resolve(path), reason }, error)
  }
  return found === undefined ? null : `${found.dev}:${found.ino}`
}
