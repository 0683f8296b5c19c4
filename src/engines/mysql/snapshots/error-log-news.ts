/**
 * What the error log gained between two readings, for deadlocks that the status text no longer shows
 * (`innodb_print_all_deadlocks=ON`; on MySQL also `log_error_verbosity=3`). The file must be readable here.
 */
import { open, stat } from 'node:fs/promises'

/** End of the file at a reading. */
export interface ErrorLogMark {
  /** `device:inode`. */
  readonly file: string
  readonly size: number
}

/** Read at most of what is new, bytes; the newest. */
const NEWS_BYTES_MAX = 4 * 1024 * 1024

/** Where the log ends now; `null` where there is none to read. Never throws. */
export async function markErrorLog(path: string | null): Promise<ErrorLogMark | null> {
  if (path === null) return null
  const found = await stat(path).catch(() => null)
  return found === null ? null : { file: `${found.dev}:${found.ino}`, size: found.size }
}

/** The text written since `from`, at most 4 MiB of it; empty where it cannot be read. A rotated file is read from its start. */
export async function readErrorLogNews(path: string, from: ErrorLogMark): Promise<string> {
  const file = await open(path, 'r').catch(() => null)
  if (file === null) return ''
  try {
    const { dev, ino, size } = await file.stat()
    const isSame = from.file === `${dev}:${ino}` && size >= from.size
    const start = Math.max(isSame ? from.size : 0, size - NEWS_BYTES_MAX)
    const bytes = Buffer.alloc(Math.max(0, size - start))
    const { bytesRead } = await file.read(bytes, 0, bytes.length, start)
    return bytes.subarray(0, bytesRead).toString('utf8')
  } catch {
    return ''
  } finally {
    await file.close()
  }
}
