/**
 * The executor: takes one approved decision, proves again that it may run, runs it under guards, and
 * records what happened. It holds the lease while it works; whatever goes wrong, nothing is sent twice.
 */
import type { Action, ActionPolicy } from '../../core/action.ts'
import type { ActSession, Actuator } from '../../core/actuator.ts'
import type { Json, Sha256 } from '../../core/canonical.ts'
import type { Resolve } from '../../core/engine.ts'
import type { Log } from '../../core/log.ts'
import type { Identity, Reading } from '../../core/observer.ts'
import type { ParameterSchema } from '../../core/parameters.ts'
import type { Binding, Plan } from '../../core/plan.ts'
import { assumedParameters } from '../../core/proposal.ts'
import type { ActPort, Lease, Runnable } from '../../core/store-ports.ts'
import type { UtcTime } from '../../core/time.ts'
import type { ExecutionOutcome } from '../../core/vocabulary.ts'
import { checkApproved } from './check-approved.ts'
import { type RunResult, runPlan } from './runner.ts'

/** What an executor works with on one target. */
export interface ExecutorInput<Q> {
  readonly port: ActPort
  readonly actuator: Actuator<Q>
  readonly resolve: Resolve<Q>
  readonly actionOf: (name: string, version: number) => Action<ParameterSchema, Q> | null
  readonly definitionDigestOf: (name: string) => string | null
  readonly policy: ActionPolicy
  readonly verifyVotes: (runnable: Runnable) => Promise<string | null>
  /** Figures of the affected series and the server right before, for the record. */
  readonly measureBefore: (binding: Binding) => Promise<Json>
  readonly sha256: Sha256
  readonly lease: Lease
  readonly nowMs: () => number
  readonly log: Log
}

/** How a run ended, in short. */
export interface Executed {
  readonly executionId: number
  readonly outcome: ExecutionOutcome
  readonly because: string | null
}

/**
 * Runs one approved decision (or its consented undo). Null if another executor took it first. The
 * execution row exists before the target is touched and says IN_PROGRESS before anything is sent.
 */
export async function executeApproved<Q>(
  runnable: Runnable,
  input: ExecutorInput<Q>,
): Promise<Executed | null> {
  const executionId = await input.port.queueExecution(runnable, input.lease.owner)
  if (executionId === null) return null
  const about = { execution: executionId, decision: runnable.decision.decisionId }
  input.log({
    level: 'info',
    stage: 'execute',
    message: 'execution queued',
    ...about,
    purpose: runnable.purpose,
  })
  let session: ActSession<Q>
  try {
    session = await input.actuator.open()
  } catch (error) {
    return refuse(
      input,
      executionId,
      `the target cannot be reached: ${error instanceof Error ? error.message : 'unknown'}`,
    )
  }
  try {
    const identity = await session.identity()
    const checked = await checkApproved({ ...input, runnable, session, identity })
    if ('refusedBecause' in checked) return await refuse(input, executionId, checked.refusedBecause)
    const before = await input.measureBefore(checked.binding)
    if (!(await input.port.startExecution(executionId, input.lease, before))) return null
    return await runChecked({ ...input, runnable, session, executionId, ...checked, ...startOf(identity) })
  } finally {
    await session.close().catch(() => undefined)
  }
}

/** When the run began, on the target's clock, so that a postcondition can tell new from old. */
const startOf = (identity: Reading<Identity>): { readonly startedAt?: UtcTime } =>
  identity.known ? { startedAt: identity.at } : {}

interface RunInput<Q> extends JudgeInput<Q> {
  readonly executionId: number
  readonly plan: Plan
}

/** Sends the plan under a kept lease, judges it and writes the end. */
async function runChecked<Q>(input: RunInput<Q>): Promise<Executed> {
  const { executionId, port, lease } = input
  const startedMs = input.nowMs()
  const keeper = keepLease(input, executionId, input.session)
  try {
    const run = await runPlan(input.session, input.plan, {
      record: async (steps) => {
        if (keeper.lost()) return false
        await port.recordSteps(executionId, lease.owner, steps)
        return true
      },
      sha256: input.sha256,
      nowMs: input.nowMs,
      lost: keeper.lost,
    })
    const judged = await judge(run, input)
    await port.finishExecution(executionId, {
      status: judged.outcome === 'SUCCESS' ? 'COMPLETED' : 'FAILED',
      outcome: judged.outcome,
      steps: run.records,
      durationMs: Math.max(0, Math.round(input.nowMs() - startedMs)),
      affectedRows: run.affectedRows,
      errors: judged.because,
    })
    input.log({
      level: judged.outcome === 'SUCCESS' ? 'info' : 'warn',
      stage: 'execute',
      message: 'execution finished',
      execution: executionId,
      ...judged,
    })
    return { executionId, ...judged }
  } finally {
    keeper.stop()
  }
}

async function refuse<Q>(input: ExecutorInput<Q>, executionId: number, because: string): Promise<Executed> {
  await input.port.finishExecution(executionId, {
    status: 'FAILED',
    outcome: 'REFUSED',
    steps: [],
    durationMs: null,
    affectedRows: null,
    errors: because,
  })
  return { executionId, outcome: 'REFUSED', because }
}

/** Renews the lease at a third of its length; a lost lease cancels what runs. */
function keepLease<Q>(
  input: ExecutorInput<Q>,
  executionId: number,
  session: ActSession<Q>,
): { lost: () => boolean; stop: () => void } {
  let lost = false
  let heldMs = input.nowMs()
  const lose = (): void => {
    if (lost) return
    lost = true
    void session.cancel().catch(() => undefined)
  }
  const renew = async (): Promise<void> => {
    const askedMs = input.nowMs()
    // A store that does not answer says nothing about the lease: it is ours until it has run out.
    const held = await input.port.renewLease(executionId, input.lease).catch(() => null)
    if (held === true) heldMs = askedMs
    else if (held === false || input.nowMs() - heldMs > input.lease.seconds * 1000) lose()
  }
  const timer = setInterval(() => void renew(), (input.lease.seconds * 1000) / 3)
  timer.unref()
  return { lost: () => lost, stop: () => clearInterval(timer) }
}

interface JudgeInput<Q> extends ExecutorInput<Q> {
  readonly runnable: Runnable
  readonly session: ActSession<Q>
  readonly action: Action<ParameterSchema, Q>
  readonly binding: Binding
  readonly startedAt?: UtcTime
}

/** SUCCESS means the postcondition was seen to hold, never merely that nothing was thrown. */
async function judge<Q>(
  run: RunResult,
  input: JudgeInput<Q>,
): Promise<{ outcome: ExecutionOutcome; because: string | null }> {
  if (run.end === 'skipped') return { outcome: 'REFUSED', because: run.problem }
  if (run.end === 'failed' && run.changed === 0) return { outcome: 'FAILED', because: run.problem }
  if (run.end === 'uncertain') return afterLostConnection(run, input)
  const after = await postcondition(input, input.session)
  if (run.end === 'done' && after.holds === true) return { outcome: 'SUCCESS', because: null }
  if (run.end === 'done' && after.holds === false) {
    return {
      outcome: 'FAILED',
      because: `every step ran, but the postcondition does not hold: ${after.found}`,
    }
  }
  if (run.changed > 0 && run.end !== 'done') return { outcome: 'PARTIAL_SUCCESS', because: run.problem }
  return {
    outcome: 'UNKNOWN',
    because: run.problem ?? `the postcondition could not be checked: ${after.found}`,
  }
}

async function afterLostConnection<Q>(
  run: RunResult,
  input: JudgeInput<Q>,
): Promise<{ outcome: ExecutionOutcome; because: string | null }> {
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

/** The action's own postcondition; for an undo run its opposite. */
export async function postcondition<Q>(
  input: Pick<JudgeInput<Q>, 'policy' | 'action' | 'binding' | 'startedAt'> & {
    readonly runnable: Pick<Runnable, 'purpose'>
  },
  session: ActSession<Q>,
): Promise<{ readonly holds: boolean | 'unknown'; readonly found: string }> {
  const { action, binding } = input
  const identity = await session.identity()
  if (!identity.known) return { holds: 'unknown', found: identity.because }
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
