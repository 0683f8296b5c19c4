/**
 * One dbmedic somewhere else, asked over its HTTP API with a token. It answers with rows or with a problem of ours; what
 * it sends is believed no further than the schemas its API is made from.
 */
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { DbmedicError, ERRORS, type ErrorCode } from '../../core/errors.ts'
import { userName } from '../../server/schemas/people.ts'
import { stringOr } from './json-members.ts'

/** An answer is waited for so long, ms: a little longer than a server takes at most. */
const ANSWER_MS = 45_000
/** A long one is read for so long, ms: as long as a server writes at most. */
const STREAM_MS = 600_000
const JSON_LINES = 'application/x-ndjson'
/** Largest answer, bytes; the longest story the API tells is a tenth of it. */
const ANSWER_BYTES = 64 * 1024 * 1024
/** Of a problem so many characters of each text are shown. */
const PROBLEM_CHARACTERS = 2000
/** Addresses of the API as this program writes them. */
const OWN_PATH = /^\/api(\/[A-Za-z0-9_-]+)+$/

/** Where the server is, and what speaks for the person. */
export interface RemoteAddress {
  /** `https://dbmedic.example.org` */
  readonly url: URL
  readonly token: string
  readonly workspace: number
}

/** A problem as the server stated it. */
class RemoteProblem extends DbmedicError {
  override readonly message: string
  override readonly detail: string
  override readonly hint: string

  constructor(
    code: ErrorCode,
    stated: { readonly detail: string; readonly why: string; readonly hint: string },
  ) {
    super(code)
    this.message = stated.detail
    this.detail = stated.why
    this.hint = stated.hint
  }
}

const personShape = z.object({ userName })
/** Who the token speaks for. */
export type RemotePerson = z.infer<typeof personShape>

type Query = Readonly<Record<string, string | number>>

/** The server as the commands use it. */
export class RemoteServer {
  readonly #address: RemoteAddress
  #person: Promise<RemotePerson> | null = null

  constructor(address: RemoteAddress) {
    this.#address = address
  }

  /** `https://dbmedic.example.org`, for people. */
  get shown(): string {
    return this.#address.url.origin
  }

  /**
   * What an address of the API answers; null: there is no such thing (404).
   * @throws DbmedicError of the server's problem; DBM_SERVER_UNREACHABLE, DBM_SERVER_FOREIGN
   */
  async find<T>(path: string, shape: z.ZodType, query: Query = {}): Promise<T | null> {
    try {
      return await this.get<T>(path, shape, query)
    } catch (error) {
      if (error instanceof DbmedicError && error.code === 'DBM_NOT_FOUND') return null
      throw error
    }
  }

  /** The same where it must be there. @throws as `find`; DBM_NOT_FOUND */
  async get<T>(path: string, shape: z.ZodType, query: Query = {}): Promise<T> {
    const answer = await this.#ask('GET', this.#urlOf(path, query))
    return this.#shaped<T>(answer.status, await this.#bodyOf(answer), shape)
  }

  /**
   * A long answer of JSON lines as it comes. @throws as `find`, also while it is read: an answer that was cut is told
   */
  async *stream(path: string): AsyncGenerator<Uint8Array> {
    const answer = await this.#ask('GET', this.#urlOf(path, {}), { answerMs: STREAM_MS })
    if (!answer.ok || answer.headers.get('content-type')?.startsWith(JSON_LINES) !== true) {
      await this.#bodyOf(answer)
      throw this.#foreign(answer.status)
    }
    try {
      for await (const part of answer.body ?? []) yield part
    } catch (error) {
      throw unreachable(this.shown, error)
    }
  }

  /**
   * Asks for a change, once: it has a key, so that asking again after a lost connection does not repeat it.
   * @throws as `find`
   */
  async send<T>(path: string, body: unknown, shape: z.ZodType): Promise<T> {
    const url = this.#urlOf(path, {})
    const key = randomUUID()
    const post = (): Promise<Response> => this.#ask('POST', url, { change: { key, body } })
    const answer = await post().catch((error: unknown) => {
      if (error instanceof DbmedicError && error.code === 'DBM_SERVER_UNREACHABLE') return post()
      throw error
    })
    return this.#shaped<T>(answer.status, await this.#bodyOf(answer), shape)
  }

  /** Who the token speaks for; asked once. */
  person(): Promise<RemotePerson> {
    this.#person ??= this.get<RemotePerson>('/api/session', personShape)
    return this.#person
  }

  #urlOf(path: string, query: Query): URL {
    // Parts of a path come from answers too: none leads to another address than the one that is meant.
    if (!OWN_PATH.test(path))
      throw new DbmedicError('DBM_NOT_FOUND', {
        kind: 'address',
        id: 'like this',
        hint: 'Give a number or a name as a list shows it.',
      })
    const url = new URL(path, this.#address.url)
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value))
    if (path !== '/api/session') url.searchParams.set('workspace', String(this.#address.workspace))
    return url
  }

  async #ask(
    method: string,
    url: URL,
    {
      change,
      answerMs = ANSWER_MS,
    }: {
      readonly change?: { readonly key: string; readonly body: unknown }
      readonly answerMs?: number
    } = {},
  ): Promise<Response> {
    const headers: Record<string, string> = {
      authorization: `Bearer ${this.#address.token}`,
      accept: `application/json, application/problem+json, ${JSON_LINES}`,
    }
    if (change !== undefined) headers['idempotency-key'] = change.key
    if (change?.body !== undefined) headers['content-type'] = 'application/json'
    try {
      return await fetch(url, {
        method,
        headers,
        // The token goes to the server that was named, and to no other.
        redirect: 'error',
        signal: AbortSignal.timeout(answerMs),
        ...(change?.body === undefined ? {} : { body: JSON.stringify(change.body) }),
      })
    } catch (error) {
      throw unreachable(this.shown, error)
    }
  }

  async #bodyOf(answer: Response): Promise<unknown> {
    if (answer.status === 204) return undefined
    const body = jsonOf(await this.#textOf(answer))
    if (answer.ok) return body
    throw this.#problemOf(answer.status, body)
  }

  /** The whole answer, read no further than an answer of ours may be long. */
  async #textOf(answer: Response): Promise<string> {
    const parts: Uint8Array[] = []
    let bytes = 0
    try {
      for await (const part of answer.body ?? []) {
        bytes += part.length
        if (bytes > ANSWER_BYTES) break
        parts.push(part)
      }
    } catch (error) {
      throw unreachable(this.shown, error)
    }
    if (bytes > ANSWER_BYTES) throw this.#foreign(answer.status)
    return Buffer.concat(parts).toString('utf8')
  }

  /** Members the schema does not name are dropped; anything it does not allow makes the answer a foreign one. */
  #shaped<T>(status: number, body: unknown, shape: z.ZodType): T {
    const parsed = shape.safeParse(body)
    if (!parsed.success) throw this.#foreign(status)
    return parsed.data as T
  }

  #foreign(status: number): DbmedicError {
    return new DbmedicError('DBM_SERVER_FOREIGN', { address: this.shown, status })
  }

  #problemOf(status: number, body: unknown): DbmedicError {
    const code = stringOr(body, 'code', '')
    if (!Object.hasOwn(ERRORS, code)) return this.#foreign(status)
    if (code === 'DBM_SIGNED_OUT') return new DbmedicError('DBM_TOKEN_REFUSED', { address: this.shown })
    const textOf = (member: string, otherwise: string): string =>
      stringOr(body, member, otherwise).replaceAll(this.#address.token, '…').slice(0, PROBLEM_CHARACTERS)
    return new RemoteProblem(code as ErrorCode, {
      detail: textOf('detail', code),
      why: textOf('why', ''),
      hint: textOf('hint', ''),
    })
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** Certificates have codes of their own (https://nodejs.org/api/tls.html#x509-certificate-error-codes). */
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY|DECODE)|ERR_TLS|HOSTNAME_MISMATCH/

function unreachable(address: string, error: unknown): DbmedicError {
  const cause = error instanceof Error ? error.cause : undefined
  const inner = cause instanceof Error ? (cause as NodeJS.ErrnoException) : undefined
  const reason = inner?.code ?? inner?.message ?? (error instanceof Error ? error.name : 'unknown')
  if (CERTIFICATE.test(reason)) return new DbmedicError('DBM_SERVER_TLS', { address, problem: reason }, error)
  return new DbmedicError('DBM_SERVER_UNREACHABLE', { address, reason }, error)
}
