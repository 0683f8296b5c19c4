/**
 * Replaces one file of a repository by what an approved change makes of it: the file must be what it was when the
 * change was made, the result must be what was approved, its former bytes are kept first, and the new file takes the
 * old one's place in one rename. Killed at any instant, the old or the new file is there, whole.
 *
 * Between the last look at the file and the rename somebody else's write may be lost to sight (the kept bytes are those
 * of the look); no rename of POSIX compares. The two calls follow one another with nothing between.
 */
import { renameSync, unlinkSync } from 'node:fs'
import { type BackupRecord, keepBackup } from './backups.ts'
import { Folder, inFolderOf, OutsideRoot } from './folder.ts'
import { digestOf, type FoundFile, readEntry, textOf } from './read-file.ts'
import { inSession } from './state-folder.ts'
import { writeNew } from './write-new.ts'

/** One file's change. */
export interface Replacement {
  /** The repository's root: a real path. */
  readonly root: string
  /** Relative to it, with `/`. */
  readonly file: string
  /** SHA-256 of the file before and after, 64 hex digits. */
  readonly before: string
  readonly after: string
  /** The new text; null where the change does not fit the old one. */
  readonly change: (text: string) => string | null
}

/** How it is done. */
export interface ReplaceInput {
  readonly replacement: Replacement
  /** A session that was begun and not ended. */
  readonly session: string
  /** UTC, for the record. */
  readonly at: string
  /** Asked last, right before the rename. */
  readonly mayGo: () => boolean
  /** Told of each step before it is done; a test stops the process there. */
  readonly reached?: (step: ReplaceStep) => void
}

/** The steps, in order. */
export const REPLACE_STEPS = ['read', 'keep', 'write', 'look', 'rename', 'sync', 'end'] as const
export type ReplaceStep = (typeof REPLACE_STEPS)[number]

/** `replaced`: the new file is on disk. `withheld`: it was not allowed any more. Nothing was changed in the other two. */
export type Replaced =
  | { readonly is: 'replaced'; readonly backup: string }
  | { readonly is: 'withheld' }
  | { readonly is: 'refused'; readonly because: string }

const refused = (because: string): Replaced => ({ is: 'refused', because })

/**
 * Replaces the file, or says why not.
 * @throws the system's error once the rename was begun, after which only the file itself says what it is
 */
export function replaceFile(input: ReplaceInput): Replaced {
  const { root: path, file } = input.replacement
  const progress: Progress = { hasBegun: false }
  let root: Folder | null = null
  try {
    const opened = Folder.root(path)
    root = opened
    const done = inSession(opened, input.session, (own) =>
      inFolderOf(opened, file, (folder, name) =>
        replaceIn({ root: opened, own, folder, name, progress }, input),
      ),
    )
    return done ?? refused(ENDED)
  } catch (error) {
    if (progress.hasBegun) throw error
    return refused(`${file}: ${error instanceof OutsideRoot ? error.message : systemText(error)}`)
  } finally {
    root?.close()
  }
}

const ENDED = 'its session was ended by another process'

/** A system's error without the path of this process's own descriptors. */
const systemText = (error: unknown): string => {
  const { code, syscall } = error as NodeJS.ErrnoException
  return code === undefined ? 'it cannot be replaced' : `${syscall ?? 'the system'} says ${code}`
}

interface Progress {
  /** The rename may have been done. */
  hasBegun: boolean
}

interface Places {
  readonly root: Folder
  readonly own: Folder
  readonly folder: Folder
  readonly name: string
  readonly progress: Progress
}

/** The new file's name in the session's folder. */
const DRAFT = 'new'

function replaceIn(places: Places, input: ReplaceInput): Replaced {
  const { replacement, at, reached = () => undefined } = input
  const { root, own, folder, name } = places
  reached('read')
  const found = foundIn(folder, name)
  if (found === null) return refused(`${replacement.file} is not there any more`)
  const made = changed(found, replacement)
  if (typeof made === 'string') return refused(made)
  reached('keep')
  const backup = keepBackup(root, own, { found, record: recordOf(replacement, found, at) })
  reached('write')
  const problem = writeDraft(own, found, made)
  if (problem !== null) return refused(problem)
  const stopped = putInPlace(places, input, found)
  if (stopped !== null) return stopped
  reached('sync')
  folder.sync()
  reached('end')
  return { is: 'replaced', backup }
}

/** Looks once more and renames. Gives why not; null when it is done. */
function putInPlace(places: Places, input: ReplaceInput, found: FoundFile): Replaced | null {
  const { own, folder, name, progress } = places
  const { mayGo, replacement, reached = () => undefined } = input
  let isDone = false
  try {
    reached('look')
    if (!isSame(foundIn(folder, name), found))
      return refused(`${replacement.file} was changed at that moment`)
    reached('rename')
    if (!mayGo()) return { is: 'withheld' }
    progress.hasBegun = true
    renameSync(own.at(DRAFT), folder.at(name))
    isDone = true
    return null
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // The draft was removed with the session's folder, or cannot get there: nothing was renamed.
    if (code === 'EXDEV' || code === 'ENOENT') progress.hasBegun = false
    if (code === 'EXDEV') return refused(`${replacement.file} is on another file system than the root`)
    if (code === 'ENOENT') return refused(ENDED)
    throw error
  } finally {
    if (!isDone) dropDraft(own)
  }
}

function dropDraft(own: Folder): void {
  try {
    unlinkSync(own.at(DRAFT))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

function foundIn(folder: Folder, name: string): FoundFile | null {
  try {
    return readEntry(folder, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** The very file, unwritten since. A tool that saves writes bytes, or another file of the same name. */
const isSame = (now: FoundFile | null, then: FoundFile): boolean =>
  now !== null &&
  now.digest === then.digest &&
  now.stats.ino === then.stats.ino &&
  now.stats.dev === then.stats.dev

/** The new bytes, or why there are none. */
function changed(found: FoundFile, { file, before, after, change }: Replacement): Buffer | string {
  if (found.digest === after && before !== after) return `${file} has this change already`
  if (found.digest !== before) return `${file} has changed since the change was made`
  const text = textOf(found.bytes)
  if (text === null) return `${file} is not written in UTF-8`
  const made = change(text)
  if (made === null) return `the change does not fit ${file}`
  const bytes = Buffer.from(made)
  return digestOf(bytes) === after ? bytes : `the change makes something else of ${file} than was approved`
}

/** Whose a file is and who may read it stays. Gives why that is not possible. */
function writeDraft(own: Folder, { stats }: FoundFile, bytes: Buffer): string | null {
  dropDraft(own)
  const isOurs = stats.uid === process.geteuid?.() && stats.gid === process.getegid?.()
  const owner = isOurs ? {} : { owner: { uid: stats.uid, gid: stats.gid } }
  try {
    writeNew(own, DRAFT, { bytes, mode: stats.mode & 0o7777, ...owner })
    return null
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error
    dropDraft(own)
    return 'the file belongs to another user, whose it could not stay'
  }
}

const recordOf = ({ file, before, after }: Replacement, { stats }: FoundFile, at: string): BackupRecord => ({
  schema: 'dbmedic/backup/1',
  file,
  at,
  before,
  after,
  mode: stats.mode & 0o7777,
})
