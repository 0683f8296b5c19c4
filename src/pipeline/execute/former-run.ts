/**
 * What is left of a run on the target when nobody holds its connection any more: whether its statement can still be
 * at work, and when the time it was approved with is over.
 */
import type { ActSession, FormerSession } from '../../core/actuator.ts'
import type { Json } from '../../core/canonical.ts'
import type { Execution, StepRecord } from '../../core/nouns.ts'
import type { Binding } from '../../core/plan.ts'
import { toMs, type UtcTime } from '../../core/time.ts'

/**
 * How long after its own time a statement may still be going: a watchdog's cancel is given as long before the
 * connection is given up (SETTLE_MS of the act session), ms.
 */
export const KILL_MARGIN_MS = 30_000

/**
 * What became of it. `over`: nothing more can come of it. `working`: the target works on it, or undoes it. `away`:
 * the target cannot be asked now. `unknown`: it cannot be told, now or later.
 */
export type FormerRun = 'over' | 'working' | 'away' | 'unknown'

/** Of which run. */
export interface FormerInput {
  readonly binding: Pick<Binding, 'target'>
  /** Its connection; null if it was not written down. */
  readonly former: FormerSession | null
  /** A statement that is at work is ended too, not only a connection that idles. */
  readonly mayEnd: boolean
}

/** Makes sure on another connection that nothing more comes of the run's own. It never throws. */
export async function endFormerRun<Q>(session: ActSession<Q>, input: FormerInput): Promise<FormerRun> {
  const { binding, former, mayEnd } = input
  if (former === null) return 'unknown'
  try {
    const identity = await session.identity()
    if (!identity.known) return 'away'
    if (identity.value.instanceUid !== binding.target.instanceUid) return 'unknown'
    return (await session.endFormer(former, mayEnd)) === 'gone' ? 'over' : 'working'
  } catch {
    return 'away'
  }
}

/** When the time of the last recorded step is over, ms since 1970 by the clock of the machine that sent it; 0 before the first. */
export function endOfTimeMs(
  binding: Binding,
  run: { readonly purpose: Execution['purpose']; readonly steps: readonly StepRecord[] },
): number {
  const last = run.steps.at(-1)
  const undo = 'plan' in binding.undo ? binding.undo.plan : { guards: [], steps: [] }
  const { guards, steps } = run.purpose === 'DO' ? binding : undo
  const sent = [...guards, ...steps][run.steps.length - 1]
  return last === undefined || sent === undefined ? 0 : toMs(last.startedAt) + sent.timeoutMs
}

/** The figures before a run, with the connection that will make it. */
export function withSession(before: Json, session: FormerSession): Json {
  const figures = typeof before === 'object' && before !== null && !Array.isArray(before) ? before : {}
  return { ...figures, session: { ...session } }
}

/** The connection a run was made on, from its record; null if it is not there. */
export function formerOf(before: Json): FormerSession | null {
  const session = (before as { readonly session?: { readonly [name: string]: unknown } } | null)?.session
  const { connectionId, epoch } = session ?? {}
  if (typeof connectionId !== 'string' || typeof epoch !== 'string') return null
  return { connectionId, epoch: epoch as UtcTime }
}
