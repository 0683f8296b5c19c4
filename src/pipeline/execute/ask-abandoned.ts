/**
 * Asks the target about a run whose executor died. First it makes sure that nothing more can come of it: the
 * dead executor's connection is ended if it idles; a statement it still works on keeps the time it was approved
 * with, and no longer than until a stop switch is set.
 */
import type { Actuator } from '../../core/actuator.ts'
import type { Execution } from '../../core/nouns.ts'
import { endFormerRun, endOfTimeMs, type FormerRun, formerOf, KILL_MARGIN_MS } from './former-run.ts'
import { type Found, type PostconditionInput, postcondition } from './postcondition.ts'

/** What was found, and whether anything of the run can still happen. */
export interface FoundAbandoned extends Found {
  readonly run: FormerRun
  /** The time the last step was approved with is over, with the margin of a cancel. */
  readonly timeIsOver: boolean
  /** Its steps were one transaction. */
  readonly isOneTransaction?: true
}

/** What the question is asked with. */
export interface AbandonedInput<Q> extends PostconditionInput<Q> {
  readonly execution: Execution
  readonly actuator: Actuator<Q>
  /** A stop switch is on for such a run. */
  readonly isHalted: boolean
  readonly nowMs: () => number
}

/** Asks. It never throws: a target that cannot be asked is `away`, with the reason. */
export async function askAbandoned<Q>(input: AbandonedInput<Q>): Promise<FoundAbandoned> {
  const { actuator, binding, execution, isHalted, nowMs } = input
  const endMs = endOfTimeMs(binding, execution)
  const whole = input.action.isOneTransaction === true ? ({ isOneTransaction: true } as const) : {}
  const found = { timeIsOver: nowMs() > endMs + KILL_MARGIN_MS, holds: 'unknown', ...whole } as const
  const opened = await actuator.open().then(
    (session) => ({ session }),
    (error: unknown) => ({ because: error instanceof Error ? error.message : 'the target cannot be asked' }),
  )
  if ('because' in opened) return { ...found, run: 'away', found: opened.because }
  const { session } = opened
  try {
    const former = formerOf(execution.preExecutionMetrics)
    const run = await endFormerRun(session, { binding, former, mayEnd: isHalted || nowMs() > endMs })
    if (run === 'working') return { ...found, run, found: 'the target still works on the statement' }
    return { ...found, run, ...(await postcondition(input, session)) }
  } finally {
    await session.close().catch(() => undefined)
  }
}
