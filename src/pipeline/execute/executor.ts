/**
 * The executor: takes one approved decision, proves again that it may run, runs it under guards, and
 * records what happened. It holds the lease while it works; whatever goes wrong, nothing is sent twice.
 */
import type { Action, ActionPolicy } from '../../core/action.ts'
import type { ActSession, Actuator, FormerSession } from '../../core/actuator.ts'
import type { Json, Sha256 } from '../../core/canonical.ts'
import type { Resolve } from '../../core/engine.ts'
import { DbmedicError } from '../../core/errors.ts'
import type { Log } from '../../core/log.ts'
import type { StepRecord } from '../../core/nouns.ts'
import type { Identity, Reading } from '../../core/observer.ts'
import type { ParameterSchema } from '../../core/parameters.ts'
import type { Binding, Plan, Step } from '../../core/plan.ts'
import type { ActPort, Lease, Runnable } from '../../core/store-ports.ts'
import type { UtcTime } from '../../core/time.ts'
import type { ExecutionOutcome } from '../../core/vocabulary.ts'
import { type Checked, checkApproved } from './check-approved.ts'
import { clearTheWay } from './clear-the-way.ts'
import { type EndInput, endRun } from './end-run.ts'
import { withSession } from './former-run.ts'
import { scopeOf } from './gates.ts'
import { type JudgeInput, judgeRun } from './judge-run.ts'
import { elapsedMs, keepRun, type Moment, moment, type RunKeeper } from './keep-run.ts'
import { type RunResult, runPlan } from './runner.ts'
import { isStoreAway, whenStoreIsBack } from './store-away.ts'

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
  /** Default: sleeps. Milliseconds. */
  readonly wait?: (ms: number) => Promise<unknown>
}

/** How long a run that has not begun waits for a store that went away, ms; well below what makes it abandoned. */
const BEGIN_MS = 60_000

/** How a run ended, in short. */
export interface Executed {
  readonly executionId: number
  readonly outcome: ExecutionOutcome
  readonly because: string | null
}

/**
 * Runs one approved decision (or its consented undo). Null if another executor took it first, or took the
 * target: nothing was recorded and it may be tried again. The execution row exists before the target is
 * touched and says IN_PROGRESS before anything is sent.
 */
export async function executeApproved<Q>(
  runnable: Runnable,
  input: ExecutorInput<Q>,
): Promise<Executed | null> {
  const executionId = await input.port.queueExecution(runnable, input.lease.owner)
  if (executionId === null) return null
  const { decisionId } = runnable.decision
  const about = { ...input, executionId, decisionId }
  input.log({
    level: 'info',
    stage: 'execute',
    message: 'execution queued',
    execution: executionId,
    decision: decisionId,
    purpose: runnable.purpose,
  })
  let session: ActSession<Q>
  try {
    session = await input.actuator.open(stepsOf(runnable, input.sha256))
  } catch (error) {
    return refuse(about, `the target cannot be reached: ${textOf(error)}`)
  }
  try {
    const identity = await session.identity()
    const prepared = await prepare(input, executionId, { runnable, session, identity })
    if (prepared === null) return null
    if ('refusedBecause' in prepared) return await refuse(about, prepared.refusedBecause)
    return await runChecked({ ...about, ...prepared, runnable, session, ...startOf(identity) })
  } finally {
    await session.close().catch(() => undefined)
  }
}

/** What would be sent, for opening a session: whether it may be is proved there. None of a plan that is not its digest's. */
function stepsOf({ decision, purpose }: Runnable, sha256: Sha256): readonly Step[] {
  if (sha256(decision.bindingText) !== decision.planDigest) return []
  const { guards, steps, undo } = JSON.parse(decision.bindingText) as Binding
  if (purpose === 'DO') return [...guards, ...steps]
  return 'plan' in undo ? [...undo.plan.guards, ...undo.plan.steps] : []
}

/** When the run began, on the target's clock, so that a postcondition can tell new from old. */
const startOf = (identity: Reading<Identity>): { readonly startedAt?: UtcTime } =>
  identity.known ? { startedAt: identity.at } : {}

interface Preparing<Q> {
  readonly runnable: Runnable
  readonly session: ActSession<Q>
  readonly identity: Reading<Identity>
}

/** A run that may go, marked as begun. */
interface Prepared<Q> extends Extract<Checked<Q>, { readonly plan: Plan }> {
  readonly former: FormerSession | null
  /** When the lease was asked for. */
  readonly heldSince: Moment
}

/**
 * Proves that the run may go and marks it begun; null if another copy took it over. Whatever fails in here,
 * nothing was sent yet, so it is a refusal and not an accident. After a store that went away all is proved anew.
 */
async function prepare<Q>(
  input: ExecutorInput<Q>,
  executionId: number,
  about: Preparing<Q>,
): Promise<Prepared<Q> | { readonly refusedBecause: string } | null> {
  const began = moment(input.nowMs)
  try {
    return await whenStoreIsBack(() => checkAndStart(input, executionId, about), {
      goOn: () => elapsedMs(began, input.nowMs) < BEGIN_MS,
      ...(input.wait === undefined ? {} : { wait: input.wait }),
    })
  } catch (error) {
    return { refusedBecause: `whether it may run could not be established: ${textOf(error)}` }
  }
}

async function checkAndStart<Q>(
  input: ExecutorInput<Q>,
  executionId: number,
  about: Preparing<Q>,
): Promise<Prepared<Q> | { readonly refusedBecause: string } | null> {
  const { lease, nowMs } = input
  const checked = await checkApproved({ ...input, ...about })
  if ('refusedBecause' in checked) return checked
  const proved = moment(nowMs)
  const { session, identity } = about
  const inTheWay = await clearTheWay(input.port, session, checked.binding)
  if (inTheWay !== null) return { refusedBecause: inTheWay }
  const { connectionId } = session
  const former = identity.known ? { connectionId, epoch: identity.value.epoch } : null
  const before = await input.measureBefore(checked.binding)
  const heldSince = moment(nowMs)
  const figures = former === null ? before : withSession(before, former)
  if (!(await input.port.startExecution(executionId, lease, figures))) return null
  // A process that was stopped in between must not act on what was true before.
  return elapsedMs(proved, nowMs) > lease.seconds * 1000
    ? { refusedBecause: 'what was checked had become too old before it began' }
    : { ...checked, former, heldSince }
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : 'unknown')

interface RunInput<Q> extends ExecutorInput<Q>, JudgeInput<Q>, EndInput {
  readonly plan: Plan
  readonly heldSince: Moment
  readonly wait?: (ms: number) => Promise<unknown>
}

/** Sends the plan under a kept lease, judges it and writes the end. */
async function runChecked<Q>(input: RunInput<Q>): Promise<Executed> {
  const { executionId } = input
  const startedMs = input.nowMs()
  const keeper = keepRun({ ...input, scope: scopeOf(input.binding) })
  try {
    const run = await runPlan(input.session, input.plan, {
      record: (steps) => record(input, keeper, steps),
      sha256: input.sha256,
      nowMs: input.nowMs,
      lost: keeper.lost,
      halted: keeper.halted,
    })
    const judged = await judgeRun(run, { ...input, lost: keeper.lost })
    const durationMs = Math.max(0, Math.round(input.nowMs() - startedMs))
    const end = { ...endOf(run, judged.outcome), durationMs, errors: judged.because }
    if (!(await endRun(input, end, keeper.lost))) {
      const because = 'the lease on this execution was lost; whoever took it over says how it ended'
      input.log({ level: 'warn', stage: 'execute', message: because, execution: executionId })
      return { executionId, outcome: 'UNKNOWN', because }
    }
    const level = judged.outcome === 'SUCCESS' ? 'info' : 'warn'
    input.log({ level, stage: 'execute', message: 'execution finished', execution: executionId, ...judged })
    return { executionId, ...judged }
  } finally {
    keeper.stop()
  }
}

/** Writes the steps down, as soon as the store takes them; false once the lease is lost. */
async function record<Q>(
  { port, executionId, lease, wait }: RunInput<Q>,
  keeper: RunKeeper,
  steps: readonly StepRecord[],
): Promise<boolean> {
  if (keeper.lost()) return false
  const patience = { goOn: () => !keeper.lost(), ...(wait === undefined ? {} : { wait }) }
  try {
    await whenStoreIsBack(() => port.recordSteps(executionId, lease.owner, steps), patience)
    return !keeper.lost()
  } catch (error) {
    if (isStoreAway(error)) return false
    if (!(error instanceof DbmedicError && error.code === 'DBM_STORE_REFUSED')) throw error
    keeper.lose()
    return false
  }
}

/** A plan that ran in part changed something: its effect is measured and it can be undone. */
const endOf = (run: RunResult, outcome: ExecutionOutcome) => ({
  status: ['SUCCESS', 'PARTIAL_SUCCESS'].includes(outcome) ? ('COMPLETED' as const) : ('FAILED' as const),
  outcome,
  steps: run.records,
  affectedRows: run.affectedRows,
})

async function refuse(
  input: EndInput & Pick<ExecutorInput<never>, 'log'>,
  because: string,
): Promise<Executed> {
  const end = { steps: [], durationMs: null, affectedRows: null, errors: because }
  await endRun(input, { status: 'FAILED', outcome: 'REFUSED', ...end }, () => false)
  input.log({
    level: 'warn',
    stage: 'execute',
    message: 'execution refused: nothing was sent, its approval is void and the issue is analysed again',
    execution: input.executionId,
    because,
  })
  return { executionId: input.executionId, outcome: 'REFUSED', because }
}
