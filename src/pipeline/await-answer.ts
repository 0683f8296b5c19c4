/** Waiting for what the observer answers to a question: it stands in the store, and the observer is another process. */
import type { Json } from '../core/canonical.ts'
import type { Reading } from '../core/observer.ts'
import type { ReasonPort } from '../core/store-ports.ts'
import { asReading } from './analyze/index.ts'
import { sleep } from './loop.ts'

/** How long an answer is waited for, ms, and what ends the waiting sooner. */
export interface Patience {
  readonly answerTimeoutMs: number
  readonly signal: AbortSignal
}

/** The answer, or why there is none: it could not be given, or not in time. @throws what the store throws */
export async function awaitAnswer(
  port: Pick<ReasonPort, 'request'>,
  requestId: number,
  { answerTimeoutMs, signal }: Patience,
): Promise<Reading<unknown>> {
  const deadline = Date.now() + answerTimeoutMs
  for (let pause = 20; Date.now() < deadline && !signal.aborted; pause = Math.min(250, pause * 1.5)) {
    const request = await port.request(requestId)
    if (request?.requestStatus === 'ANSWERED') return asReading(request.answer)
    if (request === null || request.requestStatus !== 'REQUESTED') {
      return {
        known: false,
        because: reasonOf(request?.answer ?? null),
        toProceed: 'See the log of the observer.',
      }
    }
    await sleep(pause, signal)
  }
  return {
    known: false,
    because: `the observer did not answer within ${answerTimeoutMs} ms`,
    toProceed: 'Check that an observer watches this target.',
  }
}

function reasonOf(answer: Json): string {
  if (typeof answer === 'string') return answer
  if (typeof answer === 'object' && answer !== null && 'because' in answer) return String(answer.because)
  return 'the question could not be answered'
}
