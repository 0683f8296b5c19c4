/** The audit chain looked through, and written out as a file: all of it, or what was looked for. */
import { Readable } from 'node:stream'
import { z } from 'zod'
import {
  AUDIT_SUBJECTS,
  type AuditFilter,
  auditExcerpt,
  auditedKinds,
  auditLines,
  auditSubject,
  searchAudit,
} from '../../app/index.ts'
import { DbmedicError } from '../../core/errors.ts'
import { type ApiServer, FIRST_WORKSPACE, requireRight, type ServerContext } from '../context.ts'
import { auditHitSchema } from '../schemas/browse.ts'
import { answers, id, instant, list, workspace } from '../schemas/parts.ts'

/** An export of the whole chain is written out within this, ms. */
const EXPORT_MS = 600_000

const filter = {
  workspace,
  who: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .meta({ description: 'A login, or the role or account of the store that wrote it.' }),
  kind: z
    .string()
    .regex(/^[a-z_]{1,60}$/)
    .optional()
    .meta({ description: 'The table of the row that changed: admin_approvals, halts, users, …' }),
  subject: z
    .string()
    .regex(/^[a-z]{1,20}:[\w.@+-]{1,100}$/)
    .optional()
    .meta({ description: `What it is about: ${AUDIT_SUBJECTS.map((each) => `${each}:…`).join(', ')}` }),
  since: instant.optional(),
  until: instant.optional(),
}
const searchQuery = z.strictObject({
  ...filter,
  before: z.coerce
    .number()
    .pipe(id)
    .optional()
    .meta({ description: '`next` of the page before: links below this number.' }),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})
const exportQuery = z.strictObject(filter)

/** Adds the routes. `ending` aborts when the server stops. */
export function auditSearchRoutes(app: ApiServer, context: ServerContext, ending: AbortSignal): void {
  searchRoute(app, context)
  exportRoute(app, context, ending)
}

/** @throws DbmedicError DBM_REQUEST_INVALID for a kind or subject there is none of: it would find nothing, and look as if nothing was */
function filterOf({ who, kind, subject, since, until }: z.infer<typeof exportQuery>): AuditFilter {
  if (kind !== undefined && !auditedKinds().includes(kind))
    throw new DbmedicError('DBM_REQUEST_INVALID', {
      problem: `querystring/kind: one of ${auditedKinds().join(', ')}`,
    })
  const about = subject === undefined ? undefined : auditSubject(subject)
  if (about === null)
    throw new DbmedicError('DBM_REQUEST_INVALID', {
      problem: `querystring/subject: begins with one of ${AUDIT_SUBJECTS.join(', ')} and a colon`,
    })
  return { who, kind, subject: about, since, until }
}

function searchRoute(app: ApiServer, { installation }: ServerContext): void {
  app.get(
    '/api/audit/search',
    {
      config: { right: 'audit', noStore: true, perMinute: 120 },
      schema: {
        summary:
          'Links of the audit chain by who, what, when and about which thing, newest first; in the first workspace',
        tags: ['audit'],
        querystring: searchQuery,
        response: answers(
          {
            200: z.object({
              items: list(auditHitSchema),
              next: z.int().nullable().meta({
                description:
                  'Goes on there as `before`, also where a page is empty; null: this was the last.',
              }),
            }),
          },
          400,
          401,
          403,
        ),
      },
    },
    async (request) => {
      requireRight(request, 'audit', FIRST_WORKSPACE)
      const { before = null, limit } = request.query
      const { hits, next } = await searchAudit(installation.store, filterOf(request.query), { before, limit })
      return { items: hits, next }
    },
  )
}

function exportRoute(app: ApiServer, { installation }: ServerContext, ending: AbortSignal): void {
  app.get(
    '/api/audit/export',
    {
      handlerTimeout: EXPORT_MS,
      config: { right: 'audit', noStore: true, perMinute: 10 },
      schema: {
        summary:
          'The whole chain as `dbmedic audit verify` reads it, with a filter an excerpt; in the first workspace',
        tags: ['audit'],
        querystring: exportQuery,
        response: answers(
          {
            200: {
              description: 'JSON lines: a header, a line a link, a footer. Without its last line it was cut.',
              content: { 'application/x-ndjson': { schema: z.string() } },
            },
          },
          400,
          401,
          403,
        ),
      },
    },
    async (request, reply) => {
      requireRight(request, 'audit', FIRST_WORKSPACE)
      const wanted = filterOf(request.query)
      const isWhole = Object.values(wanted).every((each) => each === undefined)
      const lines = isWhole ? auditLines(installation) : auditExcerpt(installation.store, wanted)
      const day = (await installation.store.read.now()).slice(0, 10)
      const name = `dbmedic-audit-${isWhole ? '' : 'excerpt-'}${day}.jsonl`
      // Who reads slowly, or not at all, is not waited for when the server stops.
      const signal = AbortSignal.any([ending, AbortSignal.timeout(EXPORT_MS)])
      const sent = Readable.from(lines, { objectMode: false, signal })
      // Half an answer cannot be mended: who reads it is to see that it was cut, and nothing waits for it any more.
      sent.once('error', () => request.raw.destroy())
      return reply
        .type('application/x-ndjson; charset=utf-8')
        .header('content-disposition', `attachment; filename="${name}"`)
        .send(sent as never)
    },
  )
}
