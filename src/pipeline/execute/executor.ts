/**
 * The executor: takes one approved decision, proves again that it may run, runs it under guards, and
 * records what happened. It holds the lease while it works; whatever goes wrong, nothing is sent twice.
 */
import type { Action, ActionPolicy } from '../../core/action.ts'
import type { ActSession, Actuator } from '../../core/actuator.ts'
import type { Json, Sha256 } from '../../core/canonical.ts'
import type { Resolve } from '../../core/engine.ts'
import { DbmedicError } from '../../core/errors.ts'
import type { Log } from '../../core/log.ts'
import type { Identity, Reading } from '../../core/observer.ts'
import type { ParameterSchema } from '../../core/parameters.ts'
import type { Binding, Plan } from '../../core/plan.ts'
import type { ActPort, Lease, Runnable } from '../../core/store-ports.ts'
import type { UtcTime } from '../../core/time.ts'
import type { ExecutionOutcome } from '../../core/vocabulary.ts'
import { type Checked, checkApproved } from './check-approved.ts'
import { type JudgeInput, judgeRun } from './judge-run.ts'
import { runPlan } from './runner.ts'

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
    return refuse(input, executionId, `the target cannot be reached: ${textOf(error)}`)
  }
  try {
    const identity = await session.identity()
    const checked = await prepare(input, executionId, { runnable, session, identity })
    if (checked === null) return null
    if ('refusedBecause' in checked) return await refuse(input, executionId, checked.refusedBecause)
    return await runChecked({ ...input, runnable, session, executionId, ...checked, ...startOf(identity) })
  } finally {
    await session.close().catch(() => undefined)
  }
}

/** When the run began, on the target's clock, so that a postcondition can tell new from old. */
const startOf = (identity: Reading<Identity>): { readonly startedAt?: UtcTime } =>
  identity.known ? { startedAt: identity.at } : {}

/**
 * Proves that the run may go and marks it begun; null if another copy took it over. Whatever fails in here,
 * nothing was sent yet, so it is a refusal and not an accident.
 */
async function prepare<Q>(
  input: ExecutorInput<Q>,
  executionId: number,
  about: {
    readonly runnable: Runnable
    readonly session: ActSession<Q>
    readonly identity: Reading<Identity>
  },
): Promise<Checked<Q> | null> {
  try {
    const checked = await checkApproved({ ...input, ...about })
    if ('refusedBecause' in checked) return checked
    const before = await input.measureBefore(checked.binding)
    return (await input.port.startExecution(executionId, input.lease, before)) ? checked : null
  } catch (error) {
    return { refusedBecause: `whether it may run could not be established: ${textOf(error)}` }
  }
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : 'unknown')

interface RunInput<Q> extends ExecutorInput<Q>, JudgeInput<Q> {
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
        try {
          await port.recordSteps(executionId, lease.owner, steps)
          return true
        } catch (error) {
          if (!(error instanceof DbmedicError && error.code === 'DBM_STORE_REFUSED')) throw error
          keeper.lose()
          return false
        }
      },
      sha256: input.sha256,
      nowMs: input.nowMs,
      lost: keeper.lost,
    })
    if (keeper.lost()) {
      const because = 'the lease on this execution was lost; whoever takes it over says how it ended'
      input.log({ level: 'warn', stage: 'execute', message: because, execution: executionId })
      return { executionId, outcome: 'UNKNOWN', because }
    }
    const judged = await judgeRun(run, input)
    await port.finishExecution(executionId, {
      // A plan that ran in part changed something: its effect is measured and it can be undone.
      status: ['SUCCESS', 'PARTIAL_SUCCESS'].includes(judged.outcome) ? 'COMPLETED' : 'FAILED',
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
): { lost: () => boolean; lose: () => void; stop: () => void } {
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
  return { lost: () => lost, lose, stop: () => clearInterval(timer) }
}
