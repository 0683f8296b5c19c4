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

/** How long a question waits, s: longer than anybody waits for its answer (`analysis.answerTimeoutMs`, at most 120). */
export const REQUEST_EXPIRES_SECONDS = 180
/** How often questions too old are looked for, ms, and how many are ended at once. */
const EXPIRE_EVERY_MS = 10_000
const EXPIRED_AT_ONCE = 200

/** Answers one question; the value must be JSON. It must not throw for what a target does. */
export type Answerer = (request: EvidenceRequest) => Promise<Json>

/** How questions are answered. */
export interface AnswerOptions {
  readonly lease: Lease
  readonly most: number
  readonly answer: Answerer
  readonly log: Log
  /** Default REQUEST_EXPIRES_SECONDS. */
  readonly expiresSeconds?: number
}

/**
 * Takes waiting questions and answers them, those of one target in turn and the targets side by side. Gives how many were taken. An answer that cannot be had is stored as
 * such, so that nobody waits for it; a question nobody waits for any more is ended unanswered, so that a target that
 * comes back is not asked everything it missed.
 */
export async function answerRequests(port: ObservePort, options: AnswerOptions): Promise<number> {
  await expireRequests(port, options)
  const requests = await port.claimRequests(options.lease, options.most)
  const byTarget = Map.groupBy(requests, (request) => request.targetId)
  await Promise.all(
    [...byTarget.values()].map(async (own) => {
      for (const request of own) await answerOne(port, request, options)
    }),
  )
  return requests.length
}

const lookedMs = new WeakMap<ObservePort, number>()

async function expireRequests(port: ObservePort, options: AnswerOptions): Promise<void> {
  const nowMs = performance.now()
  if (nowMs - (lookedMs.get(port) ?? Number.NEGATIVE_INFINITY) < EXPIRE_EVERY_MS) return
  const { lease, expiresSeconds = REQUEST_EXPIRES_SECONDS, log } = options
  const expired = await port.expireRequests(lease.owner, expiresSeconds, EXPIRED_AT_ONCE)
  // More are looked for at once while there are as many as fit.
  if (expired < EXPIRED_AT_ONCE) lookedMs.set(port, nowMs)
  if (expired > 0) log({ level: 'info', stage: 'detect', message: 'questions expired unanswered', expired })
}

async function answerOne(port: ObservePort, request: EvidenceRequest, options: AnswerOptions): Promise<void> {
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
