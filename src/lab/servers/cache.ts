/**
 * The per-user cache folder for server binaries, initialised data directories and prepared databases.
 * It is outside the checkout, can be deleted at any time, and is safe for two processes at once.
 */
import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { DbmedicError } from '../../core/errors.ts'

const LOCK_POLL_MS = 50
/** A lock's holder touches it this often; one untouched for four times as long belongs to a dead process. */
const LOCK_BEAT_MS = 5_000
/** Template and prepared data directories unused for this long are deleted by the next process that makes one. */
const UNUSED_MS = 14 * 24 * 3_600_000

/** `$DBMEDIC_CACHE`, else `$XDG_CACHE_HOME/dbmedic`, else `~/.cache/dbmedic`. Not created here. */
export function cacheRoot(): string {
  const own = process.env.DBMEDIC_CACHE
  if (own) return own
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'dbmedic')
}

/**
 * Returns `folder` once it is complete: as it is when it exists, else filled by `fill` in a folder beside it
 * and renamed into place, so that nobody ever sees half of it. Only one process fills at a time; the others
 * wait at most `waitMs`, then throw DBM_LAB_SERVER_FAILED. Throws what `fill` throws and leaves nothing behind.
 */
export async function cachedFolder(
  folder: string,
  waitMs: number,
  fill: (partial: string) => Promise<void>,
): Promise<string> {
  if (existsSync(folder)) return touch(folder)
  await mkdir(dirname(folder), { recursive: true })
  return withLock(`${folder}.lock`, waitMs, async () => {
    if (existsSync(folder)) return folder
    const partial = `${folder}.partial-${process.pid}`
    try {
      await rm(partial, { recursive: true, force: true })
      await mkdir(partial, { recursive: true })
      await fill(partial)
      await rename(partial, folder).catch((error: unknown) => {
        if (!existsSync(folder)) throw error
      })
    } finally {
      await rm(partial, { recursive: true, force: true })
    }
    return folder
  })
}

/** Deletes folders directly under `parent` that nobody used for two weeks. Never throws: a cache is a convenience. */
export async function dropUnused(parent: string): Promise<void> {
  const names = await readdir(parent).catch(() => [])
  for (const name of names) {
    const path = join(parent, name)
    const state = await stat(path).catch(() => undefined)
    if (state && Date.now() - state.mtimeMs > UNUSED_MS) {
      await rm(path, { recursive: true, force: true }).catch(() => undefined)
    }
  }
}

async function touch(folder: string): Promise<string> {
  const now = new Date()
  await utimes(folder, now, now).catch(() => undefined)
  return folder
}

async function withLock<T>(lock: string, waitMs: number, run: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + waitMs
  while (!(await takeLock(lock))) {
    if (Date.now() > deadline) {
      throw new DbmedicError('DBM_LAB_SERVER_FAILED', {
        server: 'the server cache',
        problem: `another process has held ${lock} for ${waitMs} ms`,
        log: `If none is running, delete ${lock}.`,
      })
    }
    await sleep(LOCK_POLL_MS)
  }
  const beat = setInterval(() => void touch(lock), LOCK_BEAT_MS)
  beat.unref()
  try {
    return await run()
  } finally {
    clearInterval(beat)
    await rm(lock, { force: true })
  }
}

async function takeLock(lock: string): Promise<boolean> {
  try {
    await writeFile(lock, `${process.pid}\n`, { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const state = await stat(lock).catch(() => undefined)
  if (state && Date.now() - state.mtimeMs > 4 * LOCK_BEAT_MS) await rm(lock, { force: true })
  return false
}
