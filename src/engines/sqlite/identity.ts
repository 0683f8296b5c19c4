/** Who a database is: this machine, the file's real path, and the very file there. Its bytes are what it holds. */
import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync, realpathSync, statSync } from 'node:fs'
import { hostname } from 'node:os'
import type { TargetAddress } from '../../core/engine.ts'
import type { Identity, Reading } from '../../core/observer.ts'
import { fromMs } from '../../core/time.ts'

/** A file has no start that anything could be bound to. */
const EPOCH = fromMs(0)
/** How every database begins (https://www.sqlite.org/fileformat.html, section 1.3). */
const MAGIC = 'SQLite format 3\0'
/** The header, bytes; where in it the way of writing and the application's own number are. */
const HEADER = { bytes: 100, writeVersion: 18, applicationId: 68 }
/** `writeVersion` of a database in WAL mode. */
const WAL = 2

/** Where a database is. */
export interface Place {
  readonly file: string
  /** A file that is never a target, whatever links lead to it: the store of this installation. Null: it has none. */
  readonly notFile: string | null
}

/** The place an address says. */
export function placeOf({ options }: Pick<TargetAddress, 'options'>): Place {
  const { file, notFile = null } = options
  return { file: String(file ?? ''), notFile: typeof notFile === 'string' ? notFile : null }
}

/**
 * Never throws: a file that is not there, or is no database, is unknown. It opens the file and closes it, and whoever closes a
 * file lets go of all locks its process has on it (https://www.sqlite.org/howtocorrupt.html, section 2.2): so the store is told
 * by its number and never opened, and connections to a target are in processes of their own.
 */
export function readIdentity({ file, notFile }: Place): Reading<Identity> {
  try {
    const path = realpathSync(file)
    const { dev, ino } = statSync(path, { bigint: true })
    if (isFile(notFile, { dev, ino })) return unknown(`${path} is the store of this installation`, OTHER_FILE)
    const header = headerOf(path)
    if (header === null) return unknown(`${path} is no database`)
    const application = header.readUInt32BE(HEADER.applicationId)
    const key = JSON.stringify([hostname(), path, String(dev), String(ino), application])
    return {
      known: true,
      value: {
        instanceUid: `sqlite:${createHash('sha256').update(key).digest('hex')}`,
        epoch: EPOCH,
        version: `file format 3, ${header[HEADER.writeVersion] === WAL ? WAL_MODE : 'rollback journal'}`,
        flavour: 'sqlite',
        weak: false,
      },
      at: fromMs(Date.now()),
      source: 'path, number and header of the file',
    }
  } catch (error) {
    return unknown(`the database cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'no path'}`)
  }
}

const WAL_MODE = 'WAL'
/** Whether who reads this database holds up nobody's COMMIT. */
export const isWal = ({ version }: Identity): boolean => version.endsWith(WAL_MODE)

/** Which file has the path, by its number; null where there is none. Nothing is opened. */
export function fileAt({ file }: Place): string | null {
  try {
    const { dev, ino } = statSync(file, { bigint: true })
    return `${dev}:${ino}`
  } catch {
    return null
  }
}

function isFile(path: string | null, { dev, ino }: { readonly dev: bigint; readonly ino: bigint }): boolean {
  if (path === null) return false
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false })
  return stats?.dev === dev && stats.ino === ino
}

/** The header; null where there is none. */
function headerOf(path: string): Buffer | null {
  const descriptor = openSync(path, 'r')
  try {
    const header = Buffer.alloc(HEADER.bytes)
    const isWhole = readSync(descriptor, header, 0, HEADER.bytes, 0) === HEADER.bytes
    return isWhole && header.toString('latin1', 0, MAGIC.length) === MAGIC ? header : null
  } finally {
    closeSync(descriptor)
  }
}

const OTHER_FILE = 'Name another file under `path:` of this target in dbmedic.yaml.'

const unknown = (
  because: string,
  toProceed = 'Check `path:` of this target in dbmedic.yaml, and that this process may read the file.',
): Reading<Identity> => ({ known: false, because, toProceed })
