/** The commit a repository stands at, read from git's own files (gitrepository-layout(5)); no program is started. */
import { readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'

const OBJECT = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/
const REF = /^ref: (refs\/[^\0\n]{1,400})$/
/** Largest of git's files that is read, bytes: `packed-refs` has a line a ref. */
const MOST_BYTES = 16 * 1024 * 1024

/** The commit's name; null where there is none, or git keeps it in a way this does not read (reftable). */
export function readCommit(root: string): string | null {
  const folder = gitFolder(join(root, '.git'))
  if (folder === null) return null
  const head = lineOf(join(folder, 'HEAD'))
  if (OBJECT.test(head)) return head
  const ref = REF.exec(head)?.[1]
  if (ref === undefined || ref.split('/').includes('..')) return null
  // A worktree keeps its own HEAD, and shares its branches.
  const shared = lineOf(join(folder, 'commondir'))
  const places = shared === '' ? [folder] : [folder, resolve(folder, shared)]
  return places.map((place) => refIn(place, ref)).find((found) => found !== null) ?? null
}

function refIn(place: string, ref: string): string | null {
  const loose = lineOf(join(place, ref))
  return OBJECT.test(loose) ? loose : packed(place, ref)
}

/** A file of one line; '' where there is none. */
const lineOf = (path: string): string => textOf(path)?.trim() ?? ''

/** The folder itself, or the one a worktree's file names. */
function gitFolder(path: string): string | null {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats?.isDirectory() === true) return path
  const named = stats?.isFile() === true ? /^gitdir: (.+)$/m.exec(textOf(path) ?? '')?.[1] : undefined
  return named === undefined ? null : resolve(path, '..', named)
}

function packed(place: string, ref: string): string | null {
  const line = textOf(join(place, 'packed-refs'))
    ?.split('\n')
    .find((each) => each.endsWith(` ${ref}`))
  const found = line?.split(' ')[0] ?? ''
  return OBJECT.test(found) ? found : null
}

function textOf(path: string): string | undefined {
  try {
    const stats = statSync(path)
    return stats.isFile() && stats.size <= MOST_BYTES ? readFileSync(path, 'utf8') : undefined
  } catch {
    return undefined
  }
}
