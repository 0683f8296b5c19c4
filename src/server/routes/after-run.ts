/** A person's word on a run that has ended: take it back, settle what measurement left open. */
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { actionOf, type DecisionStory, readDecision, undecidedOf, undoOf } from '../../app/index.ts'
import type { Refusal } from '../../core/errors.ts'
import { type ApiServer, found, identityOf, inWorkspace, type ServerContext } from '../context.ts'
import { RefusedRequest } from '../problem.ts'
import { answers, id, workspaceQuery } from '../schemas/parts.ts'
import { keyedHeaders, reasonSchema, settledSchema, settleSchema, undoSchema } from '../schemas/writes.ts'

const params = z.strictObject({ decisionId: z.coerce.number().pipe(id) })

/** Adds the routes. */
export function afterRunRoutes(app: ApiServer, context: ServerContext): void {
  showUndo(app, context)
  askForUndo(app, context)
  settle(app, context)
}

/** The decision with its runs, of the workspace asked about. @throws DbmedicError DBM_NOT_FOUND */
async function storyOf(
  context: ServerContext,
  request: FastifyRequest,
  decisionId: number,
): Promise<DecisionStory> {
  const { read } = context.serve
  const value = await read.decision(decisionId)
  await inWorkspace(context, request, { value, kind: 'decision', id: decisionId })
  return found(await readDecision(read, decisionId), 'decision', decisionId)
}

/** @throws RefusedRequest for a refusal. */
function granted<T extends object>(answer: T | Refusal): T {
  if ('refused' in answer) throw new RefusedRequest(answer)
  return answer
}

function showUndo(app: ApiServer, context: ServerContext): void {
  app.get(
    '/api/decisions/:decisionId/undo',
    {
      config: { right: 'read' },
      schema: {
        summary: 'What would be asked for to take a finished run back, or why there is nothing',
        tags: ['decide'],
        params,
        querystring: workspaceQuery,
        response: answers({ 200: undoSchema }, 400, 401, 403, 404, 409),
      },
    },
    async (request) => {
      const wanted = granted(undoOf(await storyOf(context, request, request.params.decisionId)))
      return {
        actionName: wanted.actionId,
        params: wanted.params,
        differs: wanted.differs ?? null,
        coolDownSeconds: actionOf(wanted.actionId)?.limits.coolDownSeconds ?? 0,
      }
    },
  )
}

function askForUndo(app: ApiServer, context: ServerContext): void {
  app.post(
    '/api/decisions/:decisionId/undo',
    {
      config: { right: 'ask', keyed: true, perMinute: 60 },
      schema: {
        summary:
          'Ask for the inverse of a finished run: a decision of its own, which another person approves',
        tags: ['decide'],
        params,
        querystring: workspaceQuery,
        headers: keyedHeaders,
        body: reasonSchema,
        response: answers({ 202: z.object({ requestId: id }) }, 400, 401, 403, 404, 409, 422),
      },
    },
    async (request, reply) => {
      const story = await storyOf(context, request, request.params.decisionId)
      const wanted = granted(undoOf(story))
      const { targetId, issueId } = story.decision
      const requestId = await context.serve.requestRecovery({
        targetId,
        issueId,
        actionName: wanted.actionId,
        params: wanted.params,
        reason: request.body.reason,
        requestedBy: identityOf(request).person.userName,
      })
      return reply.code(202).send({ requestId })
    },
  )
}

function settle(app: ApiServer, context: ServerContext): void {
  app.post(
    '/api/decisions/:decisionId/settle',
    {
      config: { right: 'release', keyed: true, perMinute: 60 },
      schema: {
        summary: 'Settle a verdict that measurement left undecided; the issue goes on from it',
        tags: ['learn'],
        params,
        querystring: workspaceQuery,
        headers: keyedHeaders,
        body: settleSchema,
        response: answers({ 201: settledSchema }, 400, 401, 403, 404, 409, 422),
      },
    },
    async (request, reply) => {
      const story = await storyOf(context, request, request.params.decisionId)
      const { verdict, reason } = request.body
      const verificationId = await context.serve.settleVerification({
        ...granted(undecidedOf(story)),
        verdict,
        details: { because: reason },
        assessedBy: identityOf(request).person.userName,
      })
      const { issueId } = story.decision
      const issue = found(await context.serve.read.issue(issueId), 'issue', issueId)
      return reply.code(201).send({ verificationId, issueStatus: issue.issueStatus })
    },
  )
}
