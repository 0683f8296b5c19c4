// Feeds a file to a parser: plain or gzip, in constant memory.

import { type FileHandle, open } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import { DbmedicError } from '../../../core/errors.ts'
import type { SlowLogParser } from './slow-log-parser.ts'

/** How reading a file went. */
export interface SlowLogReading {
  /** Bytes given to the parser, uncompressed. */
  readonly bytes: number
  /** Why the file could not be read to its end; undefined when it could. */
  readonly damage: string | undefined
}

const CHUNK_BYTES = 1024 * 1024

/**
 * Reads the file to its end into `parser`, and ends the parser. Gzip is recognised by its first two bytes, whatever the
 * name. Throws DBM_FILE_UNREADABLE when it cannot be opened; damage found later is returned, with everything before it parsed.
 */
export async function readSlowLogFile(path: string, parser: SlowLogParser): Promise<SlowLogReading> {
  const file = await open(path, 'r').catch((cause: NodeJS.ErrnoException) => {
    throw new DbmedicError('DBM_FILE_UNREADABLE', { file: path, reason: cause.code ?? cause.message }, cause)
  })
  try {
    const magic = Buffer.alloc(2)
    const { bytesRead } = await file.read(magic, 0, 2, 0)
    const isGzip = bytesRead === 2 && magic[0] === 0x1f && magic[1] === 0x8b
    return await (isGzip ? readGzip(file, parser) : readPlain(file, parser))
  } finally {
    parser.end()
    await file.close()
  }
}

async function readPlain(file: FileHandle, parser: SlowLogParser): Promise<SlowLogReading> {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
  let bytes = 0
  try {
    for (;;) {
      const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, bytes)
      if (bytesRead === 0) return { bytes, damage: undefined }
      bytes += bytesRead
      parser.push(chunk.subarray(0, bytesRead))
    }
  } catch (error) {
    return { bytes, damage: reasonOf(error) }
  }
}

async function readGzip(file: FileHandle, parser: SlowLogParser): Promise<SlowLogReading> {
  const source = file.createReadStream({ start: 0, autoClose: false, highWaterMark: CHUNK_BYTES })
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES })
  source.on('error', (error) => gunzip.destroy(error))
  let bytes = 0
  try {
    for await (const chunk of source.pipe(gunzip) as AsyncIterable<Buffer>) {
      bytes += chunk.length
      parser.push(chunk)
    }
    return { bytes, damage: undefined }
  } catch (error) {
    return { bytes, damage: reasonOf(error) }
  } finally {
    source.destroy()
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
