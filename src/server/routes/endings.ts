/** Ending a decision or an issue, and the review of what a run taught. */
import { z } from 'zod'
import { CLOSE_ISSUE } from '../../core/store-ports.ts'
import { type ApiServer, found, identityOf, inWorkspace, type ServerContext } from '../context.ts'
import { answers, id, workspaceQuery } from '../schemas/parts.ts'
import { keyedHeaders, reasonSchema, reviewSchema } from '../schemas/writes.ts'

const DONE = z.undefined()

/** By address: what the ending is, which right it asks for, and what it is for. */
const ENDINGS = [
  ['cancel', 'CANCELLED', 'stop', 'Cancel a decision and its issue before it runs'],
  ['revoke', 'REVOKED', 'stop', 'Take an approval back before it runs; the issue is analysed again'],
  ['ask-other', 'ASK_OTHER', 'ask', 'After declining: ask for another proposal'],
  ['close', 'CLOSE', 'ask', 'After declining: close the issue'],
] as const

/** Adds the routes. */
export function endingRoutes(app: ApiServer, context: ServerContext): void {
  for (const [address, ending, right, summary] of ENDINGS) {
    app.post(
      `/api/decisions/:decisionId/${address}`,
      {
        config: { right, keyed: true, perMinute: 60 },
        schema: {
          summary,
          tags: ['decide'],
          params: z.strictObject({ decisionId: z.coerce.number().pipe(id) }),
          querystring: workspaceQuery,
          headers: keyedHeaders,
          body: reasonSchema,
          response: answers({ 204: DONE.describe('Done.') }, 400, 401, 403, 404, 409, 422),
        },
      },
      async (request, reply) => {
        const { decisionId } = request.params
        const value = await context.serve.read.decision(decisionId)
        await inWorkspace(context, request, { value, kind: 'decision', id: decisionId })
        const { userName } = identityOf(request).person
        await context.serve.endDecision(decisionId, ending, request.body.reason, userName)
        return reply.code(204).send()
      },
    )
  }
  closeIssue(app, context)
  reviewLesson(app, context)
}

function closeIssue(app: ApiServer, context: ServerContext): void {
  app.post(
    '/api/issues/:issueId/close',
    {
      config: { right: 'ask', keyed: true, perMinute: 60 },
      schema: {
        summary: 'Ask for the close of an issue that waits without a decision',
        tags: ['decide'],
        params: z.strictObject({ issueId: z.coerce.number().pipe(id) }),
        querystring: workspaceQuery,
        headers: keyedHeaders,
        body: reasonSchema,
        response: answers({ 202: z.object({ requestId: id }) }, 400, 401, 403, 404, 409, 422),
      },
    },
    async (request, reply) => {
      const { issueId } = request.params
      const value = await context.serve.read.issue(issueId)
      const { targetId } = await inWorkspace(context, request, { value, kind: 'issue', id: issueId })
      const requestId = await context.serve.requestRecovery({
        targetId,
        issueId,
        actionName: CLOSE_ISSUE,
        params: {},
        reason: request.body.reason,
        requestedBy: identityOf(request).person.userName,
      })
      return reply.code(202).send({ requestId })
    },
  )
}

function reviewLesson(app: ApiServer, context: ServerContext): void {
  app.post(
    '/api/lessons/:lessonId/review',
    {
      config: { right: 'release', keyed: true, perMinute: 60 },
      schema: {
        summary: 'Review what a run taught: was the issue resolved, would you approve it again',
        tags: ['learn'],
        params: z.strictObject({ lessonId: z.coerce.number().pipe(id) }),
        querystring: workspaceQuery,
        headers: keyedHeaders,
        body: reviewSchema,
        response: answers({ 204: DONE.describe('Reviewed.') }, 400, 401, 403, 404, 409, 422),
      },
    },
    async (request, reply) => {
      const { lessonId } = request.params
      const place = await context.installation.store.browse.place('learning_records', lessonId)
      found(place?.workspaceId === request.workspaceId ? place : null, 'lesson', lessonId)
      const assessedBy = identityOf(request).person.userName
      await context.serve.reviewLesson(lessonId, { ...request.body, assessedBy })
      return reply.code(204).send()
    },
  )
}
