/**
 * Answers the questions other roles ask of targets, each as a row. The brain asks, it never reaches: this
 * is the only way evidence gets from a target to a diagnosis, and every answer is bounded by the observer.
 */
import type { Json } from '../../core/canonical.ts'
import type { Log } from '../../core/log.ts'
import type { EvidenceRequest } from '../../core/nouns.ts'
import type { Lease, ObservePort } from '../../core/store-ports.ts'

/** Largest answer kept, bytes of JSON text. */
export const ANSWER_BYTES = 262_144

/** Answers one question; the value must be JSON. It must not throw for what a target does. */
export type Answerer = (request: EvidenceRequest) => Promise<Json>

/**
 * Takes waiting questions and answers them. Gives how many were taken. An answer that cannot be had is
 * stored as such, so that nobody waits for it.
 */
export async function answerRequests(
  port: ObservePort,
  options: { readonly lease: Lease; readonly most: number; readonly answer: Answerer; readonly log: Log },
): Promise<number> {
  const requests = await port.claimRequests(options.lease, options.most)
  for (const request of requests) await answerOne(port, request, options)
  return requests.length
}

async function answerOne(
  port: ObservePort,
  request: EvidenceRequest,
  options: { readonly lease: Lease; readonly answer: Answerer; readonly log: Log },
): Promise<void> {
  const { owner } = options.lease
  try {
    const answer = await options.answer(request)
    const size = Buffer.byteLength(JSON.stringify(answer))
    if (size > ANSWER_BYTES) throw new RangeError(`the answer has ${size} bytes, more than ${ANSWER_BYTES}`)
    await port.answerRequest(request.requestId, owner, { ok: true, answer })
  } catch (error) {
    const because = error instanceof Error ? error.message : 'the question could not be answered'
    options.log({ level: 'warn', stage: 'detect', message: because, question: request.question.kind })
    await port.answerRequest(request.requestId, owner, { ok: false, because: because.slice(0, 1000) })
  }
}
