/** Stop switches, change windows, and which actions may be used at all. */
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { actionOf, allActions } from '../../app/index.ts'
import { DbmedicError } from '../../core/errors.ts'
import type { Halt } from '../../core/store-ports.ts'
import {
  type ApiServer,
  FIRST_WORKSPACE,
  found,
  identityOf,
  requireRight,
  type ServerContext,
} from '../context.ts'
import { answers, id, list, workspaceQuery } from '../schemas/parts.ts'
import {
  keyedHeaders,
  newStopSchema,
  newWindowSchema,
  stopSchema,
  switchSchema,
  windowSchema,
} from '../schemas/writes.ts'

/** Adds the routes. */
export function switchRoutes(app: ApiServer, context: ServerContext): void {
  stopList(app, context)
  setStop(app, context)
  liftStop(app, context)
  windowRoutes(app, context)
  switchAction(app, context)
}

function stopList(app: ApiServer, { serve, installation }: ServerContext): void {
  app.get(
    '/api/stops',
    {
      config: { right: 'read' },
      schema: {
        summary: 'Stop switches that are on',
        tags: ['switches'],
        querystring: workspaceQuery,
        response: answers({ 200: z.object({ items: list(stopSchema) }) }, 400, 401, 403),
      },
    },
    async (request) => {
      const own = await installation.store.browse.targetIds(request.workspaceId)
      const halts = await serve.read.halts()
      return { items: halts.filter(({ scope, key }) => scope !== 'TARGET' || own.includes(Number(key))) }
    },
  )
}

function setStop(app: ApiServer, context: ServerContext): void {
  app.post(
    '/api/stops',
    {
      config: { right: 'stop', keyed: true, perMinute: 60 },
      schema: {
        summary: 'Stop everything, one engine, one target or one action: nothing new runs until it is lifted',
        tags: ['switches'],
        querystring: workspaceQuery,
        headers: keyedHeaders,
        body: newStopSchema,
        response: answers({ 201: z.object({ haltId: id }) }, 400, 401, 403, 404, 409, 422),
      },
    },
    async (request, reply) => {
      const scope = await scopeOf(context, request, request.body)
      const { userName } = identityOf(request).person
      const haltId = await context.serve.halt({ ...scope, reason: request.body.reason, by: userName })
      return reply.code(201).send({ haltId })
    },
  )
}

/** A misspelt scope would stop nothing and look as if it did. */
async function scopeOf(
  context: ServerContext,
  request: FastifyRequest,
  { target, engine, action }: z.infer<typeof newStopSchema>,
): Promise<Pick<Halt, 'scope' | 'key'>> {
  if ([target, engine, action].filter((each) => each !== undefined).length > 1)
    throw new DbmedicError('DBM_REQUEST_INVALID', { problem: 'name one of target, engine, action' })
  if (target !== undefined) {
    await ownTarget(context, request, target)
    return { scope: 'TARGET', key: String(target) }
  }
  if (engine !== undefined) {
    const known = allActions().some((each) => each.engine === engine)
    return { scope: 'ENGINE', key: found(known ? engine : null, 'engine', engine) }
  }
  if (action !== undefined) return { scope: 'ACTION', key: found(actionOf(action), 'action', action).id }
  return { scope: 'ALL', key: '' }
}

/** @throws DbmedicError DBM_NOT_FOUND */
export async function ownTarget(
  { installation }: ServerContext,
  request: FastifyRequest,
  targetId: number,
): Promise<void> {
  const workspaceId = await installation.store.browse.workspaceOf(targetId)
  found(workspaceId === request.workspaceId ? targetId : null, 'target', targetId)
}

function liftStop(app: ApiServer, context: ServerContext): void {
  app.post(
    '/api/stops/:haltId/lift',
    {
      config: { right: 'release', keyed: true, perMinute: 60 },
      schema: {
        summary: 'Lift a stop: what is approved and still valid runs',
        tags: ['switches'],
        params: z.strictObject({ haltId: z.coerce.number().pipe(id) }),
        querystring: workspaceQuery,
        headers: keyedHeaders,
        response: answers({ 204: z.undefined().describe('Lifted.') }, 400, 401, 403, 404, 409, 422),
      },
    },
    async (request, reply) => {
      const { haltId } = request.params
      const known = (await context.serve.read.halts()).find((each) => each.haltId === haltId) ?? null
      const halt = found(known, 'stop', haltId)
      if (halt.scope === 'TARGET') await ownTarget(context, request, Number(halt.key))
      // A stop of more than a target is of the whole installation.
      else found(request.workspaceId === FIRST_WORKSPACE ? halt : null, 'stop', haltId)
      await context.serve.liftHalt(haltId, identityOf(request).person.userName)
      return reply.code(204).send()
    },
  )
}

function windowRoutes(app: ApiServer, context: ServerContext): void {
  app.get(
    '/api/targets/:targetId/windows',
    {
      config: { right: 'read' },
      schema: {
        summary: 'Change windows of a target',
        tags: ['switches'],
        params: z.strictObject({ targetId: z.coerce.number().pipe(id) }),
        querystring: workspaceQuery,
        response: answers({ 200: z.object({ items: list(windowSchema) }) }, 400, 401, 403, 404),
      },
    },
    async (request) => {
      const { targetId } = request.params
      await ownTarget(context, request, targetId)
      return { items: await context.serve.read.changeWindows(targetId) }
    },
  )
  app.post(
    '/api/windows',
    {
      config: { right: 'release', keyed: true, perMinute: 60 },
      schema: {
        summary: 'Add a change window to a target',
        tags: ['switches'],
        querystring: workspaceQuery,
        headers: keyedHeaders,
        body: newWindowSchema,
        response: answers({ 201: z.object({ changeWindowId: id }) }, 400, 401, 403, 404, 409, 422),
      },
    },
    async (request, reply) => {
      const { body } = request
      await ownTarget(context, request, body.targetId)
      if (body.startsAt >= body.endsAt)
        throw new DbmedicError('DBM_REQUEST_INVALID', { problem: 'the window ends before it starts' })
      const createdBy = identityOf(request).person.userName
      const changeWindowId = await context.serve.addChangeWindow({ ...body, createdBy })
      return reply.code(201).send({ changeWindowId })
    },
  )
}

function switchAction(app: ApiServer, context: ServerContext): void {
  app.put(
    '/api/actions/:engine/:action/enabled',
    {
      config: { right: 'administer', perMinute: 60 },
      schema: {
        summary:
          'Allow an action on every target, or never propose or run it again; from the first workspace',
        tags: ['switches'],
        params: z.strictObject({ engine: z.string().max(60), action: z.string().max(100) }),
        querystring: workspaceQuery,
        body: switchSchema,
        response: answers({ 204: z.undefined().describe('As asked.') }, 400, 401, 403, 404, 409),
      },
    },
    async (request, reply) => {
      requireRight(request, 'administer', FIRST_WORKSPACE)
      const name = `${request.params.engine}/${request.params.action}`
      const { id: actionName } = found(actionOf(name), 'action', name)
      const { userName } = identityOf(request).person
      await context.serve.setActionEnabled(actionName, request.body.enabled, userName)
      return reply.code(204).send()
    },
  )
}
