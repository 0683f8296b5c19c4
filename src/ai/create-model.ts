/** A model behind one of the protocols, held to its bounds: bytes, tokens, time, questions an hour. */
import { type Refusal, refusal } from '../core/errors.ts'
import type { AnswerSchema, Model, ModelExchange, ModelQuestion, ModelReply } from '../core/model.ts'
import { ollama } from './ollama.ts'
import { openaiCompatible } from './openai-compatible.ts'
import { type PostResult, post } from './post.ts'
import { errorKindOf, type Protocol } from './protocol.ts'
import { readJson } from './read-json.ts'

/** The kinds of model there are besides none. */
export type ModelKind = 'openai-compatible' | 'ollama'

/** How a model is reached and how far it may go. */
export interface ModelSettings {
  readonly kind: ModelKind
  /** The only address ever spoken to. */
  readonly baseUrl: string
  readonly model: string
  /** The key itself, read from its reference; null: none. */
  readonly apiKey: string | null
  /** For one question, its repeats included. */
  readonly timeoutMs: number
  readonly maxOutputTokens: number
  /** Bytes of a request's body. */
  readonly maxPromptBytes: number
  readonly maxQuestionsPerHour: number
  /** Sees every body sent and received, to the byte; null: nobody looks. */
  readonly print: ((direction: 'sent' | 'received', text: string) => void) | null
}

const PROTOCOLS: Record<ModelKind, Protocol> = { 'openai-compatible': openaiCompatible, ollama }

/** Waits that a server may ask for before the one repeat, ms. */
const MOST_PAUSE_MS = 2_000
const HOUR_MS = 3_600_000
/** Bytes a token may take in the reply (escapes included), and what stands around the answer. */
const BYTES_A_TOKEN = 8
const ENVELOPE_BYTES = 16_384

/** The model of these settings. Nothing is sent before it is asked. */
export function createModel(settings: ModelSettings): Model {
  return new BoundedModel(settings)
}

/** The state of one question while it is asked. */
interface Asking {
  readonly exchanges: ModelExchange[]
  readonly signal: AbortSignal
  repeats: number
}

/** Why a question led to no answer; `tooLong` as in `ModelReply`. */
interface Unanswered {
  readonly because: string
  readonly tooLong: boolean
}

class BoundedModel implements Model {
  readonly name: string
  readonly mostMs: number
  readonly #settings: ModelSettings
  readonly #protocol: Protocol
  readonly #url: string
  /** First body this server takes. */
  #plainness = 0
  /** When the questions of the last hour were asked, oldest first, ms. */
  #asked: number[] = []

  constructor(settings: ModelSettings) {
    this.#settings = settings
    this.#protocol = PROTOCOLS[settings.kind]
    this.#url = settings.baseUrl.replace(/\/+$/, '') + this.#protocol.path
    this.name = `${settings.kind}:${settings.model}`.slice(0, 200)
    this.mostMs = settings.timeoutMs
  }

  async propose<A>(
    question: ModelQuestion,
    schema: AnswerSchema<A>,
    signal: AbortSignal,
  ): Promise<ModelReply<A>> {
    const longest = Math.max(
      ...this.#protocol.bodies.map((_, i) => Buffer.byteLength(this.#body(question, schema, i))),
    )
    if (longest > this.#settings.maxPromptBytes) {
      const reason = `the question has ${longest} bytes, the bound is ${this.#settings.maxPromptBytes}`
      return { answered: false, refusal: this.#refusal(reason), tooLong: true, exchanges: [] }
    }
    if (!this.#mayAsk()) {
      const reason = `${this.#settings.maxQuestionsPerHour} questions were asked within an hour, which is the bound`
      return { answered: false, refusal: this.#refusal(reason), tooLong: false, exchanges: [] }
    }
    const asking: Asking = {
      exchanges: [],
      repeats: 0,
      signal: AbortSignal.any([signal, AbortSignal.timeout(this.#settings.timeoutMs)]),
    }
    const outcome = await this.#ask(question, schema, asking)
    const { exchanges } = asking
    return 'answer' in outcome
      ? { answered: true, answer: outcome.answer, exchanges }
      : { answered: false, refusal: this.#refusal(outcome.because), tooLong: outcome.tooLong, exchanges }
  }

  /** Sends, from the strictest body this server takes to the plainest. */
  async #ask<A>(
    question: ModelQuestion,
    schema: AnswerSchema<A>,
    asking: Asking,
  ): Promise<{ readonly answer: A } | Unanswered> {
    for (let i = this.#plainness; i < this.#protocol.bodies.length; i += 1) {
      const result = await this.#send(this.#body(question, schema, i), asking)
      const notTaken = result.status === 400 || result.status === 422
      if (notTaken && this.#isTooLong(result)) {
        return { because: `${statusOf(result)}: the model cannot read that much`, tooLong: true }
      }
      if (notTaken && i + 1 < this.#protocol.bodies.length) continue
      if (!notTaken) this.#plainness = i
      return { tooLong: false, ...this.#read(result, schema) }
    }
    return { because: 'the server takes no form of the question', tooLong: false }
  }

  #isTooLong(result: PostResult): boolean {
    const reply = readJson(result.text)
    return 'value' in reply && this.#protocol.isTooLong(reply.value)
  }

  /** One request, repeated once at most in a question where the server is busy. */
  async #send(body: string, asking: Asking): Promise<PostResult> {
    const result = await this.#post(body, asking)
    const busy = result.status === 429 || result.status === 503
    if (!busy || asking.repeats > 0 || asking.signal.aborted) return result
    asking.repeats += 1
    await pause(Math.min(result.retryAfterMs ?? 500, MOST_PAUSE_MS), asking.signal)
    return this.#post(body, asking)
  }

  async #post(body: string, asking: Asking): Promise<PostResult> {
    const { apiKey, maxOutputTokens, print } = this.#settings
    print?.('sent', body)
    const mostBytes = maxOutputTokens * BYTES_A_TOKEN + ENVELOPE_BYTES
    const result = await post({ url: this.#url, body, apiKey, mostBytes, signal: asking.signal })
    print?.('received', result.text)
    const head = result.status === null ? 'no reply' : `HTTP ${result.status}`
    const note = result.failure === null ? '' : ` (${result.failure})`
    asking.exchanges.push({ request: body, response: `${head}${note}\n${result.text}` })
    return result
  }

  #read<A>(
    result: PostResult,
    schema: AnswerSchema<A>,
  ): { readonly answer: A } | { readonly because: string } {
    if (result.status === null) return { because: result.failure ?? 'no reply' }
    if (result.status >= 300 && result.status < 400) {
      return { because: `it redirects (HTTP ${result.status}), which is never followed` }
    }
    if (result.status !== 200) return { because: statusOf(result) }
    if (result.failure !== null) return { because: result.failure }
    const reply = readJson(result.text)
    if ('because' in reply) return { because: `the reply is refused: ${reply.because}` }
    const content = this.#protocol.contentOf(reply.value)
    if ('because' in content) return content
    const value = readJson(content.content)
    if ('because' in value) return { because: `the answer is refused: ${value.because}` }
    return schema.read(value.value)
  }

  #body<A>(question: ModelQuestion, schema: AnswerSchema<A>, plainness: number): string {
    const { model, maxOutputTokens, maxPromptBytes } = this.#settings
    const make = this.#protocol.bodies[plainness]
    const input = {
      model,
      question,
      schemaName: schema.name,
      schema: schema.schema,
      maxOutputTokens,
      maxPromptBytes,
    }
    return JSON.stringify(make?.(input))
  }

  #mayAsk(): boolean {
    const now = Date.now()
    this.#asked = this.#asked.filter((at) => now - at < HOUR_MS)
    if (this.#asked.length >= this.#settings.maxQuestionsPerHour) return false
    this.#asked.push(now)
    return true
  }

  readonly #refusal = (reason: string): Refusal =>
    refusal('DBM_MODEL_NO_ANSWER', { model: this.name, reason })
}

/** A status that is no answer, with the server's own word for it where it has one. */
function statusOf({ status, text }: PostResult): string {
  const reply = readJson(text)
  const kind = 'value' in reply ? errorKindOf(reply.value) : null
  return kind === null ? `HTTP ${status}` : `HTTP ${status} (${kind})`
}

/** Ends after `ms`, or at once when the signal aborts. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end)
    if (signal.aborted) end()
  })
}
