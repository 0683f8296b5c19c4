/** Prunes failures of applications and old records of recovery, when an administrator asks for it: nothing of them goes by itself. */
import { setTimeout as pause } from 'node:timers/promises'
import type { FailuresDue } from '../core/retention-port.ts'
import { type Pruned, type PruneOptions, type PruneReport, portOf, STEP_PAUSE_MS } from './retention.ts'

/** Rows of one step at most. */
const STEP_ROWS = 500

/** What may go now. @throws DbmedicError DBM_USAGE without an account */
export function failuresDue(installation: Pruned): Promise<FailuresDue> {
  return portOf(installation).failuresDue()
}

/** Prunes within the configuration's bounds. @throws DbmedicError DBM_USAGE without an account; what the store throws */
export async function pruneFailures(installation: Pruned, options: PruneOptions = {}): Promise<PruneReport> {
  const port = portOf(installation)
  const { mostRows, mostSeconds } = installation.config.retention
  const began = performance.now()
  const spent = (): number => (performance.now() - began) / 1000
  let [rows, after] = [0, 0]
  let ended: PruneReport['ended'] = 'nothing left'
  for (;;) {
    if (options.signal?.aborted === true) ended = 'stopped'
    else if (rows >= mostRows) ended = 'rows'
    else if (spent() >= mostSeconds) ended = 'time'
    if (ended !== 'nothing left') break
    const step = await port.pruneFailures(after, Math.min(STEP_ROWS, mostRows - rows))
    rows += step.removed
    after = step.after
    options.onProgress?.(rows)
    if (!step.more) break
    await pause(STEP_PAUSE_MS)
  }
  return { task: 'failures', taken: true, rows, batches: 0, refused: [], ended, seconds: spent() }
}
