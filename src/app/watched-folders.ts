/**
 * Tells when something in some folders changes. Each is watched by itself and nothing below it: a watcher of a whole tree would
 * watch what git ignores, too, and that is most of it. Reads and writes no file.
 */
import { type FSWatcher, lstatSync, statSync, watch } from 'node:fs'
import { isPassedOver, sourceMatters } from '../scanner/index.ts'

interface Watched {
  readonly watcher: FSWatcher
  /** Which folder it was: another one of the same name is another one. */
  readonly identity: string
}

/** Folders that are being watched. */
export class WatchedFolders {
  readonly #changed: () => void
  readonly #watched = new Map<string, Watched>()
  #unwatched = 0

  /** @param changed - called for whatever may have changed what a scan finds */
  constructor(changed: () => void) {
    this.#changed = changed
  }

  /** Folders the system has no more watches for, or that may not be watched. */
  get unwatched(): number {
    return this.#unwatched
  }

  /** Watches these folders and no other ones; true if one of them was not watched before. */
  set(folders: Iterable<string>): boolean {
    const wanted = new Set(folders)
    for (const [folder, { watcher }] of this.#watched) {
      if (wanted.has(folder)) continue
      watcher.close()
      this.#watched.delete(folder)
    }
    this.#unwatched = 0
    let isMore = false
    for (const folder of wanted) isMore = this.#begin(folder) || isMore
    return isMore
  }

  /** Watches nothing any more. */
  close(): void {
    this.set([])
  }

  #begin(folder: string): boolean {
    const identity = identityOf(folder)
    const before = this.#watched.get(folder)
    if (before?.identity === identity) return false
    before?.watcher.close()
    this.#watched.delete(folder)
    if (identity === null) return false
    try {
      const watcher = watch(folder, { persistent: true }, (event, name) => {
        if (mayMatter(folder, event, name)) this.#changed()
      })
      // A folder that goes away is noticed in the one above it.
      watcher.on('error', () => this.#changed())
      this.#watched.set(folder, { watcher, identity })
      return true
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'ENOENT' && code !== 'ENOTDIR') this.#unwatched++
      return false
    }
  }
}

/** Null where it is no folder. */
function identityOf(folder: string): string | null {
  const found = statSync(folder, { throwIfNoEntry: false })
  return found?.isDirectory() === true ? `${found.dev}:${found.ino}` : null
}

/** Whether what happened to a name in a folder can change what a scan finds: a file it reads, or a folder it goes into. */
function mayMatter(folder: string, event: string, name: string | null): boolean {
  if (name === null || sourceMatters(name)) return true
  if (event !== 'rename' || isPassedOver(name)) return false
  const found = lstatSync(`${folder}${name}`, { throwIfNoEntry: false })
  // What is gone may have been a folder.
  return found === undefined || found.isDirectory()
}
