/**
 * Asks the target about a run whose executor died. First it makes sure that nothing more can come of it: the
 * dead executor's connection is ended if it idles; a statement it still works on keeps the time it was approved
 * with, and no longer than until a stop switch is set.
 */
import type { ActSession, Actuator, FormerSession } from '../../core/actuator.ts'
import type { Json } from '../../core/canonical.ts'
import type { Execution } from '../../core/nouns.ts'
import { toMs, type UtcTime } from '../../core/time.ts'
import { type Found, type PostconditionInput, postcondition } from './postcondition.ts'

/** What was found, and whether anything of the run can still happen. */
export interface FoundAbandoned extends Found {
  /** `over`: nothing more can come of it. `working`: the target works on it. `unknown`: nobody can tell. */
  readonly run: 'over' | 'working' | 'unknown'
}

/** What the question is asked with. */
export interface AbandonedInput<Q> extends PostconditionInput<Q> {
  readonly execution: Execution
  readonly actuator: Actuator<Q>
  /** A stop switch is on for such a run. */
  readonly isHalted: boolean
  readonly nowMs: () => number
}

/** Asks. @throws what opening the session throws. */
export async function askAbandoned<Q>(input: AbandonedInput<Q>): Promise<FoundAbandoned> {
  const session = await input.actuator.open()
  try {
    const run = await stateOf(input, session)
    if (run === 'working') return { run, holds: 'unknown', found: 'the target still works on the statement' }
    return { run, ...(await postcondition(input, session)) }
  } finally {
    await session.close().catch(() => undefined)
  }
}

async function stateOf<Q>(input: AbandonedInput<Q>, session: ActSession<Q>): Promise<FoundAbandoned['run']> {
  const former = formerOf(input.execution.preExecutionMetrics)
  if (former === null) return 'unknown'
  const identity = await session.identity()
  if (!identity.known || identity.value.instanceUid !== input.binding.target.instanceUid) return 'unknown'
  const mayEnd = input.isHalted || input.nowMs() > endOfTimeMs(input)
  return (await session.endFormer(former, mayEnd)) === 'gone' ? 'over' : 'working'
}

/** When the time of the last step is over, by the clock of the machine that sent it. */
function endOfTimeMs<Q>({ execution, binding }: AbandonedInput<Q>): number {
  const last = execution.steps.at(-1)
  const undo = 'plan' in binding.undo ? binding.undo.plan : { guards: [], steps: [] }
  const { guards, steps } = execution.purpose === 'DO' ? binding : undo
  const sent = [...guards, ...steps][execution.steps.length - 1]
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
