/**
 * After a crash: executions somebody began and nobody ended. Their steps are never sent again; the target
 * is asked what became of them, and the row says what is known.
 */
import type { Log } from '../../core/log.ts'
import type { Execution } from '../../core/nouns.ts'
import type { ActPort, Lease } from '../../core/store-ports.ts'
import type { TargetNameOf } from '../../core/target-names.ts'
import type { FoundAbandoned } from './ask-abandoned.ts'
import { type Judged, judgeByEffect, partsOf } from './judge-run.ts'
import { maybeReceived } from './runner.ts'

/** What the target says about a run whose executor died. */
export type AskAbandoned = (execution: Execution) => Promise<FoundAbandoned>

interface ReconcileOptions {
  readonly lease: Lease
  readonly ask: AskAbandoned
  readonly nameOf: TargetNameOf
  readonly log: Log
}

/** What a settler's name ends with. */
const SETTLING = ':settle'

/**
 * Settles abandoned executions; gives how many. A target that does not answer is asked again until the time of the
 * statement is over, and once more after a lease; then the run is UNKNOWN. It holds leases under a name of its own: by the store's clock the run of a task of this very process may be abandoned while the
 * task still believes in its lease, and only a change of owner takes the leave to send from it (GOV-045, GOV-046).
 */
export async function reconcileAbandoned(port: ActPort, given: ReconcileOptions): Promise<number> {
  const options = { ...given, lease: { ...given.lease, owner: given.lease.owner + SETTLING } }
  let settled = 0
  for (const execution of await port.abandoned(20)) {
    try {
      if (await settle(port, execution, options)) settled += 1
    } catch (error) {
      const message = error instanceof Error ? error.message : 'unknown'
      const about = { target: await targetOf(port, execution, options), execution: execution.executionId }
      options.log({ level: 'error', stage: 'execute', message, ...about })
    }
  }
  return settled
}

/** Name of the target of a run, for the log; null if its decision cannot be read. */
async function targetOf(
  port: ActPort,
  { decisionId }: Execution,
  { nameOf }: ReconcileOptions,
): Promise<string | null> {
  const decision = await port.read.decision(decisionId).catch(() => null)
  return decision === null ? null : nameOf(decision.targetId)
}

/** One abandoned execution; false if another copy took it. A failure leaves it for the next turn. */
async function settle(port: ActPort, execution: Execution, options: ReconcileOptions): Promise<boolean> {
  const { executionId } = execution
  if (!(await port.adoptExecution(executionId, options.lease))) return false
  const end =
    execution.executionStatus === 'QUEUED' ? neverStarted() : await judgeAbandoned(execution, options.ask)
  const target = await targetOf(port, execution, options)
  const about = { level: 'warn', stage: 'execute', target, execution: executionId } as const
  if ('waits' in end) {
    // Looked at again when the lease just taken has run out.
    options.log({ ...about, message: `not settled yet: ${end.waits}` })
    return false
  }
  await port.finishExecution(executionId, options.lease.owner, {
    status: ['SUCCESS', 'PARTIAL_SUCCESS'].includes(end.outcome) ? 'COMPLETED' : 'FAILED',
    outcome: end.outcome,
    steps: execution.steps,
    durationMs: execution.actualDurationMs,
    affectedRows: execution.affectedRows,
    errors: end.because,
  })
  options.log({ ...about, message: 'abandoned execution settled', ...end })
  return true
}

const neverStarted = (): Judged => ({
  outcome: 'REFUSED',
  because: 'its executor died before anything was sent',
})

interface Waits {
  /** Why nothing can be said yet. */
  readonly waits: string
}

async function judgeAbandoned(execution: Execution, ask: AskAbandoned): Promise<Judged | Waits> {
  const sent = execution.steps.filter((s) => s.kind === 'statement' && maybeReceived(s))
  if (sent.length === 0)
    return { outcome: 'REFUSED', because: 'its executor died before a statement was sent' }
  const after = await ask(execution)
  const waits = reasonToAskAgain(execution, after)
  if (waits !== null) return { waits }
  const answered = sent.every((s) => s.endedAt !== null)
  const isOver = answered || after.run === 'over'
  const holds = after.holds === false && !isOver ? 'unknown' : after.holds
  const refusal = sent.at(-1)?.messages.find((m) => m.level === 'Error')?.text
  const because = answered
    ? `its executor died after the last statement returned${refusal === undefined ? '' : ` (${refusal})`}`
    : 'its executor died after a statement may have been sent'
  return judgeByEffect(partsOf(after, execution.steps), { ...after, holds }, because)
}

/**
 * While its statement may be at work the run stays open, and with it the target closed to others (GOV-071). That a
 * target cannot be asked says so little that it must be so twice, a lease apart: a server may just be starting.
 */
function reasonToAskAgain(execution: Execution, after: FoundAbandoned): string | null {
  if (after.run === 'working') return 'the target still works on the statement of an executor that died'
  if (after.run !== 'away') return null
  const isFirstLook = execution.leaseOwner?.endsWith(SETTLING) !== true
  if (after.timeIsOver && !isFirstLook) return null
  const until = after.timeIsOver ? 'it is asked once more' : 'the time of its statement is not over'
  return `the target cannot be asked (${after.found}) and ${until}`
}
