/** Readers of files a DBA has at hand, for servers nobody is connected to. */
import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { DbmedicError } from '../core/errors.ts'
import { type DeadlockJson, deadlockJson, readDeadlocks } from '../engines/mysql/deadlock/index.ts'
import { digestSlowLog, type SlowLogDigest } from '../engines/mysql/slow-log/index.ts'
import { fingerprintRecords } from '../sql/index.ts'

export { type DeadlockJson, fingerprintRecords, type SlowLogDigest }

/** Told of a file that cannot be read, so that the others can be. */
type OnUnreadable = (error: DbmedicError) => void

/**
 * Slow logs added up by statement class; plain or gzip, `-` for standard input. `onUnreadable` is told of files of which
 * nothing can be read while others can. @throws DbmedicError DBM_FILE_UNREADABLE
 */
export const digestFiles = (files: readonly string[], onUnreadable?: OnUnreadable): Promise<SlowLogDigest> =>
  digestSlowLog(files, onUnreadable === undefined ? {} : { onUnreadable })

/**
 * Every deadlock of InnoDB status texts or error logs; plain or gzip, `-` for standard input. `onUnreadable` is told
 * of files that cannot be read to their end while others can. @throws DbmedicError DBM_FILE_UNREADABLE
 */
export async function deadlocksOf(
  files: readonly string[],
  onUnreadable?: OnUnreadable,
): Promise<{ readonly deadlocks: readonly DeadlockJson[] }> {
  const deadlocks: DeadlockJson[] = []
  const unreadable: DbmedicError[] = []
  for (const file of files) {
    try {
      for await (const deadlock of readDeadlocks(bytesOf(file))) deadlocks.push(deadlockJson(deadlock))
    } catch (error) {
      if (!(error instanceof DbmedicError) || onUnreadable === undefined) throw error
      unreadable.push(error)
    }
  }
  if (unreadable[0] !== undefined && unreadable.length === files.length) throw unreadable[0]
  for (const error of unreadable) onUnreadable?.(error)
  return { deadlocks }
}

/** The bytes of a file, unzipped where it is gzip (RFC 1952 magic 1f 8b). `-` is standard input. */
async function* bytesOf(file: string): AsyncGenerator<Uint8Array> {
  const source = file === '-' ? process.stdin : createReadStream(file)
  try {
    const chunks = source[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>
    const first = await chunks.next()
    if (first.done === true) return
    const rest = { [Symbol.asyncIterator]: () => chunks }
    const whole = joined(first.value, rest)
    if (first.value[0] === 0x1f && first.value[1] === 0x8b) yield* unzipped(whole)
    else yield* whole
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    const reason = code === 'EISDIR' ? 'it is a folder' : (code ?? 'it cannot be read')
    throw new DbmedicError('DBM_FILE_UNREADABLE', { file, reason }, error)
  }
}

async function* joined(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first
  yield* rest
}

async function* unzipped(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip()
  const feeding = (async () => {
    for await (const chunk of source)
      if (!gunzip.write(chunk)) await new Promise((r) => gunzip.once('drain', r))
    gunzip.end()
  })().catch((error: Error) => gunzip.destroy(error))
  for await (const chunk of gunzip) yield chunk as Uint8Array
  await feeding
}
