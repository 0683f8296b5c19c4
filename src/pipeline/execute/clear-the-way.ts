/**
 * Before a run starts: runs on its target that ended UNKNOWN may have a statement at work there still, and may have
 * an executor that stands still with one to send. Their connections are ended first, so that a target never works on
 * statements of two runs. The time they were approved with is over: until then they are not ended.
 */
import type { ActSession } from '../../core/actuator.ts'
import type { Binding } from '../../core/plan.ts'
import type { ActPort } from '../../core/store-ports.ts'
import { endFormerRun, formerOf } from './former-run.ts'

/** Ends what is left of them. Gives why that is not possible now; null: the way is clear. */
export async function clearTheWay<Q>(
  port: Pick<ActPort, 'endedUnknown'>,
  session: ActSession<Q>,
  binding: Pick<Binding, 'target'>,
): Promise<string | null> {
  for (const { executionId, preExecutionMetrics } of await port.endedUnknown(binding.target.id)) {
    const former = formerOf(preExecutionMetrics)
    const left = await endFormerRun(session, { binding, former, mayEnd: true })
    if (left === 'working') return `the target still works on a statement of execution ${executionId}`
    if (left === 'away') return `whether execution ${executionId} still runs could not be found out`
  }
  return null
}
