/** What a person asks for, and what a person allows ahead. */
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { actionOf, parameterProblem, storeSignedGrant } from '../../app/index.ts'
import type { Json } from '../../core/canonical.ts'
import { DbmedicError } from '../../core/errors.ts'
import type { StandingApproval } from '../../core/store-ports.ts'
import { type ApiServer, found, identityOf, inWorkspace, type ServerContext } from '../context.ts'
import { RefusedRequest } from '../problem.ts'
import { answers, id, list, workspaceQuery } from '../schemas/parts.ts'
import {
  grantSchema,
  keyedHeaders,
  newGrantSchema,
  newRequestSchema,
  requestSchema,
} from '../schemas/writes.ts'
import { ownTarget } from './switches.ts'

type Params = { readonly [name: string]: Json }

/** Adds the routes. */
export function wishRoutes(app: ApiServer, context: ServerContext): void {
  newRequest(app, context)
  oneRequest(app, context)
  grantList(app, context)
  newGrant(app, context)
  revokeGrant(app, context)
}

function newRequest(app: ApiServer, context: ServerContext): void {
  app.post(
    '/api/requests',
    {
      config: { right: 'ask', keyed: true, perMinute: 60 },
      schema: {
        summary: 'Ask for an action: it becomes a decision that another person approves',
        tags: ['decide'],
        querystring: workspaceQuery,
        headers: keyedHeaders,
        body: newRequestSchema,
        response: answers({ 202: z.object({ requestId: id }) }, 400, 401, 403, 404, 409, 422),
      },
    },
    async (request, reply) => {
      const { targetId, issueId, actionName, reason } = request.body
      const params = request.body.params as Params
      await ownTarget(context, request, targetId)
      if (issueId !== null) {
        const value = await context.serve.read.issue(issueId)
        await inWorkspace(context, request, { value, kind: 'issue', id: issueId })
      }
      const problem = parameterProblem(found(actionOf(actionName), 'action', actionName), params)
      if (problem !== null) throw new RefusedRequest(problem)
      const requestedBy = identityOf(request).person.userName
      const wish = { targetId, issueId, actionName, params, reason, requestedBy }
      return reply.code(202).send({ requestId: await context.serve.requestRecovery(wish) })
    },
  )
}

function oneRequest(app: ApiServer, context: ServerContext): void {
  app.get(
    '/api/requests/:requestId',
    {
      config: { right: 'read' },
      schema: {
        summary: 'What became of a request',
        tags: ['decide'],
        params: z.strictObject({ requestId: z.coerce.number().pipe(id) }),
        querystring: workspaceQuery,
        response: answers({ 200: requestSchema }, 400, 401, 403, 404),
      },
    },
    async (request) => {
      const { requestId } = request.params
      const place = await context.installation.store.browse.place('recovery_requests', requestId)
      found(place?.workspaceId === request.workspaceId ? place : null, 'request', requestId)
      return found(await context.serve.recoveryRequest(requestId), 'request', requestId)
    },
  )
}

function grantList(app: ApiServer, context: ServerContext): void {
  app.get(
    '/api/grants',
    {
      config: { right: 'read' },
      schema: {
        summary: 'Standing approvals with their bounds and uses left',
        tags: ['decide'],
        querystring: workspaceQuery,
        response: answers({ 200: z.object({ items: list(grantSchema) }) }, 400, 401, 403),
      },
    },
    async (request) => ({ items: (await ownGrants(context, request)).map(grantView) }),
  )
}

/** Grants of which some target is in the workspace. */
async function ownGrants(
  { serve, installation }: ServerContext,
  request: FastifyRequest,
): Promise<readonly StandingApproval[]> {
  const own = await installation.store.browse.targetIds(request.workspaceId)
  const grants = await serve.read.standingApprovals()
  return grants.filter(({ targetIds }) => targetIds.some((each) => own.includes(each)))
}

const grantView = ({ signature: _signature, keyId: _key, ...grant }: StandingApproval) => ({
  ...grant,
  targetIds: [...grant.targetIds],
})

function newGrant(app: ApiServer, context: ServerContext): void {
  app.post(
    '/api/grants',
    {
      config: { right: 'vote', keyed: true, perMinute: 60 },
      schema: {
        summary: 'Allow LOW risk decisions ahead, within bounds, signed with your key',
        tags: ['decide'],
        querystring: workspaceQuery,
        headers: keyedHeaders,
        body: newGrantSchema,
        response: answers({ 201: z.object({ standingApprovalId: id }) }, 400, 401, 403, 404, 409, 422),
      },
    },
    async (request, reply) => {
      const { person, token } = identityOf(request)
      if (token !== null) throw new DbmedicError('DBM_TOKEN_NEVER', { what: 'it allows nothing ahead' })
      const { body } = request
      for (const targetId of body.targetIds) await ownTarget(context, request, targetId)
      const parameterBounds = body.parameterBounds as Params
      const grant = { ...body, parameterBounds, grantedBy: person.userName }
      const stored = await storeSignedGrant(context.serve, grant)
      if (typeof stored !== 'number') throw new RefusedRequest(stored)
      return reply.code(201).send({ standingApprovalId: stored })
    },
  )
}

function revokeGrant(app: ApiServer, context: ServerContext): void {
  app.post(
    '/api/grants/:grantId/revoke',
    {
      config: { right: 'stop', keyed: true, perMinute: 60 },
      schema: {
        summary: 'End a standing approval at once',
        tags: ['decide'],
        params: z.strictObject({ grantId: z.coerce.number().pipe(id) }),
        querystring: workspaceQuery,
        headers: keyedHeaders,
        response: answers({ 204: z.undefined().describe('Ended.') }, 400, 401, 403, 404, 409, 422),
      },
    },
    async (request, reply) => {
      const { grantId } = request.params
      const grants = await ownGrants(context, request)
      const known = grants.find((each) => each.standingApprovalId === grantId) ?? null
      found(known, 'standing approval', grantId)
      await context.serve.revokeStanding(grantId, identityOf(request).person.userName)
      return reply.code(204).send()
    },
  )
}
