/** Dismissing several issues with one reason: each is an act of its own on the chain, and each has its own answer. */
import type { FastifyRequest } from 'fastify'
import { dismiss, dismissalOf } from '../../app/index.ts'
import { DbmedicError } from '../../core/errors.ts'
import type { Issue } from '../../core/nouns.ts'
import { type ApiServer, identityOf, inWorkspace, requireRight, type ServerContext } from '../context.ts'
import { answers, workspaceQuery } from '../schemas/parts.ts'
import { type Dismissed, dismissedSchema, dismissSchema, keyedHeaders } from '../schemas/writes.ts'

/** Adds the route. */
export function dismissalRoutes(app: ApiServer, context: ServerContext): void {
  app.post(
    '/api/issues/dismissals',
    {
      config: { right: 'ask', keyed: true, perMinute: 30 },
      schema: {
        summary:
          'Dismiss issues that nothing is done about: each by the act its state allows, each with its answer',
        tags: ['decide'],
        querystring: workspaceQuery,
        headers: keyedHeaders,
        body: dismissSchema,
        response: answers({ 200: dismissedSchema }, 400, 401, 403, 409, 422),
      },
    },
    async (request) => {
      const items: Dismissed[] = []
      for (const issueId of new Set(request.body.issueIds)) items.push(await one(context, request, issueId))
      return { items }
    },
  )

  /** What one of them came to; a refusal of one is no refusal of the others. */
  async function one({ serve }: ServerContext, request: FastifyRequest, issueId: number): Promise<Dismissed> {
    const { reason } = request.body as { readonly reason: string }
    try {
      const value = await serve.read.issue(issueId)
      const issue: Issue = await inWorkspace(context, request, { value, kind: 'issue', id: issueId })
      const dismissal = await dismissalOf(serve, issue)
      if ('refused' in dismissal)
        return {
          issueId,
          act: null,
          problem: problemFrom(dismissal.code, dismissal.because, dismissal.toProceed),
        }
      if (dismissal.act === 'cancel') requireRight(request, 'stop', request.workspaceId)
      const by = identityOf(request).person.userName
      await dismiss(serve, issue, { dismissal, reason, by })
      return { issueId, act: dismissal.act, problem: null }
    } catch (error) {
      if (!(error instanceof DbmedicError)) throw error
      return { issueId, act: null, problem: problemFrom(error.code, error.message, error.hint) }
    }
  }
}

const problemFrom = (code: string, detail: string, hint: string): NonNullable<Dismissed['problem']> => ({
  code,
  detail,
  hint,
})
