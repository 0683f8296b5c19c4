/**
 * A clock of a private server's own, which can be stepped while it runs: Debian's libfaketime, loaded into that one
 * process. The machine's clock is not touched, and no other program sees the step.
 */
import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DbmedicError } from '../../core/errors.ts'
import { cachedFolder, cacheRoot } from './cache.ts'
import { runCommand } from './command.ts'
import { machineArchitecture } from './unpack-debian.ts'

/** Names the library where it is somewhere else. */
const VARIABLE = 'DBMEDIC_LIBFAKETIME'
const PACKAGE = 'libfaketime'
/** The variant for programs with threads. */
const LIBRARY = 'faketime/libfaketimeMT.so.1'
const FETCH_MS = 60_000
/** Longest step either way, s: a day. */
export const STEP_SECONDS_MAX = 86_400

/**
 * The library: as the variable names it, the machine's own, or a copy in our cache (50 kB to fetch).
 * @throws DbmedicError DBM_LAB_UNPACK_FAILED where it cannot be had
 */
export async function clockLibrary(): Promise<string> {
  const named = process.env[VARIABLE]
  if (named !== undefined && named !== '') {
    if (existsSync(named)) return named
    throw failed(`${VARIABLE} is ${named}, and there is no such file`, '')
  }
  const { triplet } = await machineArchitecture('mariadb')
  const own = join('/usr/lib', triplet, LIBRARY)
  if (existsSync(own)) return own
  const folder = await cachedFolder(join(cacheRoot(), PACKAGE), FETCH_MS, fetch)
  const fetched = join(folder, 'usr/lib', triplet, LIBRARY)
  if (existsSync(fetched)) return fetched
  throw failed(`its package holds no ${LIBRARY} for ${triplet}`, '')
}

/** Downloads the package with the machine's own apt, which checks its signature, and unpacks it without installing. */
async function fetch(partial: string): Promise<void> {
  const downloaded = await runCommand('apt-get', ['download', PACKAGE], {
    cwd: partial,
    timeoutMs: FETCH_MS,
  })
  const file = (await readdir(partial)).find((name) => name.endsWith('.deb'))
  if (downloaded.status !== 0 || file === undefined)
    throw failed('apt-get download did not succeed', downloaded.output)
  const unpacked = await runCommand('dpkg', ['-x', join(partial, file), partial])
  if (unpacked.status !== 0) throw failed('dpkg could not unpack it', unpacked.output)
  await rm(join(partial, file))
}

/**
 * The environment of a server whose clock follows `file`. Only the time of day is changed: deadlines and timers that
 * count from the start of the machine go on, as at a real step (https://github.com/wolfcw/libfaketime).
 */
export const clockEnvironment = (library: string, file: string): Readonly<Record<string, string>> => ({
  LD_PRELOAD: library,
  FAKETIME_TIMESTAMP_FILE: file,
  FAKETIME_DONT_FAKE_MONOTONIC: '1',
  // A cached step would end by the stepped clock: after one forward, one back is not seen for as long.
  FAKETIME_NO_CACHE: '1',
})

/** What such a file says for a clock this many seconds ahead (negative: behind). @throws RangeError beyond a day */
export function clockFile(seconds: number): string {
  if (!Number.isInteger(seconds) || Math.abs(seconds) > STEP_SECONDS_MAX)
    throw new RangeError(`a clock is stepped by whole seconds, at most ${STEP_SECONDS_MAX}`)
  return `${seconds < 0 ? '-' : '+'}${Math.abs(seconds)}\n`
}

const failed = (problem: string, output: string): DbmedicError =>
  new DbmedicError('DBM_LAB_UNPACK_FAILED', {
    package: PACKAGE,
    problem,
    log: output.trim().split('\n').slice(-8).join('\n'),
    variable: VARIABLE,
  })
