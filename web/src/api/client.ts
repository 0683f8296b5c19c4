/** Requests to the API of this very address, about the workspace the page is of. Errors arrive as problem details and stay so. */
import type { Problem } from '../../../src/server/api-types.ts'
import { inWorkspace } from './workspace.ts'

/** What the server answered instead. */
export class ProblemError extends Error {
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.detail)
    this.name = 'ProblemError'
    this.problem = problem
  }
}

const LATE_MS = 35_000
let csrfToken: string | null = null

/** Keeps the token that goes with everything that changes something; null: nobody is signed in. */
export function keepCsrfToken(token: string | null): void {
  csrfToken = token
}

/** Reads. @throws ProblemError */
export function read<T>(path: string, signal?: AbortSignal): Promise<T> {
  return send<T>('GET', path, { signal })
}

/**
 * Changes something; every call is a change of its own. An answer without a body gives undefined. @throws ProblemError
 */
export function write<T>(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<T> {
  return send<T>(method, path, { body, key: newChangeKey() })
}

/** Changes something under a key of its own, so that it can be sent again. @throws ProblemError */
export const writeOnce = <T>(path: string, body: unknown, key: string): Promise<T> =>
  send<T>('POST', path, { body, key })

/** A name for one change (docs/api.md, Idempotency-Key). */
export function newChangeKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

async function send<T>(
  method: string,
  path: string,
  {
    body,
    signal,
    key,
  }: { readonly body?: unknown; readonly signal?: AbortSignal | undefined; readonly key?: string },
): Promise<T> {
  const headers: Record<string, string> = { accept: 'application/json' }
  if (body !== undefined) headers['content-type'] = 'application/json'
  if (key !== undefined) headers['idempotency-key'] = key
  if (method !== 'GET' && csrfToken !== null) headers['x-csrf-token'] = csrfToken
  const address = inWorkspace(path)
  const late = AbortSignal.timeout(LATE_MS)
  let answer: Response
  try {
    answer = await fetch(address, {
      method,
      headers,
      credentials: 'same-origin',
      signal: signal === undefined ? late : AbortSignal.any([signal, late]),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  } catch (error) {
    if (signal?.aborted === true) throw error
    throw new ProblemError(unreachable)
  }
  if (!answer.ok) throw new ProblemError(await problemOf(answer))
  return (answer.status === 204 ? undefined : await answer.json()) as T
}

const unreachable: Problem = {
  type: 'about:blank',
  title: 'No answer',
  status: 503,
  code: 'NO_ANSWER',
  detail: 'The server does not answer.',
  why: 'The network is cut, or dbmedic does not run.',
  hint: 'The page goes on by itself when it answers again.',
  requestId: '',
}

async function problemOf(answer: Response): Promise<Problem> {
  const body: unknown = await answer.json().catch(() => null)
  if (typeof body === 'object' && body !== null && 'code' in body && 'detail' in body) return body as Problem
  return {
    ...unreachable,
    status: answer.status,
    detail: `The answer was ${answer.status} ${answer.statusText}, not one of dbmedic.`,
    why: 'Something between this page and dbmedic answered instead.',
    hint: 'Look at the proxy in front of dbmedic.',
  }
}
