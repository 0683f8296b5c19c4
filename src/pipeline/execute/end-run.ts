/**
 * Writes the end of a run, as long as the store needs to come back. A run whose lease ran out meanwhile is taken
 * again first; if somebody else has it, its end is theirs to say.
 */
import { DbmedicError } from '../../core/errors.ts'
import type { StepRecord } from '../../core/nouns.ts'
import type { ActPort, Lease } from '../../core/store-ports.ts'
import { elapsedMs, type Moment, moment } from './keep-run.ts'
import { whenStoreIsBack } from './store-away.ts'

/** How long the end is kept for a store that is away, ms; after that whoever finds the run settles it. */
export const STORE_BACK_MS = 600_000

type End = Parameters<ActPort['finishExecution']>[2]

/** What is written, and with what. */
export interface EndInput {
  readonly port: ActPort
  readonly executionId: number
  readonly decisionId: number
  readonly lease: Lease
  readonly nowMs: () => number
  readonly wait?: (ms: number) => Promise<unknown>
}

/** Writes the end; false if another executor took the run over. @throws what the store throws in the end. */
export async function endRun(input: EndInput, end: End, isLost: () => boolean): Promise<boolean> {
  const { port, executionId, lease, nowMs } = input
  const began = moment(nowMs)
  let taken: Moment | null = null
  const isOurs = (): boolean => (taken === null ? !isLost() : elapsedMs(taken, nowMs) < lease.seconds * 1000)
  const write = async (tries: number): Promise<boolean> => {
    if (!isOurs()) {
      const asked = moment(nowMs)
      if (!(await port.adoptExecution(executionId, lease))) return false
      taken = asked
    }
    const steps = taken === null ? end.steps : await asStored(input, end.steps)
    try {
      await port.finishExecution(executionId, lease.owner, { ...end, steps })
    } catch (error) {
      if (isAnothers(error)) return false
      // The answer to an earlier attempt may be what was lost.
      if (!(tries > 0 && isRefused(error) && (await hasEnded(input)))) throw error
    }
    return true
  }
  return whenStoreIsBack(write, {
    goOn: () => elapsedMs(began, nowMs) < STORE_BACK_MS,
    ...(input.wait === undefined ? {} : { wait: input.wait }),
  })
}

const isRefused = (error: unknown): boolean =>
  error instanceof DbmedicError && error.code === 'DBM_STORE_REFUSED'

const isAnothers = (error: unknown): boolean => isRefused(error) && /GOV-046/.test((error as Error).message)

const storedRun = async ({ port, decisionId, executionId }: EndInput) =>
  (await port.read.executions({ decisionId, limit: 10 })).find((run) => run.executionId === executionId)

const hasEnded = async (input: EndInput): Promise<boolean> =>
  ['COMPLETED', 'FAILED'].includes((await storedRun(input))?.executionStatus ?? '')

/** A run that was taken over gets no new steps: a step that was never recorded was never sent. */
async function asStored(input: EndInput, steps: readonly StepRecord[]): Promise<readonly StepRecord[]> {
  return steps.slice(0, (await storedRun(input))?.steps.length ?? 0)
}
