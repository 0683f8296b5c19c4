/** Errors as problem details (RFC 9457): our code, what happened, why, the next step, and the request's id. */
import { STATUS_CODES } from 'node:http'
import { z } from 'zod'
import { DbmedicError, type ErrorCode } from '../core/errors.ts'

/** HTTP status by code; every other code is a fault of the server. */
const STATUS: Partial<Readonly<Record<ErrorCode, number>>> = {
  DBM_REQUEST_INVALID: 400,
  DBM_PASSWORD_WEAK: 400,
  DBM_SIGNED_OUT: 401,
  DBM_SIGN_IN_FAILED: 401,
  DBM_RIGHT_MISSING: 403,
  DBM_CROSS_SITE: 403,
  DBM_NOT_FOUND: 404,
  DBM_USER_UNKNOWN: 404,
  DBM_STORE_REFUSED: 409,
  DBM_LINK_SPENT: 410,
  DBM_REQUEST_TOO_LARGE: 413,
  DBM_HOST_UNKNOWN: 421,
  DBM_TOO_MANY_REQUESTS: 429,
  DBM_SIGN_IN_LOCKED: 429,
  DBM_REQUEST_TIMEOUT: 503,
  DBM_STORE_BUSY: 503,
  DBM_STORE_UNREACHABLE: 503,
  DBM_STORE_FULL: 503,
  DBM_STORE_READ_ONLY: 503,
}

/** The body of every answer that is an error. */
export const problemSchema = z
  .object({
    type: z.string().meta({ description: 'urn:dbmedic:error: and the code' }),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: 'What happened: one line.' }),
    code: z.string().meta({ description: 'A row of docs/errors.md.' }),
    why: z.string().meta({ description: 'The fact or limit behind it.' }),
    hint: z.string().meta({ description: 'The next step.' }),
    requestId: z.string(),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .readonly()
      .optional()
      .meta({ description: 'Where a request differs from its schema.' }),
  })
  .meta({ id: 'Problem', description: 'Problem details (RFC 9457).' })

/** Problem details. */
export type Problem = z.infer<typeof problemSchema>

/** The answer to an error. What is not one of our table is a fault: its text stays in the log. */
export function problemOf(error: unknown, requestId: string): Problem {
  const known = error instanceof DbmedicError ? error : null
  const status = known === null ? 500 : (STATUS[known.code] ?? 500)
  const stated =
    known !== null && status !== 500 ? known : new DbmedicError('DBM_SERVER_FAULT', { request: requestId })
  return {
    type: `urn:dbmedic:error:${stated.code}`,
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: stated.message,
    code: stated.code,
    why: stated.detail,
    hint: stated.hint,
    requestId,
  }
}

/** The media type of problem details. */
export const PROBLEM_TYPE = 'application/problem+json'
