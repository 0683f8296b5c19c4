/** Errors as problem details (RFC 9457): our code, what happened, why, the next step, and the request's id. */
import { STATUS_CODES } from 'node:http'
import { z } from 'zod'
import { DbmedicError, type ErrorCode, type Refusal } from '../core/errors.ts'

/** HTTP status by code; every other code is a fault of the server. */
const STATUS: Partial<Readonly<Record<ErrorCode, number>>> = {
  DBM_REQUEST_INVALID: 400,
  DBM_PASSWORD_WEAK: 400,
  DBM_SIGNED_OUT: 401,
  DBM_SIGN_IN_FAILED: 401,
  DBM_SECOND_FACTOR: 401,
  DBM_PASSKEY_WANTED: 401,
  DBM_FACTOR_MISSING: 403,
  DBM_RIGHT_MISSING: 403,
  DBM_CROSS_SITE: 403,
  DBM_NOT_FOUND: 404,
  DBM_USER_UNKNOWN: 404,
  DBM_PARAM_INVALID: 400,
  DBM_PROOF_MISSING: 403,
  DBM_TOKEN_NEVER: 403,
  DBM_PASSKEY_REFUSED: 403,
  DBM_STORE_NO_ROW: 404,
  DBM_STORE_REFUSED: 409,
  DBM_VOTE_INVALID: 409,
  DBM_PRECONDITION_FAILED: 409,
  DBM_EVIDENCE_UNREAD: 409,
  DBM_KEY_OPEN: 409,
  DBM_SERVER_SECRET: 409,
  DBM_PASSKEYS_NOWHERE: 409,
  DBM_REGISTRATION_CHANGED: 409,
  DBM_USER_EXISTS: 409,
  DBM_REQUEST_LATE: 408,
  DBM_PLAN_CHANGED: 412,
  DBM_CONDITION_UNKNOWN: 412,
  DBM_KEY_REUSED: 422,
  DBM_LINK_SPENT: 410,
  DBM_REQUEST_TOO_LARGE: 413,
  DBM_HOST_UNKNOWN: 421,
  DBM_TOO_MANY_REQUESTS: 429,
  DBM_HEADERS_TOO_LARGE: 431,
  DBM_SIGN_IN_LOCKED: 429,
  DBM_REQUEST_TIMEOUT: 503,
  DBM_STORE_BUSY: 503,
  DBM_STORE_UNREACHABLE: 503,
  DBM_STORE_REPLACED: 503,
  DBM_STORE_FULL: 503,
  DBM_STORE_READ_ONLY: 503,
}

/** What is decided on now, and where it differs. */
const changedSchema = z.object({
  decisionId: z.int().meta({ description: 'The decision that waits now.' }),
  planDigest: z.string(),
  differences: z
    .array(z.object({ path: z.string(), before: z.string().nullable(), after: z.string().nullable() }))
    .readonly(),
})

/** A plan that is another one than the person was shown. */
export class PlanChanged extends DbmedicError {
  readonly changed: z.infer<typeof changedSchema> | null

  constructor(decisionId: number, changed: z.infer<typeof changedSchema> | null) {
    const next = changed === null ? 'its issue' : `decision ${changed.decisionId}`
    super('DBM_PLAN_CHANGED', { decision: decisionId, next })
    this.changed = changed
  }
}

/** A refusal as the answer states it, with its own next step. */
export class RefusedRequest extends DbmedicError {
  override readonly hint: string
  override readonly message: string

  constructor({ code, because, toProceed }: Refusal) {
    super(code)
    this.message = because
    this.hint = toProceed
  }
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
    changed: changedSchema
      .optional()
      .meta({ description: 'How a plan differs from the one that was shown.' }),
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
    ...(stated instanceof PlanChanged && stated.changed !== null ? { changed: stated.changed } : {}),
  }
}

/** The media type of problem details. */
export const PROBLEM_TYPE = 'application/problem+json'
