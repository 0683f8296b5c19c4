// Feeds a file, a pipe or standard input to a parser: plain or gzip, in constant memory.

import { type FileHandle, open } from 'node:fs/promises'
import { Readable } from 'node:stream'
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

/** The name that stands for standard input. */
const STANDARD_INPUT = '-'
const CHUNK_BYTES = 1024 * 1024
const GZIP = [0x1f, 0x8b]
const MAGIC_BYTES_MAX = 5

/** First bytes of what is no slow log yet, with how to make one of it. */
const NOT_YET_TEXT: readonly (readonly [readonly number[], string])[] = [
  [[0x28, 0xb5, 0x2f, 0xfd], 'it is compressed with zstd; unpack it first: zstd -dc FILE | dbmedic digest -'],
  [
    [0xfd, 0x37, 0x7a, 0x58, 0x5a],
    'it is compressed with xz; unpack it first: xz -dc FILE | dbmedic digest -',
  ],
  [[0x42, 0x5a, 0x68], 'it is compressed with bzip2; unpack it first: bzip2 -dc FILE | dbmedic digest -'],
  [[0x50, 0x4b, 0x03, 0x04], 'it is a zip archive; unpack it first: unzip -p FILE | dbmedic digest -'],
  [[0xff, 0xfe], 'it is UTF-16; make it UTF-8 first: iconv -f UTF-16 -t UTF-8 FILE | dbmedic digest -'],
  [[0xfe, 0xff], 'it is UTF-16; make it UTF-8 first: iconv -f UTF-16 -t UTF-8 FILE | dbmedic digest -'],
]

/**
 * Reads the file (`-`: standard input) to its end into `parser`, and ends the parser. Gzip is recognised by its first
 * two bytes, whatever the name. Throws DBM_FILE_UNREADABLE when nothing of it can be read; damage found later is
 * returned, with everything before it parsed.
 */
export async function readSlowLogFile(path: string, parser: SlowLogParser): Promise<SlowLogReading> {
  const file =
    path === STANDARD_INPUT ? undefined : await open(path, 'r').catch((cause) => unreadable(path, cause))
  const source = file === undefined ? standardInput() : piecesOf(file)
  try {
    return await readSource(path, source, parser)
  } finally {
    parser.end()
    await file?.close()
  }
}

async function readSource(
  path: string,
  source: AsyncGenerator<Buffer>,
  parser: SlowLogParser,
): Promise<SlowLogReading> {
  const first = await source.next().catch((cause: unknown) => unreadable(path, cause))
  const head = first.done === true ? Buffer.alloc(0) : first.value
  const problem = NOT_YET_TEXT.find(([magic]) => beginsWith(head, magic))?.[1]
  if (problem !== undefined) throw new DbmedicError('DBM_FILE_UNREADABLE', { file: path, reason: problem })
  const isGzip = beginsWith(head, GZIP)
  const pieces = isGzip ? unzipped(withFirst(head, source)) : withFirst(head, source)
  let bytes = 0
  try {
    for await (const piece of pieces) {
      bytes += piece.length
      parser.push(piece)
    }
    return { bytes, damage: undefined }
  } catch (error) {
    return { bytes, damage: error instanceof Error ? error.message : String(error) }
  }
}

/** The file's bytes; each piece is overwritten by the next. Reads on from where it is, as pipes want it. */
async function* piecesOf(file: FileHandle): AsyncGenerator<Buffer> {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
  // The format is told by the first bytes, which a pipe may hand over one by one.
  let kept = 0
  for (;;) {
    const { bytesRead } = await file.read(chunk, kept, CHUNK_BYTES - kept, null)
    kept += bytesRead
    if (bytesRead > 0 && kept < MAGIC_BYTES_MAX) continue
    if (kept > 0) yield chunk.subarray(0, kept)
    if (bytesRead === 0) return
    kept = 0
  }
}

async function* standardInput(): AsyncGenerator<Buffer> {
  let head: Buffer = Buffer.alloc(0)
  for await (const piece of process.stdin as AsyncIterable<Buffer>) {
    head = head.length === 0 ? piece : Buffer.concat([head, piece])
    if (head.length < MAGIC_BYTES_MAX) continue
    yield head
    head = Buffer.alloc(0)
  }
  if (head.length > 0) yield head
}

async function* withFirst(first: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  if (first.length > 0) yield first
  yield* rest
}

async function* unzipped(source: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  const packed = Readable.from(copies(source), { objectMode: false, highWaterMark: CHUNK_BYTES })
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES })
  packed.on('error', (error) => gunzip.destroy(error))
  try {
    yield* packed.pipe(gunzip) as AsyncIterable<Buffer>
  } finally {
    packed.destroy()
  }
}

/** Pieces that stay what they are while they wait to be unpacked. */
async function* copies(source: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  for await (const piece of source) yield copied(piece)
}

const copied = (piece: Buffer): Buffer => Buffer.from(piece)

function beginsWith(bytes: Buffer, magic: readonly number[]): boolean {
  return magic.every((byte, at) => bytes[at] === byte)
}

function unreadable(file: string, cause: unknown): never {
  const code = (cause as NodeJS.ErrnoException).code
  const reason = code === 'EISDIR' ? 'it is a folder' : (code ?? 'it cannot be read')
  throw new DbmedicError('DBM_FILE_UNREADABLE', { file, reason }, cause)
}
