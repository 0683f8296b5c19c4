/**
 * A slow log that grows at 50 MB/s and is rotated and truncated meanwhile. A reader that may read as fast loses no entry;
 * one as shipped (1 MB/s) says to the byte what it left out. Neither grows with the log.
 * DBMEDIC_FLOOD_SECONDS is the length of each of the three spans of writing; default 1.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type SlowLogTailLook,
  type SlowLogTailOptions,
  type SlowLogTailState,
  tailSlowLog,
} from '../../src/engines/mysql/slow-log/index.ts'

const SECONDS = Number(process.env['DBMEDIC_FLOOD_SECONDS'] ?? 1)
const MIB_PER_SECOND = 50
const MIB = 1024 * 1024
const LOOK_EVERY_MS = 100

/** What a reader came to. */
interface Followed {
  events: number
  malformed: number
  skippedBytes: number
  peakRssMiB: number
  lastBehind: number
  readonly changes: string[]
}

/** One reader of one log. */
class Follower {
  readonly path: string
  readonly #options: SlowLogTailOptions
  #state: SlowLogTailState | undefined
  #stopped = false
  #idle = 0
  readonly found: Followed = {
    events: 0,
    malformed: 0,
    skippedBytes: 0,
    peakRssMiB: 0,
    lastBehind: 0,
    changes: [],
  }

  constructor(path: string, options: SlowLogTailOptions) {
    this.path = path
    this.#options = { from: 'start', ...options }
  }

  get offset(): number {
    return this.#state?.offset ?? 0
  }

  async follow(): Promise<void> {
    while (!this.#stopped) {
      this.#count(await tailSlowLog(this.path, this.#state, this.#options))
      await sleep(this.found.lastBehind > 0 ? 1 : LOOK_EVERY_MS)
    }
  }

  /** Resolves when two looks in a row found nothing new and nothing is left. */
  async drained(): Promise<void> {
    this.#idle = 0
    while (this.#idle < 3) await sleep(20)
  }

  stop(): void {
    this.#stopped = true
  }

  #count(look: SlowLogTailLook): void {
    const { found } = this
    this.#state = look.nextState
    found.events += look.events.length
    found.malformed += look.malformed
    found.skippedBytes += look.skippedBytes
    found.lastBehind = look.behindBytes
    found.peakRssMiB = Math.max(found.peakRssMiB, process.memoryUsage().rss / MIB)
    if (look.change !== 'none') found.changes.push(look.change)
    this.#idle = look.events.length === 0 && look.behindBytes === 0 ? this.#idle + 1 : 0
  }
}

/** The writer: `next` lets it go on with a word and gives what it has written in all once the next span is over. */
function startWriter(path: string, spans: number) {
  const script = join(import.meta.dirname, '../support/slow-log-writer.ts')
  const args = [script, path, String(MIB_PER_SECOND), String(SECONDS), String(spans)]
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  assert.ok(child.stdout !== null)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const written = async (): Promise<{ entries: number; bytes: number }> => {
    const { value } = await lines.next()
    const [, entries, bytes] = String(value).split(' ').map(Number)
    return { entries: entries ?? 0, bytes: bytes ?? 0 }
  }
  return {
    written,
    say: (word: string) => void child.stdin?.write(`${word}\n`),
    ended: () => once(child, 'close'),
    kill: () => void child.kill('SIGKILL'),
  }
}

async function newLog(t: { after(work: () => void): void }): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'dbmedic-flood-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'slow.log')
  writeFileSync(path, '')
  return path
}

test('a reader that may read as fast counts every entry, through a rotation and a truncation', async (t) => {
  const path = await newLog(t)
  const rssBefore = process.memoryUsage().rss / MIB
  const reader = new Follower(path, { bytesPerSecond: 200 * MIB, maxBehindBytes: 4_096 * MIB })
  const writer = startWriter(path, 3)
  t.after(() => writer.kill())
  const following = reader.follow()
  await writer.written()
  writer.say('rotate')
  await writer.written()
  // What is truncated before anybody read it is gone for everybody.
  await reader.drained()
  writer.say('truncate')
  const { entries, bytes } = await writer.written()
  await reader.drained()
  reader.stop()
  await following
  writer.say('on')
  await writer.ended()
  const { found } = reader
  t.diagnostic(
    `${entries} entries, ${Math.round(bytes / MIB)} MiB at ${MIB_PER_SECOND} MiB/s: ${found.events} read, ` +
      `${found.skippedBytes} bytes left out, ${Math.round(found.peakRssMiB - rssBefore)} MiB more memory`,
  )
  assert.deepEqual([found.events, found.skippedBytes, found.malformed], [entries, 0, 0])
  assert.deepEqual([...new Set(found.changes)].sort(), ['rotated', 'truncated'])
})

test('a reader as shipped falls behind, says to the byte what it left out, and does not grow', async (t) => {
  const path = await newLog(t)
  const rssBefore = process.memoryUsage().rss / MIB
  const limits = { maxBehindBytes: 8 * MIB }
  const reader = new Follower(path, limits)
  const writer = startWriter(path, 3)
  t.after(() => writer.kill())
  const following = reader.follow()
  for (const _span of [1, 2]) {
    await writer.written()
    writer.say('on')
  }
  const { entries, bytes } = await writer.written()
  await sleep(3 * LOOK_EVERY_MS)
  reader.stop()
  await following
  writer.say('on')
  await writer.ended()
  const { found } = reader
  const read = reader.offset - found.skippedBytes
  t.diagnostic(
    `${Math.round(bytes / MIB)} MiB written: ${Math.round(read / MIB)} MiB read (${found.events} of ${entries} entries), ` +
      `${Math.round(found.skippedBytes / MIB)} MiB left out and said, ${Math.round((bytes - reader.offset) / MIB)} MiB still to be read, ` +
      `${Math.round(found.peakRssMiB - rssBefore)} MiB more memory`,
  )
  assert.equal(statSync(path).size, bytes)
  assert.ok(found.skippedBytes > 0, 'it cannot have kept up')
  assert.ok(bytes - reader.offset <= limits.maxBehindBytes + 2 * MIB, `${bytes - reader.offset} bytes behind`)
  const average = bytes / entries
  assert.ok(
    Math.abs(found.events - read / average) < (read / average) * 0.05,
    `${found.events} of ${read} bytes`,
  )
  assert.ok(found.peakRssMiB - rssBefore < 250, `${found.peakRssMiB - rssBefore} MiB more`)
})
