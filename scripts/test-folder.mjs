/**
 * Where the tests keep their files. Servers and stores: in memory where there is room. A store flushes every commit to
 * the disk (3 ms a commit on a cloud disk, 0.02 ms in memory), and nothing here has to survive a power cut. What a
 * program keeps at home, keys above all: in a home of the run's own, which nobody's keys are in.
 */
import { spawnSync } from 'node:child_process'
import { accessSync, chmodSync, constants, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const IN_MEMORY = '/dev/shm'
/** Four files at once, each with a MariaDB and a MySQL of 0.3 GB of data together, and as much again for rows; bytes. */
const ROOM_LEAST = 3 * 1024 ** 3
/** The servers' own memory is 0.8 GB a file. */
const MEMORY_LEAST = 2 * ROOM_LEAST

/**
 * From now on this process and those it starts make their temporary files in memory, in a folder that goes when this
 * process ends. A TMPDIR of one's own stays; nothing changes where memory is short or programs may not be run from it.
 */
export async function useMemoryFolder() {
  if (process.env.TMPDIR !== undefined || !hasRoom()) return
  const { newHome } = await import('../src/lab/servers/index.ts')
  const folder = await newHome(IN_MEMORY)
  if (!runsPrograms(folder)) return remove(folder)
  // Servers and programs that tests run as another user have their files below it; they may pass, and not look around.
  chmodSync(folder, 0o711)
  process.env.TMPDIR = folder
  removeAtEnd(folder)
}

/**
 * From now on this process and those it starts have an empty home, which goes when this process ends. Servers fetched
 * before are still found where they are kept.
 */
export async function usePrivateHome() {
  const { cacheRoot } = await import('../src/lab/servers/cache.ts')
  const { newHome } = await import('../src/lab/servers/index.ts')
  process.env.DBMEDIC_CACHE = cacheRoot()
  const home = await newHome()
  process.env.HOME = home
  removeAtEnd(home)
}

function removeAtEnd(folder) {
  process.on('exit', () => remove(folder))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1))
}

function remove(folder) {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
}

function hasRoom() {
  try {
    accessSync(IN_MEMORY, constants.W_OK)
    const { bavail, bsize } = statfsSync(IN_MEMORY)
    return bavail * bsize >= ROOM_LEAST && process.availableMemory() >= MEMORY_LEAST
  } catch {
    return false
  }
}

/** Containers often mount it without the right to execute. */
function runsPrograms(folder) {
  const program = join(folder, 'program')
  writeFileSync(program, '#!/bin/sh\n')
  chmodSync(program, 0o700)
  const ran = spawnSync(program)
  rmSync(program)
  return ran.status === 0
}
