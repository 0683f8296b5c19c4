/** Who a database is: this machine, the file's real path, and the very file there. Its bytes are what it holds. */
import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync, realpathSync, statSync } from 'node:fs'
import { hostname } from 'node:os'
import type { Identity, Reading } from '../../core/observer.ts'
import { fromMs } from '../../core/time.ts'

/** A file has no start that anything could be bound to. */
const EPOCH = fromMs(0)
/** How every database begins (https://www.sqlite.org/fileformat.html, section 1.3). */
const MAGIC = 'SQLite format 3\0'

/** Never throws: a file that is not there, or is no database, is unknown. */
export function readIdentity(file: string): Reading<Identity> {
  try {
    const path = realpathSync(file)
    if (!isDatabase(path)) return unknown(`${path} is no database`)
    const { dev, ino } = statSync(path)
    const key = JSON.stringify([hostname(), path, String(dev), String(ino)])
    return {
      known: true,
      value: {
        instanceUid: `sqlite:${createHash('sha256').update(key).digest('hex')}`,
        epoch: EPOCH,
        version: 'file format 3',
        flavour: 'sqlite',
        weak: false,
      },
      at: fromMs(Date.now()),
      source: 'path and number of the file',
    }
  } catch (error) {
    return unknown(`the database cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'no path'}`)
  }
}

function isDatabase(path: string): boolean {
  const descriptor = openSync(path, 'r')
  try {
    const head = Buffer.alloc(MAGIC.length)
    return (
      readSync(descriptor, head, 0, MAGIC.length, 0) === MAGIC.length && head.toString('latin1') === MAGIC
    )
  } finally {
    closeSync(descriptor)
  }
}

const unknown = (because: string): Reading<Identity> => ({
  known: false,
  because,
  toProceed: 'Check the path of the database, and that this process may read it.',
})
