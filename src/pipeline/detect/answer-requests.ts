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

/** Questions taken and not yet answered, at most: those of a target that hangs must leave room for the others. */
const IN_HAND_MAX = 256

/**
 * Answers waiting questions, those of one target in turn and the targets side by side; a question that is put off by itself
 * (`afterSeconds`) holds up no other. An answer that cannot be had is stored as such, so that nobody waits for it; a question nobody waits
 * for any more is ended unanswered, so that a target that comes back is not asked everything it missed.
 */
export class Answering {
  readonly #port: ObservePort
  readonly #options: AnswerOptions
  readonly #inHand = new Map<number, Promise<void>>()
  readonly #lastOf = new Map<number, Promise<void>>()
  #failure: { readonly error: unknown } | null = null

  constructor(port: ObservePort, options: AnswerOptions) {
    this.#port = port
    this.#options = options
  }

  /**
   * Takes waiting questions, `most` at once, and begins to answer them. Gives how many were taken.
   * @throws what the store throws, that of an earlier answer among it
   */
  async take(): Promise<number> {
    this.#throwFailure()
    await expireRequests(this.#port, this.#options)
    const room = Math.min(this.#options.most, IN_HAND_MAX - this.#inHand.size)
    if (room <= 0) return 0
    const claimed = await this.#port.claimRequests(this.#options.lease, room)
    // One whose lease ran out while it is being answered is not answered twice.
    const taken = claimed.filter(({ requestId }) => !this.#inHand.has(requestId))
    for (const request of taken) this.#begin(request)
    return taken.length
  }

  /** Resolves when all that was taken is answered. @throws what the store throws */
  async settled(): Promise<void> {
    await Promise.all(this.#inHand.values())
    this.#throwFailure()
  }

  #begin(request: EvidenceRequest): void {
    const { requestId, targetId } = request
    const before = isPutOff(request) ? undefined : this.#lastOf.get(targetId)
    const answered = this.#answer(request, before).finally(() => {
      this.#inHand.delete(requestId)
      if (this.#lastOf.get(targetId) === answered) this.#lastOf.delete(targetId)
    })
    this.#inHand.set(requestId, answered)
    if (!isPutOff(request)) this.#lastOf.set(targetId, answered)
  }

  async #answer(request: EvidenceRequest, before: Promise<void> | undefined): Promise<void> {
    try {
      await before
      await answerOne(this.#port, request, this.#options)
    } catch (error) {
      this.#failure ??= { error }
    }
  }

  #throwFailure(): void {
    const failure = this.#failure
    this.#failure = null
    if (failure !== null) throw failure.error
  }
}

/** A question to be asked some seconds later waits before it reads anything. */
const isPutOff = ({ question }: EvidenceRequest): boolean =>
  typeof question.params['afterSeconds'] === 'number'

/** One turn of `Answering`, to its end. Gives how many were taken. @throws what the store throws */
export async function answerRequests(port: ObservePort, options: AnswerOptions): Promise<number> {
  const answering = new Answering(port, options)
  const taken = await answering.take()
  await answering.settled()
  return taken
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
