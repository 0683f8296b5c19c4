/** One dbmedic somewhere else, asked over its HTTP API with a token. It answers with rows or with a problem of ours. */
import { randomUUID } from 'node:crypto'
import { DbmedicError, ERRORS, type ErrorCode } from '../../core/errors.ts'
import { stringOr } from './json-members.ts'

/** An answer is waited for so long, ms: a little longer than a server takes at most. */
const ANSWER_MS = 45_000

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

/** Who the token speaks for. */
export interface RemotePerson {
  readonly userName: string
}

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
  async find<T>(path: string, query: Readonly<Record<string, string | number>> = {}): Promise<T | null> {
    const answer = await this.#ask('GET', this.#urlOf(path, query))
    if (answer.status === 404) return null
    return (await this.#bodyOf(answer)) as T
  }

  /** The same where it must be there. @throws as `find`; DBM_NOT_FOUND */
  async get<T>(path: string, query: Readonly<Record<string, string | number>> = {}): Promise<T> {
    return (await this.#bodyOf(await this.#ask('GET', this.#urlOf(path, query)))) as T
  }

  /** Asks for a change, once: it has a key, so that asking again after a lost connection does not repeat it. */
  async send<T>(path: string, body: unknown): Promise<T> {
    const url = this.#urlOf(path, {})
    const key = randomUUID()
    const post = (): Promise<Response> => this.#ask('POST', url, { key, body })
    const answer = await post().catch((error: unknown) => {
      if (error instanceof DbmedicError && error.code === 'DBM_SERVER_UNREACHABLE') return post()
      throw error
    })
    return (await this.#bodyOf(answer)) as T
  }

  /** Who the token speaks for; asked once. */
  person(): Promise<RemotePerson> {
    this.#person ??= this.get<RemotePerson>('/api/session')
    return this.#person
  }

  #urlOf(path: string, query: Readonly<Record<string, string | number>>): URL {
    const url = new URL(path, this.#address.url)
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value))
    if (path !== '/api/session') url.searchParams.set('workspace', String(this.#address.workspace))
    return url
  }

  async #ask(
    method: string,
    url: URL,
    change?: { readonly key: string; readonly body: unknown },
  ): Promise<Response> {
    const headers: Record<string, string> = {
      authorization: `Bearer ${this.#address.token}`,
      accept: 'application/json, application/problem+json',
    }
    if (change !== undefined) headers['idempotency-key'] = change.key
    if (change?.body !== undefined) headers['content-type'] = 'application/json'
    try {
      return await fetch(url, {
        method,
        headers,
        // The token goes to the server that was named, and to no other.
        redirect: 'error',
        signal: AbortSignal.timeout(ANSWER_MS),
        ...(change?.body === undefined ? {} : { body: JSON.stringify(change.body) }),
      })
    } catch (error) {
      throw unreachable(this.shown, error)
    }
  }

  async #bodyOf(answer: Response): Promise<unknown> {
    if (answer.status === 204) return null
    const text = await answer.text().catch((error: unknown) => {
      throw unreachable(this.shown, error)
    })
    const body = jsonOf(text)
    if (answer.ok && body !== undefined) return body
    throw this.#problemOf(answer.status, body)
  }

  #problemOf(status: number, body: unknown): DbmedicError {
    const code = stringOr(body, 'code', '')
    if (!Object.hasOwn(ERRORS, code))
      return new DbmedicError('DBM_SERVER_FOREIGN', { address: this.shown, status })
    if (code === 'DBM_SIGNED_OUT') return new DbmedicError('DBM_TOKEN_REFUSED', { address: this.shown })
    return new RemoteProblem(code as ErrorCode, {
      detail: stringOr(body, 'detail', code),
      why: stringOr(body, 'why', ''),
      hint: stringOr(body, 'hint', ''),
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
