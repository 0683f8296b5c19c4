/** Live updates by server-sent events, going on from the last event a page saw. */

import type { SSEMessage } from '@fastify/sse'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { DbmedicError } from '../../core/errors.ts'
import { identify } from '../authenticate.ts'
import type { ApiServer, ServerContext } from '../context.ts'
import { lacksFactor } from '../required-factor.ts'
import { holds } from '../rights.ts'
import { answers, workspace } from '../schemas/parts.ts'

/** A page's right is looked at again this often, ms. */
const RECHECK_MS = 30_000
/** Pages of one address at once. */
const STREAMS_MOST = 1_000

/** A stream ends at the latest then, ms; its page goes on with the next one. The longest a timer takes is 24 days. */
const STREAM_MS = 86_400_000

const query = z.strictObject({
  workspace,
  after: z.coerce.number().int().min(0).optional().meta({
    description: 'Number of the last event seen; the header Last-Event-ID comes first.',
  }),
})

/** Adds the route. `ending` aborts when the server stops. */
export function liveRoutes(app: ApiServer, context: ServerContext, ending: AbortSignal): void {
  app.get(
    '/api/events',
    {
      // Whatever Accept says: there is but one form, and the plugin's own 406 is no problem of ours.
      sse: 'manual',
      handlerTimeout: STREAM_MS,
      config: { right: 'read' },
      schema: {
        summary: 'Changes of the pipeline as they happen (text/event-stream)',
        tags: ['pipeline'],
        querystring: query,
        response: answers(
          {
            200: {
              description:
                'Events ready and reset (begin here; on reset read everything again) and change: {seq, at, kind, id, op, status, targetId, issueId, decisionId}.',
              content: { 'text/event-stream': { schema: z.string() } },
            },
          },
          400,
          401,
          403,
        ),
      },
    },
    async (request, reply) => {
      if (context.feed.open >= STREAMS_MOST) throw new DbmedicError('DBM_TOO_MANY_REQUESTS', { seconds: 60 })
      const gone = new AbortController()
      reply.sse.onClose(() => gone.abort())
      const recheck = setInterval(() => void recheckRight(context, request, gone), RECHECK_MS)
      const signal = AbortSignal.any([ending, gone.signal])
      const told = messages(context, request, signal)
      try {
        // A reader that takes nothing more and then goes would be waited for without end.
        await Promise.race([reply.sse.send(told), aborted(signal)])
      } catch (error) {
        if (!signal.aborted) throw error
      } finally {
        clearInterval(recheck)
        gone.abort()
        await told.return(undefined)
      }
    },
  )
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

/** A session that ended, or a right that was taken, closes the page's stream. */
async function recheckRight(
  context: ServerContext,
  request: FastifyRequest,
  gone: AbortController,
): Promise<void> {
  const identity = await identify(context, request).catch(() => null)
  const mayRead = identity !== null && holds(identity, 'read', request.workspaceId)
  if (!mayRead || (await lacksFactor(context, identity).catch(() => true))) gone.abort()
}

async function* messages(
  { feed }: ServerContext,
  request: FastifyRequest,
  signal: AbortSignal,
): AsyncGenerator<SSEMessage> {
  for await (const one of feed.since(lastSeen(request), signal)) {
    if ('begin' in one) {
      yield { id: String(one.seq), event: one.begin, data: { seq: one.seq }, retry: 1000 }
    } else if (one.workspaceId === null || one.workspaceId === request.workspaceId) {
      const { workspaceId: _known, ...change } = one
      yield { id: String(one.seq), event: 'change', data: change }
    }
  }
}

function lastSeen(request: FastifyRequest): number | null {
  const header = request.headers['last-event-id']
  if (typeof header === 'string' && /^\d{1,15}$/.test(header)) return Number(header)
  return (request.query as z.infer<typeof query>).after ?? null
}
