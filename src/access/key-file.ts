/** The keyring's files: where they are, and that nobody else can read or replace them. */
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { DbmedicError } from '../core/errors.ts'

/** The default folder of the keyring. */
export const KEYRING_FOLDER: string = join('.config', 'dbmedic', 'keyring')

/** Whose key, and where. */
export interface KeyringPlace {
  readonly userName: string
  /** Folder of the keyring; the default is `~/.config/dbmedic/keyring`. */
  readonly folder?: string
}

/** Largest file that is read, bytes; a real one is below 700. */
const LARGEST = 16_384

/** Path of a user's file. @throws DbmedicError DBM_KEY_FILE if the name is not one the store accepts. */
export function keyringPath(place: KeyringPlace): string {
  const folder = place.folder ?? join(homedir(), KEYRING_FOLDER)
  if (!/^[A-Za-z0-9_@+-][A-Za-z0-9._@+-]{2,99}$/.test(place.userName)) {
    throw new DbmedicError('DBM_KEY_FILE', {
      file: folder,
      problem: 'the user name is not one a store accepts',
    })
  }
  return join(folder, `${place.userName}.json`)
}

/** Creates the file, 0600 from its first byte on. @throws DbmedicError DBM_KEY_EXISTS, DBM_KEY_FILE */
export function writeKeyFile(path: string, text: string): void {
  let file: number | undefined
  try {
    mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 })
    file = openSync(path, 'wx', 0o600)
    writeSync(file, text)
    fsyncSync(file)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw new DbmedicError('DBM_KEY_EXISTS', { file: path })
    throw new DbmedicError('DBM_KEY_FILE', { file: path, problem: codeOf(error) }, error)
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/**
 * The file's text. Refused if it is a link, belongs to another user, or group or others have any right to
 * it (checked on the open file, so it cannot be exchanged in between; Windows has no such bits).
 * @throws DbmedicError DBM_KEY_MISSING, DBM_KEY_FILE
 */
export function readKeyFile(path: string): string {
  let file: number | undefined
  try {
    file = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
    const found = fstatSync(file)
    const problem = problemOf(found)
    if (problem !== null) throw new DbmedicError('DBM_KEY_FILE', { file: path, problem })
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof DbmedicError) throw error
    if (codeOf(error) === 'ENOENT') throw new DbmedicError('DBM_KEY_MISSING', { file: path })
    const problem = codeOf(error) === 'ELOOP' ? 'it is a symbolic link' : codeOf(error)
    throw new DbmedicError('DBM_KEY_FILE', { file: path, problem }, error)
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

function problemOf(found: { isFile(): boolean; size: number; mode: number; uid: number }): string | null {
  if (!found.isFile()) return 'it is not a file'
  if (found.size > LARGEST) return 'it is too large for a keyring file'
  if (process.platform === 'win32') return null
  if ((found.mode & 0o077) !== 0) {
    return `other users of this machine may read it (mode ${(found.mode & 0o777).toString(8)})`
  }
  const user = process.getuid?.()
  return user !== undefined && found.uid !== user ? 'it belongs to another user of this machine' : null
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : 'it cannot be read or written'
}
