/**
 * What a file was before it was replaced: `.dbmedic/backups/<SHA-256>` holds its bytes, `<SHA-256>-….json` beside it
 * says whose they are and when that was. Both are on disk before the file is replaced, and nothing here ever removes one.
 */
import { readdirSync, renameSync, unlinkSync } from 'node:fs'
import { Folder, OutsideRoot } from './folder.ts'
import { digestOf, type FoundFile, readEntry, textOf } from './read-file.ts'
import { inState, STATE_FOLDER } from './state-folder.ts'
import { writeNew } from './write-new.ts'

const BACKUPS = 'backups'

/** The record beside a backup. */
export interface BackupRecord {
  readonly schema: 'dbmedic/backup/1'
  /** Relative to the root, with `/`. */
  readonly file: string
  /** When it was replaced, UTC. */
  readonly at: string
  /** Digest of what is kept, and of what took its place. */
  readonly before: string
  readonly after: string
  readonly mode: number
}

/** All that was done in it is on disk afterwards: also the names of the folders themselves, whoever made them. */
const inBackups = <T>(root: Folder, work: (backups: Folder) => T): T =>
  inState(root, (state) => {
    const backups = state.own(BACKUPS, true)
    try {
      const done = work(backups)
      for (const folder of [backups, state, root]) folder.sync()
      return done
    } finally {
      backups.close()
    }
  })

/** Keeps a file's bytes and the record of why. Gives the record's name. `own` is the session's folder. */
export function keepBackup(
  root: Folder,
  own: Folder,
  { found, record }: { readonly found: FoundFile; readonly record: BackupRecord },
): string {
  return inBackups(root, (backups) => {
    if (!isKept(backups, found.digest)) put(own, backups, { name: found.digest, bytes: found.bytes })
    const name = `${begin(record)}${record.at.replace(/[^0-9]/g, '')}.json`
    put(own, backups, { name, bytes: Buffer.from(`${JSON.stringify(record, null, 2)}\n`) })
    return name
  })
}

/** A backup that was cut off or changed is replaced by a whole one. */
function isKept(backups: Folder, digest: string): boolean {
  try {
    return readEntry(backups, digest).digest === digest
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof OutsideRoot) return false
    throw error
  }
}

function put(
  own: Folder,
  to: Folder,
  { name, bytes }: { readonly name: string; readonly bytes: Buffer },
): void {
  const draft = `backup-${name}`
  writeNew(own, draft, { bytes, mode: 0o600 })
  try {
    renameSync(own.at(draft), to.at(name))
  } catch (error) {
    unlinkSync(own.at(draft))
    throw error
  }
}

/** How the name of a record begins: whose it is, so that it is found without reading the others. */
const begin = ({ file, before, after }: Change): string =>
  `${before}-${digestOf(Buffer.from(JSON.stringify([file, after]))).slice(0, 16)}-`

/** A replacement that was made: `before` was kept when `after` took its place. */
export type Change = Pick<BackupRecord, 'file' | 'before' | 'after'>

/**
 * The bytes that a replacement of this very file by this very content kept; null if there was none, or they are not
 * what they were. What was kept of one file is never given for another.
 */
export function readBackup(root: string, change: Change): Buffer | null {
  const folder = Folder.root(root)
  try {
    return readKept(folder, change)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof OutsideRoot) return null
    throw error
  } finally {
    folder.close()
  }
}

/** Reads without making anything: a question writes nothing. */
function readKept(root: Folder, change: Change): Buffer | null {
  const state = root.into(STATE_FOLDER)
  try {
    const backups = state.into(BACKUPS)
    try {
      if (!isRecorded(backups, change)) return null
      const found = readEntry(backups, change.before)
      return found.digest === change.before ? found.bytes : null
    } finally {
      backups.close()
    }
  } finally {
    state.close()
  }
}

const isRecorded = (backups: Folder, change: Change): boolean =>
  readdirSync(backups.at('.'))
    .filter((name) => name.startsWith(begin(change)) && name.endsWith('.json'))
    .some((name) => isOf(textOf(readEntry(backups, name).bytes), change))

function isOf(text: string | null, { file, before, after }: Change): boolean {
  try {
    const record = JSON.parse(text ?? '') as Partial<BackupRecord> | null
    return record?.file === file && record.before === before && record.after === after
  } catch {
    return false
  }
}
