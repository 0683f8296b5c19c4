/** What must hold of every answer, whatever was asked. */
import { z } from 'zod'
import { ERRORS } from '../../../src/core/errors.ts'
import type { LogLine } from '../../../src/core/log.ts'
import { PROBLEM_TYPE, problemSchema } from '../../../src/server/problem.ts'
import { MARK } from './draw.ts'
import { PASSWORD } from './known-things.ts'
import type { MadeRequest } from './made-requests.ts'

/** An answer as it came. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

/** Parts of what is stored or configured and is shown to nobody. */
const NEVER = ['$argon2', 'SHOP_PASSWORD', PASSWORD]

/** Where the request ended in the store, and what the program said of it. */
export interface Traces {
  readonly changed: readonly string[]
  readonly lines: readonly LogLine[]
  readonly secrets: readonly string[]
}

/** Tables a refused attempt to sign in, or a wrong password, writes: that it was made. */
const ATTEMPTS = ['sign_in_attempts']
/** Nothing is stored by these, also when they are answered. */
const STORES_NOTHING = ['POST /api/decisions/{decisionId}/ballot']

/** What is wrong with an answer; empty: nothing. */
export function problemsOf(made: MadeRequest, answer: Answer, traces: Traces): readonly string[] {
  const { status } = answer
  return [
    ...(status >= 500 ? [`answered ${status}`] : []),
    ...(status >= 400 ? errorProblems(answer) : []),
    ...(status >= 400 ? refusedProblems(traces) : doneProblems(made, traces)),
    ...secretProblems(answer, traces),
  ]
}

function errorProblems({ status, headers, body }: Answer): readonly string[] {
  // An answer to HEAD has no body.
  if (body === '' && headers['content-length'] !== '0') return []
  if (!String(headers['content-type']).startsWith(PROBLEM_TYPE))
    return [`an error of type ${headers['content-type']}`]
  const parsed = z.safeParse(problemSchema, jsonOf(body))
  if (!parsed.success) return ['an error that is no problem']
  const { data } = parsed
  return [
    ...(data.status === status ? [] : [`the problem says ${data.status}, the answer ${status}`]),
    ...(Object.hasOwn(ERRORS, data.code) ? [] : [`${data.code} is no code of ours`]),
    ...(data.requestId === headers['x-request-id'] ? [] : ['the id of the request is another one']),
    // A name that is looked up is named.
    ...(body.includes(MARK) && data.code !== 'DBM_NOT_FOUND' ? ['an error repeats what was typed'] : []),
    ...(/\{[a-zA-Z]+\}/.test(`${data.detail}${data.hint}`) ? ['a text of the table was not filled in'] : []),
  ]
}

function refusedProblems({ changed }: Traces): readonly string[] {
  const other = changed.filter((table) => !ATTEMPTS.includes(table))
  return other.length === 0 ? [] : [`refused, and yet changed ${other.join(', ')}`]
}

function doneProblems(made: MadeRequest, { changed }: Traces): readonly string[] {
  const { operation, visitor, crossSite, method } = made
  const reads = ['GET', 'HEAD'].includes(method)
  const problems: string[] = []
  if (!visitor.may(operation, workspaceOf(made))) problems.push(`done for ${visitor.name}, who may not`)
  if (!reads && crossSite) problems.push('done although it came from elsewhere')
  if ((reads || STORES_NOTHING.includes(operation.name)) && changed.length > 0)
    problems.push(`a read changed ${changed.join(', ')}`)
  return problems
}

function workspaceOf({ url }: MadeRequest): number {
  const given = new URL(url, 'http://localhost').searchParams.getAll('workspace')
  return given.length === 0 ? 1 : Number(given[0])
}

function secretProblems({ body, headers }: Answer, { lines, secrets }: Traces): readonly string[] {
  const said = `${body}${JSON.stringify(headers['location'] ?? '')}`
  const logged = JSON.stringify(lines)
  return [
    ...[...NEVER, ...secrets].filter((secret) => said.includes(secret)).map(() => 'a secret in an answer'),
    ...[MARK, ...NEVER, ...secrets]
      .filter((secret) => logged.includes(secret))
      .map(() => 'a secret or value in the log'),
  ]
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
