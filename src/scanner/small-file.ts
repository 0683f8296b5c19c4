/** Reads files whose names the repository gives: a link to a device, or a pipe, must neither hold a scan up nor fill memory. */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'

/** Most bytes of a file that only says something about others: a manifest, settings. */
export const SMALL_BYTES = 1_048_576

/** The text of an ordinary file of at most `most` bytes; null where it is none, larger, or cannot be read. Never throws. */
export function smallTextOf(path: string, most = SMALL_BYTES): string | null {
  let fd: number | null = null
  try {
    fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    const stats = fstatSync(fd)
    return stats.isFile() && stats.size <= most ? readFileSync(fd, 'utf8') : null
  } catch {
    return null
  } finally {
    if (fd !== null) closeSync(fd)
  }
}
