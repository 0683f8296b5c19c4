/**
 * What scans remember from one run of the program to the next, in the user's own cache folder: a scan promises to change nothing in the
 * repository. Only files that this user wrote, in a folder nobody else can write to, are believed; anything else is as if it
 * were not there.
 */
import { createHash } from 'node:crypto'
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  type Stats,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import {
  emptyMemory,
  memoryOf,
  type ScanMemory,
  type ScanOptions,
  type ScanResult,
  scan,
  storedMemory,
} from '../scanner/index.ts'
import { type StagedScan, scanStaged } from './git/index.ts'

/** Largest file that is read, bytes. */
const MOST_BYTES = 300 * 1024 * 1024
/** Repositories that are remembered; of more the ones scanned longest ago are forgotten. */
const FILES_MAX = 40
const SUFFIX = '.memory'

/** How a scan is done from the outside. */
export type OutsideOptions = Pick<ScanOptions, 'rules' | 'review' | 'schemaFile'> & {
  /** False to read everything anew and to remember nothing. Default true. */
  readonly cache?: boolean
}

/** Scans a folder. @throws what `scan` throws */
export async function scanRepository(folder: string, options: OutsideOptions = {}): Promise<ScanResult> {
  const { cache = true, ...how } = options
  if (!cache) return scan(folder, how)
  const memory = readMemory(folder, ['files']) ?? emptyMemory()
  const result = await scan(folder, { ...how, memory })
  writeMemory(folder, 'files', memory)
  return result
}

/** Scans what the next commit of a folder would hold. @throws what `scanStaged` throws */
export async function scanNextCommit(folder: string, options: OutsideOptions = {}): Promise<StagedScan> {
  const { cache = true, ...how } = options
  if (!cache) return scanStaged(folder, how)
  const memory = readMemory(folder, ['staged', 'files']) ?? emptyMemory()
  const result = await scanStaged(folder, { ...how, memory })
  writeMemory(folder, 'staged', memory)
  return result
}

/** `$XDG_CACHE_HOME/dbmedic/scan`, else `~/.cache/dbmedic/scan`. */
const cacheFolder = (): string =>
  join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'dbmedic', 'scan')

/** Whether it is of the files as they lie there, or as git's index has them. */
export type Kind = 'files' | 'staged'

const nameOf = (folder: string, kind: Kind): string =>
  `${createHash('sha256')
    .update(`${kind}\0${realpathSync(resolve(folder))}\0${resolve(folder)}`)
    .digest('hex')
    .slice(0, 40)}${SUFFIX}`

/** The first of some memories of a folder that is there; null where none is, or none is to be believed. Never throws. */
export function readMemory(folder: string, kinds: readonly Kind[]): ScanMemory | null {
  for (const kind of kinds) {
    try {
      const own = cacheFolder()
      if (!isOurs(lstatSync(own), 'folder')) return null
      const bytes = ownBytes(join(own, nameOf(folder, kind)))
      const memory = bytes === null ? null : memoryOf(bytes, program())
      if (memory !== null) return memory
    } catch {
      // Not there, or not to be read: everything is read anew.
    }
  }
  return null
}

function ownBytes(path: string): Buffer | null {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const stats = fstatSync(fd)
    return isOurs(stats, 'file') && stats.size <= MOST_BYTES ? readFileSync(fd) : null
  } finally {
    closeSync(fd)
  }
}

/** Whether it is of this user, and nobody else may write to it. Where a system cannot tell, nothing is. */
function isOurs(stats: Stats, kind: 'folder' | 'file'): boolean {
  const isKind = kind === 'folder' ? stats.isDirectory() : stats.isFile()
  return isKind && stats.uid === process.geteuid?.() && (stats.mode & 0o077) === 0
}

/** Keeps a memory for the next run. Never throws: without it the next run takes longer. */
export function writeMemory(folder: string, kind: Kind, memory: ScanMemory): void {
  if (!memory.isNewer) return
  try {
    const own = cacheFolder()
    mkdirSync(own, { recursive: true, mode: 0o700 })
    if (!isOurs(lstatSync(own), 'folder')) return
    const bytes = storedMemory(memory, program())
    if (bytes === null) return
    const path = join(own, nameOf(folder, kind))
    const next = `${path}.${process.pid}.next`
    try {
      writeFileSync(next, bytes, { flag: 'wx', mode: 0o600 })
      renameSync(next, path)
    } catch (error) {
      unlinkSync(next)
      throw error
    }
    forget(own)
  } catch {
    // A full or read-only disk is no reason to fail.
  }
}

/** Removes the oldest memories, and what a run that was killed left behind. */
function forget(own: string): void {
  const files = readdirSync(own)
    .map((name) => ({ path: join(own, name), name, at: lstatSync(join(own, name)).mtimeMs }))
    .sort((a, b) => b.at - a.at)
  const kept = files.filter(({ name }) => name.endsWith(SUFFIX)).slice(0, FILES_MAX)
  for (const each of files)
    if (!kept.includes(each) && (each.name.endsWith(SUFFIX) || each.at < Date.now() - 86_400_000))
      unlinkSync(each.path)
}

let known: string | null = null

/** A digest of everything that decides what a reading comes to: the scanner's own source, what it parses with, and Node. */
export function program(): string {
  if (known !== null) return known
  const hash = createHash('sha256').update(`${process.version} ${process.arch}\0`)
  const source = join(import.meta.dirname, '..')
  for (const folder of ['scanner', 'rules', 'sql'])
    for (const file of readdirSync(join(source, folder), { recursive: true, encoding: 'utf8' }).sort())
      if (/\.[jt]s$/.test(file) && !file.endsWith('.test.ts'))
        hash.update(`${folder}/${file}\0`).update(readFileSync(join(source, folder, file)))
  hash.update(readFileSync(join(source, '..', 'package.json')))
  known = hash.digest('hex')
  return known
}
