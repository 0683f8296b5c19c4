/** The audit chain: read link by link, and verified. */
import { z } from 'zod'
import { type AuditVerdict, verifyAuditStore } from '../../app/index.ts'
import { REPORT_NAMES, REPORT_WINDOW_MOST } from '../../core/reports.ts'
import type { ReadPort } from '../../core/store-ports.ts'
import { type ApiServer, FIRST_WORKSPACE, requireRight, type ServerContext } from '../context.ts'
import { auditRowSchema, auditVerdictSchema } from '../schemas/browse.ts'
import { answers, json, list, workspace, workspaceQuery } from '../schemas/parts.ts'

/** The whole chain is read, ms. */
const VERIFY_MS = 600_000

const query = z.strictObject({
  workspace,
  from: z.coerce.number().int().min(1).default(1).meta({ description: 'Number of the first link.' }),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
})

const reportQuery = workspaceQuery.extend({
  windowSeconds: z.coerce.number().int().min(3600).max(REPORT_WINDOW_MOST).optional().meta({
    description: 'Of kpis: how far back, by default 30 days.',
  }),
})

/** Adds the routes. The chain is one for the whole installation, and so are the reports: read in its first workspace. */
export function auditRoutes(app: ApiServer, { installation }: ServerContext): void {
  const { read, browse } = installation.store
  app.get(
    '/api/audit',
    {
      config: { right: 'audit', noStore: true },
      schema: {
        summary: 'Links of the audit chain, oldest first; in the first workspace',
        tags: ['audit'],
        querystring: query,
        response: answers(
          { 200: z.object({ items: list(auditRowSchema), newest: z.int(), next: z.int().nullable() }) },
          400,
          401,
          403,
        ),
      },
    },
    async (request) => {
      requireRight(request, 'audit', FIRST_WORKSPACE)
      const items = await read.audit(request.query.from, request.query.limit)
      const last = items.at(-1)?.seq ?? 0
      const newest = await browse.newestSeq()
      return { items, newest, next: last > 0 && last < newest ? last + 1 : null }
    },
  )
  reportRoute(app, read)
  let running: Promise<AuditVerdict> | null = null
  app.get(
    '/api/audit/verification',
    {
      handlerTimeout: VERIFY_MS,
      config: { right: 'audit', noStore: true, perMinute: 10 },
      schema: {
        summary:
          'Reads the whole chain and says whether every link is there and as it was; in the first workspace',
        tags: ['audit'],
        querystring: workspaceQuery,
        response: answers({ 200: auditVerdictSchema }, 400, 401, 403),
      },
    },
    (request) => {
      requireRight(request, 'audit', FIRST_WORKSPACE)
      // Several who ask at once get one reading.
      running ??= verifyAuditStore(installation).finally(() => {
        running = null
      })
      return running
    },
  )
}

function reportRoute(app: ApiServer, read: ReadPort): void {
  app.get(
    '/api/reports/:report',
    {
      config: { right: 'audit', noStore: true },
      schema: {
        summary:
          'One of an examiner’s fixed questions about the whole installation, with the SQL that answers it; in the first workspace',
        tags: ['audit'],
        params: z.strictObject({ report: z.enum(REPORT_NAMES) }),
        querystring: reportQuery,
        response: answers(
          { 200: z.object({ sql: z.string(), rows: list(z.record(z.string(), json)) }) },
          400,
          401,
          403,
        ),
      },
    },
    async (request) => {
      requireRight(request, 'audit', FIRST_WORKSPACE)
      const { windowSeconds } = request.query
      const { sql, rows } = await read.report(
        request.params.report,
        windowSeconds === undefined ? {} : { windowSeconds },
      )
      return { sql, rows: rows.map((row) => ({ ...row })) }
    },
  )
}
