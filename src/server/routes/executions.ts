/** Runs and what they taught. */
import { z } from 'zod'
import { EXECUTION_STATES } from '../../core/lifecycle.ts'
import { EXECUTION_OUTCOMES } from '../../core/vocabulary.ts'
import { type ApiServer, found, inWorkspace, type ServerContext } from '../context.ts'
import { afterOf, sent, sortingOf } from '../cursor.ts'
import { lessonRowSchema } from '../schemas/around.ts'
import { executionDetailSchema, executionRowSchema } from '../schemas/browse.ts'
import { answers, id, names, numbers, page, pageQuery, words, workspaceQuery } from '../schemas/parts.ts'

const executionQuery = z.strictObject({
  ...pageQuery(['-queued', 'queued'], '-queued'),
  state: words(EXECUTION_STATES),
  outcome: words(EXECUTION_OUTCOMES),
  target: numbers,
  action: names,
})

const lessonQuery = z.strictObject({
  ...pageQuery(['-created', 'created'], '-created'),
  complete: z
    .enum(['true', 'false'])
    .transform((word) => word === 'true')
    .optional()
    .meta({ description: 'true: reviewed by a person; false: waiting for one.' }),
})

/** Adds the routes. */
export function executionRoutes(app: ApiServer, context: ServerContext): void {
  executionList(app, context)
  oneExecution(app, context)
  lessonList(app, context)
}

function executionList(app: ApiServer, { installation }: ServerContext): void {
  const { browse } = installation.store
  app.get(
    '/api/executions',
    {
      config: { right: 'read' },
      schema: {
        summary: 'Runs, filtered and sorted',
        tags: ['pipeline'],
        querystring: executionQuery,
        response: answers({ 200: page(executionRowSchema) }, 400, 401, 403),
      },
    },
    async (request) => {
      const { state, outcome, target, action, sort, cursor, limit } = request.query
      const rows = await browse.executions({
        workspaceId: request.workspaceId,
        ...sortingOf<'queued'>(sort),
        after: afterOf(cursor, sort),
        limit,
        ...(state === undefined ? {} : { states: state }),
        ...(outcome === undefined ? {} : { outcomes: outcome }),
        ...(target === undefined ? {} : { targetIds: target }),
        ...(action === undefined ? {} : { actionNames: action }),
      })
      return sent(rows, sort)
    },
  )
}

function oneExecution(app: ApiServer, context: ServerContext): void {
  const { browse, read } = context.installation.store
  app.get(
    '/api/executions/:executionId',
    {
      config: { right: 'read' },
      schema: {
        summary: 'One run, statement by statement, with its verdicts',
        tags: ['pipeline'],
        params: z.strictObject({ executionId: z.coerce.number().pipe(id) }),
        querystring: workspaceQuery,
        response: answers({ 200: executionDetailSchema }, 400, 401, 403, 404),
      },
    },
    async (request) => {
      const { executionId } = request.params
      const run = await browse.execution(executionId)
      const row = await inWorkspace(context, request, { value: run, kind: 'execution', id: executionId })
      const runs = await read.executions({ decisionId: row.decisionId, limit: 10 })
      const execution = found(
        runs.find((each) => each.executionId === executionId) ?? null,
        'execution',
        executionId,
      )
      return { run: row, execution, verifications: await read.verifications(executionId) }
    },
  )
}

function lessonList(app: ApiServer, { installation }: ServerContext): void {
  const { browse } = installation.store
  app.get(
    '/api/lessons',
    {
      config: { right: 'read' },
      schema: {
        summary: 'Learning records',
        tags: ['pipeline'],
        querystring: lessonQuery,
        response: answers({ 200: page(lessonRowSchema) }, 400, 401, 403),
      },
    },
    async (request) => {
      const { complete, sort, cursor, limit } = request.query
      const rows = await browse.lessons({
        workspaceId: request.workspaceId,
        ...sortingOf<'created'>(sort),
        after: afterOf(cursor, sort),
        limit,
        ...(complete === undefined ? {} : { complete }),
      })
      return sent(rows, sort)
    },
  )
}
