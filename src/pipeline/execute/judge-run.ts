/**
 * How a run ended, from what was sent and from what the target says afterwards. In doubt it says UNKNOWN: a
 * person looks, and nothing is sent again.
 */
import type { Action, ActionPolicy } from '../../core/action.ts'
import type { ActSession, Actuator } from '../../core/actuator.ts'
import type { ParameterSchema } from '../../core/parameters.ts'
import type { Binding } from '../../core/plan.ts'
import { assumedParameters } from '../../core/proposal.ts'
import type { Runnable } from '../../core/store-ports.ts'
import type { UtcTime } from '../../core/time.ts'
import type { ExecutionOutcome } from '../../core/vocabulary.ts'
import type { RunResult } from './runner.ts'

/** What a postcondition is asked with. */
export interface PostconditionInput<Q> {
  readonly policy: ActionPolicy
  readonly action: Action<ParameterSchema, Q>
  readonly binding: Binding
  readonly runnable: Pick<Runnable, 'purpose'>
  /** When the run began, on the target's clock. */
  readonly startedAt?: UtcTime
}

/** What a run is judged with. */
export interface JudgeInput<Q> extends PostconditionInput<Q> {
  readonly runnable: Runnable
  readonly session: ActSession<Q>
  /** Opens another session where the run's own was lost. */
  readonly actuator: Actuator<Q>
}

/** An outcome and the sentence behind it; null where there is nothing to explain. */
export interface Judged {
  readonly outcome: ExecutionOutcome
  readonly because: string | null
}

/** SUCCESS means the postcondition was seen to hold, never merely that nothing was thrown. */
export async function judgeRun<Q>(run: RunResult, input: JudgeInput<Q>): Promise<Judged> {
  if (run.end === 'uncertain') return afterLostConnection(run, input)
  if (run.end !== 'done') return afterStop(run)
  const after = await postcondition(input, input.session)
  if (after.holds === true) return { outcome: 'SUCCESS', because: null }
  return after.holds === false
    ? { outcome: 'FAILED', because: `every step ran, but the postcondition does not hold: ${after.found}` }
    : { outcome: 'UNKNOWN', because: `the postcondition could not be checked: ${after.found}` }
}

/** It stopped at a step that did nothing: what ran before it decides. */
function afterStop(run: RunResult): Judged {
  if (run.changed > 0) return { outcome: 'PARTIAL_SUCCESS', because: run.problem }
  return { outcome: run.end === 'skipped' ? 'REFUSED' : 'FAILED', because: run.problem }
}

async function afterLostConnection<Q>(run: RunResult, input: JudgeInput<Q>): Promise<Judged> {
  if (run.changed === 0 && run.records.at(-1)?.kind === 'guard') {
    return { outcome: 'FAILED', because: `${run.problem}; no statement had been sent` }
  }
  try {
    const fresh = await input.actuator.open()
    try {
      const after = await postcondition(input, fresh)
      if (after.holds === true) return { outcome: 'SUCCESS', because: null }
      return { outcome: 'UNKNOWN', because: `${run.problem}; afterwards: ${after.found}` }
    } finally {
      await fresh.close().catch(() => undefined)
    }
  } catch {
    return { outcome: 'UNKNOWN', because: `${run.problem}; the target could not be asked afterwards` }
  }
}

/** The action's own postcondition; for an undo run its opposite. It never throws: what fails is unknown. */
export async function postcondition<Q>(
  input: PostconditionInput<Q>,
  session: ActSession<Q>,
): Promise<{ readonly holds: boolean | 'unknown'; readonly found: string }> {
  try {
    return await ask(input, session)
  } catch (error) {
    return { holds: 'unknown', found: error instanceof Error ? error.message : 'it failed' }
  }
}

async function ask<Q>(
  input: PostconditionInput<Q>,
  session: ActSession<Q>,
): ReturnType<Action<ParameterSchema, Q>['postcondition']> {
  const { action, binding } = input
  const identity = await session.identity()
  if (!identity.known) return { holds: 'unknown', found: identity.because }
  // After a crash or a failover another server may answer; what holds there says nothing of this run.
  if (identity.value.instanceUid !== binding.target.instanceUid)
    return { holds: 'unknown', found: 'another server answers at the target’s address than the one approved' }
  const state = await action.postcondition({
    params: assumedParameters(action.parameters, binding.parameters),
    ask: session.ask,
    policy: input.policy,
    server: { flavour: identity.value.flavour, version: identity.value.version },
    affectedSeries: binding.verification.affectedSeries,
    ...(input.startedAt === undefined ? {} : { startedAt: input.startedAt }),
  })
  if (input.runnable.purpose === 'DO' || state.holds === 'unknown') return state
  return { holds: !state.holds, found: state.found }
}
