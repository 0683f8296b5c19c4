/** The temporary folder of one private server, and what became of those whose owner was killed outright. */
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder this old whose owner is gone is nobody's; generous, because a container may share only the folder. */
const ABANDONED_MS = 24 * 3_600_000
/** A Unix socket's path must stay below 104 bytes on macOS, 108 on Linux. */
const PATH_BYTES_MAX = 80

let swept = false

/**
 * A new, empty folder only this user can read, in `parent`; by default where temporary files go. Once per process, also
 * deletes abandoned ones of this user there.
 */
export async function newHome(
  parent = Buffer.byteLength(tmpdir()) > PATH_BYTES_MAX ? '/tmp' : tmpdir(),
): Promise<string> {
  if (!swept) {
    swept = true
    await sweep(parent)
  }
  return mkdtemp(join(parent, `dbmedic-${process.pid}-`))
}

async function sweep(parent: string): Promise<void> {
  for (const name of await readdir(parent).catch(() => [])) {
    const owner = /^dbmedic-(\d+)-/.exec(name)?.[1]
    if (owner === undefined || isAlive(Number(owner))) continue
    const path = join(parent, name)
    const state = await stat(path).catch(() => undefined)
    if (!state || state.uid !== process.getuid?.() || Date.now() - state.mtimeMs < ABANDONED_MS) continue
    await rm(path, { recursive: true, force: true }).catch(() => undefined)
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
