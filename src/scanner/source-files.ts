/** What a scan reads: the files of a disk, or a tree that is kept somewhere else, such as git's index. Paths are absolute. */
import { createHash } from 'node:crypto'
import { readdirSync, realpathSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { SMALL_BYTES, smallTextOf } from './small-file.ts'

/** One name in a folder. `other`: a pipe, a device and the like, which is never read. */
export interface SourceEntry {
  readonly name: string
  readonly kind: 'file' | 'folder' | 'link' | 'other'
}

/** Folders and files as a scan asks for them. */
export interface SourceFiles {
  /** What is in a folder, in no order. @throws the system's error if it cannot be read */
  readonly list: (folder: string) => readonly SourceEntry[]
  /** Bytes of the ordinary file a path leads to, links followed; null where there is none. */
  readonly size: (path: string) => number | null
  /** Whether a path leads to an ordinary file, links followed. */
  readonly isFile: (path: string) => boolean
  /** Its text; null where there is none, it is larger than `most` bytes (default: 1 MiB) or cannot be read. */
  readonly text: (path: string, most?: number) => string | null
  /** SHA-256 of that text, 64 hex digits; null where {@link text} gives none. */
  readonly digest: (path: string, most?: number) => string | null
  /** What is another whenever the file's bytes are, without a look at them; null where nothing is known to be. */
  readonly stamp: (path: string) => string | null
  /** The path with its links resolved; null for one that is not there. */
  readonly real: (path: string) => string | null
}

/** Longer than the clock of any file system stands still, ms: FAT has ticks of two seconds. */
const TICK_MS = 3_000

/** SHA-256 of a text, 64 hex digits. */
export const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex')

const digestOr = (text: string | null): string | null => (text === null ? null : digestOf(text))

/** The files of this machine. */
export const DISK: SourceFiles = {
  list: (folder) =>
    readdirSync(folder, { withFileTypes: true }).map((each) => ({
      name: each.name,
      kind: each.isSymbolicLink() ? 'link' : each.isDirectory() ? 'folder' : each.isFile() ? 'file' : 'other',
    })),
  size: (path) => {
    const found = statSync(path, { throwIfNoEntry: false })
    return found?.isFile() === true ? found.size : null
  },
  isFile: (path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true,
  text: smallTextOf,
  digest: (path, most) => digestOr(smallTextOf(path, most)),
  stamp: (path) => {
    const found = statSync(path, { throwIfNoEntry: false, bigint: true })
    if (found?.isFile() !== true) return null
    const { dev, ino, size, mtimeNs, ctimeNs } = found
    // What was written a moment ago may be written again within the same tick of the file system's clock.
    const newest = Math.max(Number(mtimeNs / 1_000_000n), Number(ctimeNs / 1_000_000n))
    return newest > Date.now() - TICK_MS ? null : [dev, ino, size, mtimeNs, ctimeNs].join(':')
  },
  real: (path) => {
    try {
      return realpathSync(path)
    } catch {
      return null
    }
  },
}

/** Files in which some have other texts, or are there only by them. @param texts - by absolute path */
export function withTexts(files: SourceFiles, texts: ReadonlyMap<string, string>): SourceFiles {
  if (texts.size === 0) return files
  return {
    ...files,
    size: (path) => {
      const text = texts.get(path)
      return text === undefined ? files.size(path) : Buffer.byteLength(text)
    },
    isFile: (path) => texts.has(path) || files.isFile(path),
    text: (path, most) => texts.get(path) ?? files.text(path, most),
    digest: (path, most) => digestOr(texts.get(path) ?? null) ?? files.digest(path, most),
    stamp: (path) => (texts.has(path) ? null : files.stamp(path)),
  }
}

/** A file of a tree that is given as a list. */
export interface ListedFile {
  /** Bytes; null where nobody knows. */
  readonly size: () => number | null
  /** Its text, read when it is asked for; null where it cannot be had. */
  readonly text: () => string | null
  /** See {@link SourceFiles}. */
  readonly stamp: () => string | null
}

/**
 * A tree of files that somebody lists. It has no links, and nothing of the disk shows through.
 * @param root - absolute path of the folder the tree stands for
 * @param listed - by path relative to it, with `/`
 */
export function listedFiles(root: string, listed: ReadonlyMap<string, ListedFile>): SourceFiles {
  const files = new Map([...listed].map(([path, file]) => [join(root, path), file]))
  const folders = new Map<string, Map<string, SourceEntry>>([[root, new Map()]])
  const enter = (folder: string, entry: SourceEntry): void => {
    let own = folders.get(folder)
    if (own === undefined) {
      own = new Map()
      folders.set(folder, own)
      enter(dirname(folder), { name: folder.slice(dirname(folder).length + 1), kind: 'folder' })
    }
    own.set(entry.name, entry)
  }
  for (const path of files.keys())
    enter(dirname(path), { name: path.slice(dirname(path).length + 1), kind: 'file' })
  const text = (path: string, most = SMALL_BYTES): string | null => {
    const found = files.get(path)
    const size = found?.size() ?? null
    return found === undefined || size === null || size > most ? null : found.text()
  }
  return {
    list: (folder) => {
      const own = folders.get(withoutEnd(folder))
      if (own === undefined) throw Object.assign(new Error(`${folder} is not there`), { code: 'ENOENT' })
      return [...own.values()]
    },
    size: (path) => files.get(path)?.size() ?? (files.has(path) ? 0 : null),
    isFile: (path) => files.has(path),
    text,
    digest: (path, most) => digestOr(text(path, most)),
    stamp: (path) => files.get(path)?.stamp() ?? null,
    real: (path) => (files.has(path) || folders.has(withoutEnd(path)) ? path : null),
  }
}

const withoutEnd = (folder: string): string => (folder.length > 1 ? folder.replace(/\/+$/, '') : folder)
