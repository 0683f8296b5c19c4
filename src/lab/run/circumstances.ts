/** Under what a run is made, so that figures of two machines or versions are not taken for one series. */
import { execFileSync } from 'node:child_process'
import { arch, availableParallelism, platform, release, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { VERSION } from '../../app/index.ts'
import type { Circumstances } from '../report/recorded.ts'

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url))

/** Under what this process makes its runs. `commit` is null outside a checkout. */
export function circumstances(privateServer: boolean, at = new Date()): Circumstances {
  return {
    at: at.toISOString(),
    dbmedic: VERSION,
    commit: commitOf(PROJECT),
    node: process.versions.node,
    platform: `${platform()} ${release().split('.', 2).join('.')} ${arch()}`,
    processors: availableParallelism(),
    memoryMib: Math.round(totalmem() / 1_048_576),
    privateServer,
  }
}

function commitOf(folder: string): string | null {
  try {
    const said = execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 5_000,
    })
    return said.trim() || null
  } catch {
    return null
  }
}
