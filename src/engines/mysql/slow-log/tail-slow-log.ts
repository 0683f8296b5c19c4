// Follows a slow log that a server is writing: one bounded look at a time, from a state that can be stored and
// carried to another process. Rotation by rename, copytruncate and plain truncation are noticed.

import { createHash } from 'node:crypto'
import { type FileHandle, open, readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { DbmedicError } from '../../../core/errors.ts'
import type { SlowLogEvent } from './event.ts'
import type { SlowLogContext } from './slow-log-entry.ts'
import { SlowLogParser } from './slow-log-parser.ts'

/** Where a tail stands. Plain data. */
export interface SlowLogTailState {
  /** `device:inode` of the file being read. */
  readonly file: string
  /** Byte from which the next look reads. */
  readonly offset: number
  /** Size seen by the last look: a complete last entry is taken when the file did not grow since. */
  readonly sizeSeen: number
  /** Hash of the bytes just before `offset`: when they are others, the file was emptied and written anew. */
  readonly before: string
  /** What the server left out because it did not change. */
  readonly context: SlowLogContext
  /** Bytes that may be read at once, saved up between looks. */
  readonly allowance: number
  /** When the last look was, in milliseconds. */
  readonly lookedAtMs: number
}

/** What one look found. */
export interface SlowLogTailLook {
  readonly events: readonly SlowLogEvent[]
  /** Entries that were not whole. */
  readonly malformed: number
  /** Bytes of the file not read yet: how far behind the reader is. */
  readonly behindBytes: number
  /** Bytes left out because the reader was too far behind. */
  readonly skippedBytes: number
  /** What happened to the file since the last look. `rotated`: another file has its name. `lost`: its old file was not found, so its last entries are unknown. */
  readonly change: 'none' | 'rotated' | 'truncated' | 'lost'
  readonly nextState: SlowLogTailState
}

/** Options of {@link tailSlowLog}. */
export interface SlowLogTailOptions {
  /** Where the first look begins. Default `end`: history is not read. */
  readonly from?: 'start' | 'end'
  /** Reading speed over time. Default 1,000,000. */
  readonly bytesPerSecond?: number
  /** When more than this is unread, the oldest of it is left out and said. Default 64 MiB. */
  readonly maxBehindBytes?: number
  /** Longest statement kept. Default 64 KiB. */
  readonly maxStatementBytes?: number
  /** See the parser. */
  readonly utcOffsetMinutes?: number
  /** The moment of the look in milliseconds; default now. */
  readonly nowMs?: number
}

interface Limits {
  readonly bytesPerSecond: number
  readonly maxBehindBytes: number
  readonly maxStatementBytes: number
  readonly utcOffsetMinutes: number
  readonly nowMs: number
}

/** Reading speed over time, bytes a second, unless said otherwise. */
export const TAIL_BYTES_PER_SECOND = 1_000_000

const DEFAULT_LIMITS = {
  bytesPerSecond: TAIL_BYTES_PER_SECOND,
  maxBehindBytes: 64 * 1024 * 1024,
  maxStatementBytes: 64 * 1024,
  utcOffsetMinutes: 0,
}

interface LookOptions {
  readonly limits: Limits
  readonly change?: SlowLogTailLook['change']
  /** True when nothing will be added to this file. */
  readonly isFinal?: boolean
}

/** At least this much may be saved up, so that the longest entry kept fits into one look. */
const ALLOWANCE_SECONDS = 10
const HEADER_ROOM_BYTES = 300 * 1024
const BEFORE_BYTES = 64
const ROTATED_FILES_SEARCHED = 200

/**
 * One look at the log at `path`: reads what is new within the allowance and returns the events of whole entries with the
 * state for the next look. Pass undefined as the first state. An entry without its end is left for the next look. A
 * statement longer than kept is handed out at once, cut and marked, and its rest is passed over.
 *
 * When another file has taken the name, the old one is read to its end first, if it still lies in the folder
 * uncompressed. Throws DBM_FILE_UNREADABLE when the log cannot be opened (the state stays good for a later look).
 */
export async function tailSlowLog(
  path: string,
  state: SlowLogTailState | undefined,
  options: SlowLogTailOptions = {},
): Promise<SlowLogTailLook> {
  const limits: Limits = { ...DEFAULT_LIMITS, nowMs: Date.now(), ...given(options) }
  const file = await openLog(path)
  try {
    const { id, size } = await identify(file)
    if (state === undefined)
      return await look(file, await firstState(file, options.from === 'start' ? 0 : size, limits), { limits })
    const allowance = savedUp(state, limits)
    if (state.file !== id) return await lookAfterRotation(path, { ...state, allowance }, { file, limits })
    const emptied = size < state.offset || (await hashBefore(file, state.offset)) !== state.before
    if (emptied) return await look(file, freshState(id, allowance, limits), { limits, change: 'truncated' })
    return await look(file, { ...state, allowance }, { limits })
  } finally {
    await file.close()
  }
}

/** The options that were given: an undefined one must not hide a default. */
function given(options: SlowLogTailOptions): Partial<Limits> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}

async function openLog(path: string): Promise<FileHandle> {
  return open(path, 'r').catch((cause: NodeJS.ErrnoException) => {
    throw new DbmedicError('DBM_FILE_UNREADABLE', { file: path, reason: cause.code ?? cause.message }, cause)
  })
}

async function identify(file: FileHandle): Promise<{ id: string; size: number }> {
  const { dev, ino, size } = await file.stat()
  return { id: `${dev}:${ino}`, size }
}

function burst(limits: Limits): number {
  return Math.max(limits.bytesPerSecond * ALLOWANCE_SECONDS, longestEntry(limits))
}

function savedUp(state: SlowLogTailState, limits: Limits): number {
  const elapsedMs = Math.max(0, limits.nowMs - state.lookedAtMs)
  return Math.min(burst(limits), state.allowance + (elapsedMs / 1000) * limits.bytesPerSecond)
}

function freshState(id: string, allowance: number, limits: Limits): SlowLogTailState {
  return {
    file: id,
    offset: 0,
    sizeSeen: -1,
    before: hashOf(Buffer.alloc(0)),
    context: { localTimeMs: undefined, database: undefined },
    allowance,
    lookedAtMs: limits.nowMs,
  }
}

async function firstState(file: FileHandle, offset: number, limits: Limits): Promise<SlowLogTailState> {
  const { id } = await identify(file)
  return { ...freshState(id, burst(limits), limits), offset, before: await hashBefore(file, offset) }
}

/** Reads the rest of the old file, then goes on with the new one in the same look. */
async function lookAfterRotation(
  path: string,
  state: SlowLogTailState,
  { file, limits }: { readonly file: FileHandle; readonly limits: Limits },
): Promise<SlowLogTailLook> {
  const { id } = await identify(file)
  const old = await findRotated(path, state.file)
  if (old === undefined)
    return look(file, freshState(id, state.allowance, limits), { limits, change: 'lost' })
  try {
    const rest = await look(old, state, { limits, change: 'rotated', isFinal: true })
    if (rest.behindBytes > 0) return rest
    const next = await look(file, freshState(id, rest.nextState.allowance, limits), {
      limits,
      change: 'rotated',
    })
    return {
      ...next,
      events: [...rest.events, ...next.events],
      malformed: rest.malformed + next.malformed,
      skippedBytes: rest.skippedBytes + next.skippedBytes,
    }
  } finally {
    await old.close()
  }
}

/** The file that had the log's name, by its inode, among those in the folder whose names begin with the log's. */
async function findRotated(path: string, id: string): Promise<FileHandle | undefined> {
  const folder = dirname(path)
  const stem = basename(path).replace(/\.log$/, '')
  const names = (await readdir(folder)).filter((name) => name.startsWith(stem) && name !== basename(path))
  for (const name of names.slice(0, ROTATED_FILES_SEARCHED)) {
    const file = await open(join(folder, name), 'r').catch(() => undefined)
    if (file === undefined) continue
    if ((await identify(file)).id === id) return file
    await file.close()
  }
  return undefined
}

/** Reads from the state's offset within its allowance. */
async function look(
  file: FileHandle,
  state: SlowLogTailState,
  { limits, change = 'none', isFinal = false }: LookOptions,
): Promise<SlowLogTailLook> {
  const { size } = await identify(file)
  const skippedBytes = Math.max(0, size - state.offset - limits.maxBehindBytes)
  const offset = state.offset + skippedBytes
  const window = Buffer.allocUnsafe(windowBytes(size - offset, state.allowance, limits))
  const length = await readFully(file, window, offset)
  const reachedEnd = offset + length >= size
  const events: SlowLogEvent[] = []
  const parser = new SlowLogParser((entry) => events.push(entry.toEvent()), {
    maxStatementBytes: limits.maxStatementBytes,
    utcOffsetMinutes: limits.utcOffsetMinutes,
    context: skippedBytes > 0 ? undefined : state.context,
    emitOversizeEarly: true,
  })
  parser.push(window.subarray(0, length))
  if (reachedEnd && isFinal) parser.end()
  else if (reachedEnd && size === state.sizeSeen) parser.pause()
  else parser.hold()
  const nextOffset = offset + parser.consumed
  return {
    events,
    malformed: parser.malformed,
    behindBytes: size - offset - length,
    skippedBytes,
    change,
    nextState: {
      file: state.file,
      offset: nextOffset,
      sizeSeen: size,
      before: await hashBefore(file, nextOffset),
      context: parser.context,
      allowance: state.allowance - length,
      lookedAtMs: limits.nowMs,
    },
  }
}

/** All that is unread if the allowance covers it; else the allowance once it covers the longest entry kept; else nothing yet. */
function windowBytes(unread: number, allowance: number, limits: Limits): number {
  if (unread <= allowance) return Math.max(0, unread)
  return allowance >= longestEntry(limits) ? Math.floor(allowance) : 0
}

function longestEntry(limits: Limits): number {
  return limits.maxStatementBytes * 2 + HEADER_ROOM_BYTES
}

async function readFully(file: FileHandle, into: Buffer, from: number): Promise<number> {
  let length = 0
  while (length < into.length) {
    const { bytesRead } = await file.read(into, length, into.length - length, from + length)
    if (bytesRead === 0) break
    length += bytesRead
  }
  return length
}

async function hashBefore(file: FileHandle, offset: number): Promise<string> {
  const bytes = Buffer.alloc(Math.min(BEFORE_BYTES, offset))
  const length = await readFully(file, bytes, offset - bytes.length)
  return hashOf(bytes.subarray(0, length))
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16)
}
