/** What machines ask: alive, ready, figures. */
import { z } from 'zod'
import { type ApiServer, FIRST_WORKSPACE, requireRight, type ServerContext } from '../context.ts'
import { METRICS_TYPE, type Metrics } from '../metrics.ts'
import { answers } from '../schemas/parts.ts'

/** A store that does not answer within this is not ready, ms. */
const READY_MS = 2_000

/** Adds the routes. */
export function healthRoutes(app: ApiServer, { installation }: ServerContext, metrics: Metrics): void {
  app.get(
    '/healthz',
    {
      config: { right: 'public', noStore: true },
      schema: {
        summary: 'The process answers',
        tags: ['machines'],
        response: answers({ 200: z.object({ status: z.literal('ok') }) }),
      },
    },
    async () => ({ status: 'ok' as const }),
  )
  app.get(
    '/readyz',
    {
      config: { right: 'public', noStore: true },
      schema: {
        summary: 'The store answers too',
        tags: ['machines'],
        response: answers({ 200: z.object({ status: z.enum(['ready', 'not-ready']) }) }),
      },
    },
    async (_request, reply) => {
      const late = new Promise<never>((_resolve, reject) =>
        setTimeout(() => reject(new Error('late')), READY_MS).unref(),
      )
      const answered = await Promise.race([installation.store.read.now(), late]).catch(() => null)
      if (answered === null) reply.code(503)
      return { status: answered === null ? ('not-ready' as const) : ('ready' as const) }
    },
  )
  app.get(
    '/metrics',
    {
      config: { right: 'metrics', noStore: true },
      schema: {
        summary: 'Figures for Prometheus',
        tags: ['machines'],
        response: answers(
          {
            200: {
              description: 'Text exposition format.',
              content: { 'text/plain': { schema: z.string() } },
            },
          },
          400,
          401,
          403,
        ),
      },
    },
    async (request, reply) => {
      // They name the targets of every workspace.
      requireRight(request, 'metrics', FIRST_WORKSPACE)
      return reply.type(METRICS_TYPE).send(await metrics.text())
    },
  )
}
