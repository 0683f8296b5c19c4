/** Watches that failures proposed: a person accepts one for some days, or ends it. They are shown with their failure. */
import { z } from 'zod'
import { type ApiServer, identityOf, type ServerContext } from '../context.ts'
import { watchDaysSchema } from '../schemas/failures.ts'
import { answers, id, workspaceQuery } from '../schemas/parts.ts'
import { keyedHeaders } from '../schemas/writes.ts'

const params = z.strictObject({ watchId: z.coerce.number().pipe(id) })

/** Adds the routes. */
export function watchRoutes(app: ApiServer, context: ServerContext): void {
  accept(app, context)
  end(app, context)
}

function accept(app: ApiServer, { serve }: ServerContext): void {
  app.post(
    '/api/watches/:watchId/accept',
    {
      config: { right: 'ask', keyed: true, perMinute: 60 },
      schema: {
        summary: 'Accept a watch: the observer is asked its one question each interval until it is over',
        tags: ['errors'],
        params,
        querystring: workspaceQuery,
        headers: keyedHeaders,
        body: watchDaysSchema,
        response: answers({ 204: z.undefined().describe('Accepted.') }, 400, 401, 403, 404, 409, 422),
      },
    },
    async (request, reply) => {
      const { workspaceId, params: of, body } = request
      const by = identityOf(request).person.userName
      await serve.acceptWatch({ workspaceId, watchId: of.watchId, days: body.days, by })
      return reply.code(204).send()
    },
  )
}

function end(app: ApiServer, { serve }: ServerContext): void {
  app.post(
    '/api/watches/:watchId/end',
    {
      config: { right: 'ask', keyed: true, perMinute: 60 },
      schema: {
        summary: 'End a watch, or decline one that was proposed; it is not proposed again',
        tags: ['errors'],
        params,
        querystring: workspaceQuery,
        headers: keyedHeaders,
        response: answers({ 204: z.undefined().describe('Ended.') }, 400, 401, 403, 404, 409, 422),
      },
    },
    async (request, reply) => {
      const { workspaceId, params: of } = request
      await serve.endWatch({ workspaceId, watchId: of.watchId, by: identityOf(request).person.userName })
      return reply.code(204).send()
    },
  )
}
