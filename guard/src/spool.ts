// Batches that were not taken, kept in a folder of the application's so that they outlive the process. Bounded in bytes.

import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** A batch as it is sent, under its key. */
export interface KeptBatch {
  readonly key: string
  readonly body: string
  /** Failures in it. */
  readonly count: number
}

const KEPT = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([0-9]{1,15})\.batch$/
const OLD_PART_MS = 3_600_000

/**
 * One for each guard that has a folder. Several processes may share it: each sends what it finds, and the server counts a
 * batch once by its key. Nothing of it throws; what the disk refuses is told by the answer.
 */
export class Spool {
  readonly #folder: string
  readonly #maxBytes: number
  /** Keys of what is done with and cannot be removed: it would be the oldest for ever. */
  readonly #stuck = new Set<string>()

  constructor(folder: string, maxBytes: number) {
    this.#folder = folder
    this.#maxBytes = maxBytes
  }

  /** Keeps the batch, whole or not at all; false where there is no room or the folder cannot be written. */
  async keep({ key, body, count }: KeptBatch): Promise<boolean> {
    const part = join(this.#folder, `${randomUUID()}.part`)
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 })
      if ((await this.#bytes()) + Buffer.byteLength(body) > this.#maxBytes) return false
      const file = await open(part, 'wx', 0o600)
      try {
        await file.writeFile(body)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(part, this.#path({ key, count }))
      return true
    } catch {
      await rm(part, { force: true }).catch(() => undefined)
      return false
    }
  }

  /** The batch that was kept first; null where there is none that can be read. */
  async oldest(): Promise<KeptBatch | null> {
    for (const { name, key, count } of await this.#kept()) {
      if (this.#stuck.has(key)) continue
      try {
        return { key, count, body: await readFile(join(this.#folder, name), 'utf8') }
      } catch {
        // Another process has sent it, or it cannot be read: the next one.
      }
    }
    return null
  }

  /** The batch was taken, or never will be. */
  async forget(batch: Pick<KeptBatch, 'key' | 'count'>): Promise<void> {
    await rm(this.#path(batch), { force: true }).catch(() => this.#stuck.add(batch.key))
  }

  #path({ key, count }: Pick<KeptBatch, 'key' | 'count'>): string {
    return join(this.#folder, `${key}.${count}.batch`)
  }

  async #bytes(): Promise<number> {
    const kept = await this.#kept()
    return kept.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  async #kept() {
    const names = await readdir(this.#folder).catch(() => [])
    const found: { name: string; key: string; count: number; bytes: number; ms: number }[] = []
    for (const name of names) {
      const path = join(this.#folder, name)
      const facts = await stat(path).catch(() => null)
      const [, key, count] = KEPT.exec(name) ?? []
      if (facts === null) continue
      if (key !== undefined)
        found.push({ name, key, count: Number(count), bytes: facts.size, ms: facts.mtimeMs })
      // What a process that was killed had begun to write.
      else if (name.endsWith('.part') && Date.now() - facts.mtimeMs > OLD_PART_MS)
        await rm(path, { force: true }).catch(() => undefined)
    }
    return found.toSorted((a, b) => a.ms - b.ms || a.name.localeCompare(b.name))
  }
}
