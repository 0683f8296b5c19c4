/**
 * Folders of a repository, held open from its root down. Each name is opened below the folder before it and no link is
 * followed, so what is read and written lies inside the root whatever anybody renames or links meanwhile.
 */
import { closeSync, constants, fstatSync, fsyncSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants

/**
 * On Linux a name is looked up below the open folder itself (proc_pid_fd(5)); elsewhere by its path, which each step
 * has opened without following a link.
 */
const belowDescriptor = process.platform === 'linux'

/** Permission bits of group and others to write. */
const WRITTEN_BY_OTHERS = 0o022

/** Why a path is not one of a file in the repository, in words. */
export class OutsideRoot extends Error {}

/** One open folder; close it. */
export class Folder {
  readonly #fd: number
  readonly #path: string

  private constructor(fd: number, path: string) {
    this.#fd = fd
    this.#path = belowDescriptor ? `/proc/self/fd/${fd}` : path
  }

  /**
   * The root, by its real path.
   * @throws OutsideRoot on a system that cannot refuse links; the system's error if it is no folder that can be read
   */
  static root(path: string): Folder {
    if (O_NOFOLLOW === undefined || O_DIRECTORY === undefined)
      throw new OutsideRoot('this system cannot open a file without following links')
    return new Folder(openSync(path, O_RDONLY | O_DIRECTORY), path)
  }

  /** Where an entry is to be found by this process while the folder is open. */
  at(name: string): string {
    return join(this.#path, name)
  }

  /**
   * A folder in it; `make` makes one that is not there, for this user only.
   * @throws OutsideRoot where the name is a link; the system's error where there is none
   */
  into(name: string, make = false): Folder {
    const path = this.at(name)
    if (make) makeFolder(path)
    try {
      return new Folder(openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW), path)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ELOOP' || code === 'ENOTDIR') throw new OutsideRoot(`“${name}” is a link or no folder`)
      throw error
    }
  }

  /**
   * As `into`, of a folder that is this program's own; `make` makes one that is not there.
   * @throws OutsideRoot where it belongs to another user, or others may write into it: whoever shares the root could have laid it there
   */
  own(name: string, make = false): Folder {
    const folder = this.into(name, make)
    const problem = folder.#notOurs()
    if (problem === null) return folder
    folder.close()
    throw new OutsideRoot(`“${name}” ${problem}; nothing is written into it`)
  }

  /** Why this process will not write into it; null if it may. */
  #notOurs(): string | null {
    const { uid, mode } = fstatSync(this.#fd)
    const user = process.geteuid?.()
    if (user !== undefined && uid !== user)
      return `belongs to user ${uid}, and this process runs as user ${user}`
    return (mode & WRITTEN_BY_OTHERS) === 0
      ? null
      : `may be written by others than its owner (mode ${(mode & 0o777).toString(8)})`
  }

  /** Names in it are on disk when this returns. */
  sync(): void {
    fsyncSync(this.#fd)
  }

  close(): void {
    closeSync(this.#fd)
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

/** Folders in which nothing of an application's own is kept. */
const NOT_OURS = new Set(['.git', '.hg', '.svn', '.dbmedic', 'node_modules'])
const LONGEST_PATH = 1_000

/**
 * The names of a file's path from the root, which is written with `/` as a scan writes it.
 * @throws OutsideRoot for any other path
 */
export function namesIn(file: string): readonly string[] {
  const names = file.split('/')
  const isPlain = names.every((name) => name !== '' && name !== '.' && name !== '..')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what no path of ours holds
  if (!isPlain || file.length > LONGEST_PATH || /[\u0000-\u001f\u007f]/.test(file))
    throw new OutsideRoot('the path is not one of a file below the root')
  const other = names.find((name) => NOT_OURS.has(name.toLowerCase()))
  if (other !== undefined) throw new OutsideRoot(`nothing is changed in “${other}”`)
  return names
}

/** Does something with the folder of a file, opened from the root; every folder is closed again. */
export function inFolderOf<T>(root: Folder, file: string, work: (folder: Folder, name: string) => T): T {
  const names = namesIn(file)
  const opened: Folder[] = []
  try {
    let folder = root
    for (const name of names.slice(0, -1)) {
      folder = folder.into(name)
      opened.push(folder)
    }
    return work(folder, names.at(-1) ?? '')
  } finally {
    for (const each of opened) each.close()
  }
}
