/** The small parts of every schema: ids, times, lists, pages, and what each route may answer with. */
import { z } from 'zod'
import { PROBLEM_TYPE, problemSchema } from '../problem.ts'

/** A number of a row. */
export const id = z.int().min(1)
/** An instant. */
export const time = z
  .string()
  .meta({ description: 'ISO 8601 in UTC with six decimals: 2026-11-21T03:33:11.123456Z' })
/** An instant somebody sends. */
export const instant = z
  .string()
  .regex(/^2\d{3}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-6]\d\.\d{6}Z$/)
  .meta({ description: 'UTC with six decimals: 2026-11-21T03:33:11.123456Z' })
/** SHA-256 in hex. */
export const digest = z.string().meta({ description: 'SHA-256, 64 hex digits' })
/** Any JSON. */
export const json = z.unknown().meta({ description: 'any JSON value' })
/** A list that is not changed. */
export const list = <T extends z.ZodType>(item: T) => z.array(item).readonly()

/** The workspace a request is about. */
export const workspace = z.coerce
  .number()
  .int()
  .min(1)
  .default(1)
  .meta({ description: 'Number of the workspace.' })
/** The query of a route that is about one workspace. */
export const workspaceQuery = z.strictObject({ workspace })

/** Several words of a closed list, separated by commas. */
export const words = <const T extends readonly [string, ...string[]]>(values: T) =>
  z
    .string()
    .max(500)
    .transform((text) => text.split(','))
    .pipe(z.array(z.enum(values)).min(1).max(values.length))
    .optional()
    .meta({ description: `One or several of these, separated by commas: ${values.join(', ')}` })

/** Several numbers, separated by commas. */
export const numbers = z
  .string()
  .regex(/^\d{1,15}(,\d{1,15}){0,99}$/)
  .transform((text) => text.split(',').map(Number))
  .optional()
  .meta({ description: 'One or several numbers, separated by commas.' })

/** Several names, separated by commas. */
export const names = z
  .string()
  .max(2000)
  .regex(/^[\x21-\x7e]+$/)
  .transform((text) => text.split(',').slice(0, 100))
  .optional()
  .meta({ description: 'One or several names, separated by commas.' })

/** What every list takes. */
export const pageQuery = <const T extends readonly [string, ...string[]]>(sorts: T, usual: T[number]) => ({
  workspace,
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(400).optional().meta({ description: '`next` of the page before.' }),
  sort: z.enum(sorts).default(usual).meta({ description: 'A minus before the name: descending.' }),
})

/** A page of a list. */
export const page = <T extends z.ZodType>(item: T) =>
  z.object({
    items: list(item),
    next: z
      .string()
      .nullable()
      .meta({ description: 'The cursor of the next page; null: this was the last.' }),
  })

const problem = (description: string) => ({
  description,
  content: { [PROBLEM_TYPE]: { schema: problemSchema } },
})

const PROBLEMS = {
  400: problem('The request is not one this address takes.'),
  401: problem('Nobody is signed in.'),
  403: problem('A right is missing; the answer names it.'),
  404: problem('There is no such thing, or not in this workspace.'),
  409: problem('The store refused it; the answer names the rule.'),
  410: problem('The link is not valid any more.'),
  412: problem('What is decided on has changed since it was shown; the answer says how.'),
  422: problem('The idempotency key belongs to another request.'),
  429: problem('Too many requests.'),
  500: problem('A fault of the server.'),
  503: problem('The store does not answer.'),
} as const

/** Answers of a route: what it gives, and the problems it may state. Every route may state 429, 500 and 503. */
export function answers<T, P extends keyof typeof PROBLEMS>(
  given: T,
  ...problems: readonly P[]
): T & { readonly [K in P | 429 | 500 | 503]: (typeof PROBLEMS)[K] } {
  const stated = Object.fromEntries(
    [...problems, 429 as const, 500 as const, 503 as const].map((status) => [status, PROBLEMS[status]]),
  )
  return { ...given, ...stated } as never
}
