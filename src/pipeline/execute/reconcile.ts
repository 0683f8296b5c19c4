/**
 * After a crash: executions somebody began and nobody ended. Their steps are never sent again; the target
 * is asked whether the postcondition holds, and the row says what is known.
 */
import type { Log } from '../../core/log.ts'
import type { Execution } from '../../core/nouns.ts'
import type { ActPort, Lease } from '../../core/store-ports.ts'
import type { ExecutionOutcome } from '../../core/vocabulary.ts'

/** What the target says about a run whose executor died. */
export type AskPostcondition = (
  execution: Execution,
) => Promise<{ readonly holds: boolean | 'unknown'; readonly found: string }>

/** Settles abandoned executions; gives how many. A target that does not answer leaves UNKNOWN. */
export async function reconcileAbandoned(
  port: ActPort,
  options: { readonly lease: Lease; readonly ask: AskPostcondition; readonly log: Log },
): Promise<number> {
  let settled = 0
  for (const execution of await port.abandoned(20)) {
    try {
      if (await settle(port, execution, options)) settled += 1
    } catch (error) {
      const message = error instanceof Error ? error.message : 'unknown'
      options.log({ level: 'error', stage: 'execute', message, execution: execution.executionId })
    }
  }
  return settled
}

/** One abandoned execution; false if another copy took it. A failure leaves it for the next turn. */
async function settle(
  port: ActPort,
  execution: Execution,
  options: { readonly lease: Lease; readonly ask: AskPostcondition; readonly log: Log },
): Promise<boolean> {
  if (!(await port.adoptExecution(execution.executionId, options.lease))) return false
  const end =
    execution.executionStatus === 'QUEUED' ? neverStarted() : await judgeAbandoned(execution, options.ask)
  await port.finishExecution(execution.executionId, {
    status: end.outcome === 'SUCCESS' ? 'COMPLETED' : 'FAILED',
    outcome: end.outcome,
    steps: execution.steps,
    durationMs: execution.actualDurationMs,
    affectedRows: execution.affectedRows,
    errors: end.because,
  })
  options.log({
    level: 'warn',
    stage: 'execute',
    message: 'abandoned execution settled',
    execution: execution.executionId,
    outcome: end.outcome,
    because: end.because,
  })
  return true
}

interface End {
  readonly outcome: ExecutionOutcome
  readonly because: string | null
}

const neverStarted = (): End => ({
  outcome: 'REFUSED',
  because: 'its executor died before anything was sent',
})

async function judgeAbandoned(execution: Execution, ask: AskPostcondition): Promise<End> {
  const sent = execution.steps.filter((s) => s.kind === 'statement')
  if (sent.length === 0)
    return { outcome: 'REFUSED', because: 'its executor died before a statement was sent' }
  const state = await ask(execution)
  if (state.holds === true)
    return { outcome: 'SUCCESS', because: 'its executor died; the postcondition holds' }
  return {
    outcome: 'UNKNOWN',
    because: `its executor died after a statement may have been sent; found afterwards: ${state.found}`,
  }
}
