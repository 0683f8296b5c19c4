/** Decisions: what waits for a vote, and one with everything the vote is given on. */
import { z } from 'zod'
import { readDecision } from '../../app/index.ts'
import { DECISION_STATES } from '../../core/lifecycle.ts'
import { RISK_LEVELS } from '../../core/vocabulary.ts'
import { type ApiServer, found, inWorkspace, type ServerContext } from '../context.ts'
import { afterOf, sent, sortingOf } from '../cursor.ts'
import { decisionDetailSchema, decisionRowSchema } from '../schemas/browse.ts'
import { answers, id, names, numbers, page, pageQuery, words, workspaceQuery } from '../schemas/parts.ts'
import { targetView } from './overview.ts'

const SORTS = ['-created', 'created', 'expires', '-expires'] as const

const query = z.strictObject({
  ...pageQuery(SORTS, '-created'),
  state: words(DECISION_STATES),
  risk: words(RISK_LEVELS),
  target: numbers,
  action: names,
})

/** Adds the routes. */
export function decisionRoutes(app: ApiServer, context: ServerContext): void {
  decisionList(app, context)
  oneDecision(app, context)
}

function decisionList(app: ApiServer, { installation }: ServerContext): void {
  const { browse } = installation.store
  app.get(
    '/api/decisions',
    {
      config: { right: 'read' },
      schema: {
        summary: 'Decisions, filtered and sorted',
        tags: ['pipeline'],
        querystring: query,
        response: answers({ 200: page(decisionRowSchema) }, 400, 401, 403),
      },
    },
    async (request) => {
      const { state, risk, target, action, sort, cursor, limit } = request.query
      const rows = await browse.decisions({
        workspaceId: request.workspaceId,
        ...sortingOf<'created' | 'expires'>(sort),
        after: afterOf(cursor, sort),
        limit,
        ...(state === undefined ? {} : { states: state }),
        ...(risk === undefined ? {} : { risks: risk }),
        ...(target === undefined ? {} : { targetIds: target }),
        ...(action === undefined ? {} : { actionNames: action }),
      })
      return sent(rows, sort)
    },
  )
}

function oneDecision(app: ApiServer, context: ServerContext): void {
  const { browse, read } = context.installation.store
  app.get(
    '/api/decisions/:decisionId',
    {
      config: { right: 'read' },
      schema: {
        summary:
          'One decision: exact statements, evidence, forecast, undo, votes, the last runs of its action',
        tags: ['pipeline'],
        params: z.strictObject({ decisionId: z.coerce.number().pipe(id) }),
        querystring: workspaceQuery,
        response: answers({ 200: decisionDetailSchema }, 400, 401, 403, 404),
      },
    },
    async (request) => {
      const { decisionId } = request.params
      await inWorkspace(context, request, {
        value: await read.decision(decisionId),
        kind: 'decision',
        id: decisionId,
      })
      const detail = found(await readDecision(read, decisionId), 'decision', decisionId)
      const lastRuns = await browse.executions({
        workspaceId: request.workspaceId,
        sort: 'queued',
        descending: true,
        after: null,
        limit: 3,
        actionNames: [detail.binding.action.name],
      })
      return {
        ...detail,
        target: detail.target === null ? null : targetView(detail.target),
        lastRuns: lastRuns.rows,
      }
    },
  )
}
