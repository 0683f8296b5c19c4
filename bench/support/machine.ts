/** What a figure was measured on: machine, program, revision, command. */
import { execFileSync } from 'node:child_process'
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os'
import { VERSION } from '../../src/app/index.ts'

/** Facts that stand beside every figure. */
export interface Machine {
  readonly cpu: string
  /** Processor cores this process may use. */
  readonly cores: number
  readonly memoryGiB: number
  readonly system: string
  readonly node: string
  readonly dbmedic: string
  /** Abbreviated commit, with `+` for uncommitted changes; null outside a git checkout. */
  readonly revision: string | null
  /** Load average of the last minute before the bench began: others at work show here. */
  readonly loadBefore: number
}

/** The facts now. */
export function machineNow(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown CPU',
    cores: availableParallelism(),
    memoryGiB: Math.round((totalmem() / 2 ** 30) * 10) / 10,
    system: `${process.platform} ${release()}`,
    node: process.version,
    dbmedic: VERSION,
    revision: revision(),
    loadBefore: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  }
}

/** The facts in one line. */
export const machineLine = (m: Machine): string =>
  `${m.cpu}, ${m.cores} cores, ${m.memoryGiB} GiB, ${m.system}, node ${m.node}, dbmedic ${m.dbmedic}` +
  `${m.revision === null ? '' : ` (${m.revision})`}; load average ${m.loadBefore} before`

function revision(): string | null {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: import.meta.dirname, stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim()
  try {
    const dirty = git('status', '--porcelain', '--untracked-files=no') !== ''
    return `${git('rev-parse', '--short', 'HEAD')}${dirty ? '+' : ''}`
  } catch {
    return null
  }
}
