/**
 * Questions of a person to a target. The server has no access to targets: each is a row that the observer answers,
 * and the page asks for the answer until it is there.
 */
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import {
  ASKED_BY,
  actionOf,
  blockersAnswer,
  blockersOf,
  isLookup,
  LOOKUPS,
  type LookupName,
  parameterProblem,
  readingOf,
  tableAnswer,
} from '../../app/index.ts'
import type { Json } from '../../core/canonical.ts'
import { DbmedicError } from '../../core/errors.ts'
import type { EvidenceQuestion, EvidenceRequest } from '../../core/nouns.ts'
import { type ApiServer, found, inWorkspace, type ServerContext } from '../context.ts'
import { RefusedRequest } from '../problem.ts'
import {
  checkSchema,
  checkValue,
  lookupSchema,
  newLookupSchema,
  newPreviewSchema,
  previewSchema,
  proposalValue,
} from '../schemas/lookups.ts'
import { answers, id, workspaceQuery } from '../schemas/parts.ts'
import { keyedHeaders } from '../schemas/writes.ts'
import { ownTarget } from './switches.ts'

/** Questions of one person a minute: each costs the target something. */
const PER_MINUTE = 60
const asked = z.object({ requestId: id }).describe('Asked.')
const number = z.coerce.number().pipe(id)

/** Adds the routes. */
export function lookupRoutes(app: ApiServer, context: ServerContext): void {
  checks(app, context)
  previews(app, context)
  forms(app, context)
}

function ask({ serve }: ServerContext, targetId: number, question: EvidenceQuestion) {
  return serve.ask({ targetId, question, by: ASKED_BY })
}

/** The row of a question a door asked, of the workspace. @throws DbmedicError DBM_NOT_FOUND */
async function askedRow(
  context: ServerContext,
  request: FastifyRequest,
  { requestId, names }: { readonly requestId: number; readonly names: readonly LookupName[] },
): Promise<EvidenceRequest> {
  const row = await context.serve.request(requestId)
  const value = row !== null && names.some((name) => isLookup(row, name)) ? row : null
  return inWorkspace(context, request, { value, kind: 'question', id: requestId })
}

const NOBODY_WATCHES = {
  because: 'Nobody answered: no process with the role observe watches this target now.',
  toProceed: 'Start one where dbmedic.yaml names the target: dbmedic start',
}
const NOT_UNDERSTOOD = {
  because: 'The answer is not one this server understands.',
  toProceed: 'Run one version of dbmedic in all processes.',
}

const failure = z.object({ because: z.string() })

interface Progress {
  readonly state: z.infer<typeof checkSchema>['state']
  readonly because: string | null
  readonly toProceed: string | null
  readonly askedAt: string
  readonly targetId: number
}

/** How far a question is, and its value where it has one that is understood. */
function seen<T>(
  row: EvidenceRequest,
  reading: z.ZodType<
    | { readonly known: true; readonly value: T }
    | { readonly known: false; readonly because: string; readonly toProceed: string }
  >,
): { readonly progress: Progress; readonly value: T | null } {
  const { targetId, requestedAt: askedAt, requestStatus: state } = row
  const plain: Progress = { state, because: null, toProceed: null, askedAt, targetId }
  if (state === 'REQUESTED') return { progress: plain, value: null }
  if (state === 'EXPIRED') return { progress: { ...plain, ...NOBODY_WATCHES }, value: null }
  if (state === 'FAILED') {
    const why = failure.safeParse(row.answer)
    const because = why.success ? why.data.because : 'The target could not be asked.'
    return { progress: { ...plain, because, toProceed: 'Ask again.' }, value: null }
  }
  const parsed = reading.safeParse(row.answer)
  const failed: Progress = { ...plain, state: 'FAILED' }
  if (!parsed.success) return { progress: { ...failed, ...NOT_UNDERSTOOD }, value: null }
  if (parsed.data.known) return { progress: plain, value: parsed.data.value }
  const { because, toProceed } = parsed.data
  return { progress: { ...failed, because, toProceed }, value: null }
}

function checks(app: ApiServer, context: ServerContext): void {
  app.post(
    '/api/targets/:targetId/checks',
    {
      config: { right: 'ask', keyed: true, perMinute: PER_MINUTE },
      schema: {
        summary: 'Have a target checked: capabilities, privileges with the exact GRANTs, cost of watching',
        tags: ['targets'],
        params: z.strictObject({ targetId: z.coerce.number().pipe(id) }),
        querystring: workspaceQuery,
        headers: keyedHeaders,
        response: answers({ 202: asked }, 400, 401, 403, 404, 409, 422),
      },
    },
    async (request, reply) => {
      const { targetId } = request.params
      await ownTarget(context, request, targetId)
      return reply.code(202).send({ requestId: await ask(context, targetId, LOOKUPS.check()) })
    },
  )
  app.get(
    '/api/checks/:checkId',
    {
      config: { right: 'read' },
      schema: {
        summary: 'What a check of a target found',
        tags: ['targets'],
        params: z.strictObject({ checkId: number }),
        querystring: workspaceQuery,
        response: answers({ 200: checkSchema }, 400, 401, 403, 404),
      },
    },
    async (request) => {
      const requestId = request.params.checkId
      const row = await askedRow(context, request, { requestId, names: ['check'] })
      const { progress, value } = seen(row, readingOf(checkValue))
      return { ...progress, check: value }
    },
  )
}

const refusedProposal = z.object({
  refused: z.literal(true),
  because: z.string(),
  toProceed: z.string(),
})
const previewReading = readingOf(z.union([z.object({ proposal: proposalValue }), refusedProposal]))

function previews(app: ApiServer, context: ServerContext): void {
  app.post(
    '/api/previews',
    {
      config: { right: 'ask', keyed: true, perMinute: PER_MINUTE },
      schema: {
        summary: 'Have an action rendered on a target as it would be approved, without doing anything',
        tags: ['decide'],
        querystring: workspaceQuery,
        headers: keyedHeaders,
        body: newPreviewSchema,
        response: answers({ 202: asked }, 400, 401, 403, 404, 409, 422),
      },
    },
    async (request, reply) => {
      const { targetId, actionName } = request.body
      const params = request.body.params as { readonly [name: string]: Json }
      await ownTarget(context, request, targetId)
      const action = found(actionOf(actionName), 'action', actionName)
      const problem = parameterProblem(action, params)
      if (problem !== null) throw new RefusedRequest(problem)
      const question = LOOKUPS.preview(action.id, params)
      return reply.code(202).send({ requestId: await ask(context, targetId, question) })
    },
  )
  app.get(
    '/api/previews/:previewId',
    {
      config: { right: 'ask' },
      schema: {
        summary: 'The exact statements, the preconditions as they are, and the forecast of an action',
        tags: ['decide'],
        params: z.strictObject({ previewId: number }),
        querystring: workspaceQuery,
        response: answers({ 200: previewSchema }, 400, 401, 403, 404),
      },
    },
    async (request) => {
      const requestId = request.params.previewId
      const row = await askedRow(context, request, { requestId, names: ['preview'] })
      const { progress, value } = seen(row, previewReading)
      if (value === null || 'proposal' in value) return { ...progress, proposal: value?.proposal ?? null }
      const { because, toProceed } = value
      return { ...progress, state: 'FAILED' as const, because, toProceed, proposal: null }
    },
  )
}

function forms(app: ApiServer, context: ServerContext): void {
  app.post(
    '/api/lookups',
    {
      config: { right: 'ask', keyed: true, perMinute: PER_MINUTE },
      schema: {
        summary: 'Have a target asked what a form needs: a table’s columns and indexes, or who blocks others',
        tags: ['decide'],
        querystring: workspaceQuery,
        headers: keyedHeaders,
        body: newLookupSchema,
        response: answers({ 202: asked }, 400, 401, 403, 404, 409, 422),
      },
    },
    async (request, reply) => {
      const { targetId } = request.body
      await ownTarget(context, request, targetId)
      return reply.code(202).send({ requestId: await ask(context, targetId, questionOf(request.body)) })
    },
  )
  app.get(
    '/api/lookups/:lookupId',
    {
      config: { right: 'ask' },
      schema: {
        summary: 'What a target answered to a form',
        tags: ['decide'],
        params: z.strictObject({ lookupId: number }),
        querystring: workspaceQuery,
        response: answers({ 200: lookupSchema }, 400, 401, 403, 404),
      },
    },
    async (request) => {
      const requestId = request.params.lookupId
      const row = await askedRow(context, request, { requestId, names: ['table', 'blockers'] })
      return isLookup(row, 'table') ? tableOf(row) : blockersIn(row)
    },
  )
}

function questionOf({ of, schema, table }: z.infer<typeof newLookupSchema>): EvidenceQuestion {
  if (of === 'blockers') return LOOKUPS.blockers()
  if (schema === undefined || table === undefined)
    throw new DbmedicError('DBM_REQUEST_INVALID', { problem: 'name the schema and the table' })
  return LOOKUPS.table(schema, table)
}

function tableOf(row: EvidenceRequest): z.infer<typeof lookupSchema> {
  const { progress, value } = seen(row, tableAnswer)
  if (progress.state !== 'ANSWERED') return { ...progress, table: null, blockers: null }
  const table = {
    exists: value !== null,
    columns: value?.columns ?? [],
    indexes: (value?.indexes ?? []).map((each) => ({
      ...each,
      columns: each.columns.map(({ column }) => column ?? '(expression)'),
    })),
  }
  return { ...progress, table, blockers: null }
}

function blockersIn(row: EvidenceRequest): z.infer<typeof lookupSchema> {
  const { progress, value } = seen(row, blockersAnswer)
  return { ...progress, table: null, blockers: value === null ? null : [...blockersOf(value)] }
}
