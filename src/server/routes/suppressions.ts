/** Suppressions: silencing conditions for a while with one reason, the list of them, ending one early. */
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { suppressIssue } from '../../app/index.ts'
import { DbmedicError } from '../../core/errors.ts'
import { type ApiServer, found, identityOf, inWorkspace, type ServerContext } from '../context.ts'
import { afterOf, sent } from '../cursor.ts'
import { holds } from '../rights.ts'
import { answers, id, page, pageQuery, workspaceQuery } from '../schemas/parts.ts'
import {
  type Suppressed,
  suppressedSchema,
  suppressionSchema,
  suppressSchema,
} from '../schemas/suppressions.ts'
import { keyedHeaders } from '../schemas/writes.ts'

/** Adds the routes. */
export function suppressionRoutes(app: ApiServer, context: ServerContext): void {
  suppressIssues(app, context)
  suppressionList(app, context)
  endSuppression(app, context)
}

function suppressIssues(app: ApiServer, context: ServerContext): void {
  app.post(
    '/api/issues/suppressions',
    {
      config: { right: 'ask', keyed: true, perMinute: 30 },
      schema: {
        summary:
          'Suppress what issues are about, for a bounded time: it opens no issue meanwhile, and its events are recorded',
        tags: ['decide'],
        querystring: workspaceQuery,
        headers: keyedHeaders,
        body: suppressSchema,
        response: answers({ 200: suppressedSchema }, 400, 401, 403, 409, 422),
      },
    },
    async (request) => {
      const { issueIds, ...wish } = request.body
      const items: Suppressed[] = []
      for (const issueId of new Set(issueIds)) items.push(await one(context, request, { ...wish, issueId }))
      return { items }
    },
  )
}

/** What one of them came to; a refusal of one is no refusal of the others. */
async function one(
  context: ServerContext,
  request: FastifyRequest,
  {
    issueId,
    seconds,
    reason,
  }: { readonly issueId: number; readonly seconds: number; readonly reason: string },
): Promise<Suppressed> {
  const { serve } = context
  const not = (code: string, detail: string, hint: string): Suppressed => ({
    issueId,
    suppressionId: null,
    problem: { code, detail, hint },
  })
  try {
    const value = await serve.read.issue(issueId)
    const issue = await inWorkspace(context, request, { value, kind: 'issue', id: issueId })
    const identity = identityOf(request)
    const mayRelease = holds(identity, 'release', request.workspaceId)
    const by = identity.person.userName
    const made = await suppressIssue(serve, issue, { seconds, reason, by, mayRelease })
    if (typeof made !== 'number') return not(made.code, made.because, made.toProceed)
    return { issueId, suppressionId: made, problem: null }
  } catch (error) {
    if (!(error instanceof DbmedicError)) throw error
    return not(error.code, error.message, error.hint)
  }
}

const SORT = '-suppressed'

function suppressionList(app: ApiServer, { serve }: ServerContext): void {
  app.get(
    '/api/suppressions',
    {
      config: { right: 'read' },
      schema: {
        summary: 'Suppressions, the newest first: what each is of, who, why, until when, what it held',
        tags: ['pipeline'],
        querystring: z.strictObject({
          ...pageQuery([SORT], SORT),
          active: z
            .enum(['true', 'false'])
            .optional()
            .meta({ description: 'true: those that hold now; false: those that are over.' }),
          issue: z.coerce
            .number()
            .pipe(id)
            .optional()
            .meta({ description: 'Of what this issue is about, whichever issue they were made from.' }),
        }),
        response: answers({ 200: page(suppressionSchema) }, 400, 401, 403),
      },
    },
    async (request) => {
      const { active, issue, cursor, sort, limit } = request.query
      const rows = await serve.read.suppressions({
        workspaceId: request.workspaceId,
        after: afterOf(cursor, sort),
        limit,
        ...(active === undefined ? {} : { active: active === 'true' }),
        ...(issue === undefined ? {} : { issueId: issue }),
      })
      return sent(rows, sort)
    },
  )
}

function endSuppression(app: ApiServer, context: ServerContext): void {
  app.post(
    '/api/suppressions/:suppressionId/end',
    {
      config: { right: 'ask', keyed: true, perMinute: 60 },
      schema: {
        summary: 'End a suppression now: what goes on opens an issue with its next window',
        tags: ['decide'],
        params: z.strictObject({ suppressionId: z.coerce.number().pipe(id) }),
        querystring: workspaceQuery,
        headers: keyedHeaders,
        response: answers({ 204: z.undefined().describe('Ended.') }, 400, 401, 403, 404, 409, 422),
      },
    },
    async (request, reply) => {
      const { suppressionId } = request.params
      const place = await context.installation.store.browse.place('suppressions', suppressionId)
      found(place?.workspaceId === request.workspaceId ? place : null, 'suppression', suppressionId)
      await context.serve.endSuppression(suppressionId, identityOf(request).person.userName)
      return reply.code(204).send()
    },
  )
}
