/** Who a repository is: this machine, the root's real path, and the very folder there. Its commit and files are what it holds. */
import { createHash } from 'node:crypto'
import { realpathSync, statSync } from 'node:fs'
import { hostname } from 'node:os'
import type { TargetAddress } from '../../core/engine.ts'
import type { Identity, Reading } from '../../core/observer.ts'
import { fromMs } from '../../core/time.ts'
import { readCommit } from './git-commit.ts'

/** A folder has no start that anything could be bound to. */
const EPOCH = fromMs(0)

/** The root's real path. @throws the system's error if it is not there */
export function rootOf(address: TargetAddress): string {
  const given = address.options['root']
  if (typeof given !== 'string') throw new Error('no path is configured')
  return realpathSync(given)
}

/** Never throws: a root that is not there is unknown. */
export function readIdentity(address: TargetAddress): Reading<Identity> {
  try {
    const root = rootOf(address)
    const stats = statSync(root)
    if (!stats.isDirectory()) return unknown(`${root} is no folder`)
    const key = JSON.stringify([hostname(), root, String(stats.ino)])
    const commit = readCommit(root)
    return {
      known: true,
      value: {
        instanceUid: `source:${createHash('sha256').update(key).digest('hex')}`,
        epoch: EPOCH,
        version: commit === null ? 'no commit' : `commit ${commit.slice(0, 12)}`,
        flavour: commit === null ? 'folder' : 'git',
        weak: false,
      },
      at: fromMs(Date.now()),
      source: 'path and number of the root folder',
    }
  } catch (error) {
    return unknown(`the repository cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'no path'}`)
  }
}

const unknown = (because: string): Reading<Identity> => ({
  known: false,
  because,
  toProceed: 'Check its `path:` under `repositories:` in dbmedic.yaml, and that this process may read it.',
})
