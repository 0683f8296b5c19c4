/** Errors that applications report: taken in batches, counted once, and read. */
import { z } from 'zod'
import { explainFailure, FAILURE_ENGINES, switchRecovery, takenFailures } from '../../app/index.ts'
import { canonicalJson } from '../../core/canonical.ts'
import { DbmedicError } from '../../core/errors.ts'
import { type ApiServer, found, identityOf, type ServerContext } from '../context.ts'
import { afterOf, sent, sortingOf } from '../cursor.ts'
import { RefusedRequest } from '../problem.ts'
import {
  failureBatchSchema,
  failureDetailSchema,
  failurePatternSchema,
  failureReceiptSchema,
  signaturePrefix,
  wholeSignature,
} from '../schemas/failures.ts'
import { answers, id, page, pageQuery, workspace, workspaceQuery } from '../schemas/parts.ts'
import { keyedHeaders, reasonSchema } from '../schemas/writes.ts'
import { digestOf } from '../secrets.ts'

/** A batch of a hundred kinds of failure with long statements, bytes. */
const BATCH_BYTES = 1_048_576

/** Adds the routes. */
export function failureRoutes(app: ApiServer, context: ServerContext): void {
  takeBatch(app, context)
  patternList(app, context)
  onePattern(app, context)
  switchPattern(app, context, false)
  switchPattern(app, context, true)
}

function takeBatch(app: ApiServer, context: ServerContext): void {
  app.post(
    '/api/errors',
    {
      // Its key is kept with what it counted, in one transaction: a batch counts once whenever the server stops.
      config: { right: 'report', keyed: false },
      bodyLimit: BATCH_BYTES,
      schema: {
        summary: 'Report errors of an application, in a batch that counts once (docs/guard.md)',
        tags: ['errors'],
        querystring: z.strictObject({
          workspace,
          target: z
            .string()
            .min(1)
            .max(100)
            .optional()
            .meta({ description: 'Name of the database they are of.' }),
        }),
        headers: keyedHeaders,
        body: failureBatchSchema,
        response: answers({ 202: failureReceiptSchema }, 400, 401, 403, 404, 409, 422),
      },
    },
    async (request, reply) => {
      const { person, token } = identityOf(request)
      const { application, dropped, failures } = request.body
      const targetId = await targetNamed(context, request.query.target, request.workspaceId)
      const key = request.headers['idempotency-key']
      const receipt = await context.serve.recordFailures({
        workspaceId: request.workspaceId,
        reportedBy: person.userName,
        batchDigest: digestOf(
          canonicalJson(['failures', person.userName.toLowerCase(), token?.tokenId ?? null, key]),
        ),
        bodyDigest: digestOf(`${request.url}\n${JSON.stringify(request.body)}`),
        dropped,
        failures: takenFailures(failures, { application, targetId }),
      })
      if (receipt.state === 'other') throw new DbmedicError('DBM_KEY_REUSED')
      if (receipt.state === 'again') reply.header('idempotency-replayed', 'true')
      const { counted, leftOut } = receipt
      return reply.code(202).send({ counted, leftOut })
    },
  )
}

/** @throws DbmedicError DBM_NOT_FOUND unless it is a target of the workspace */
async function targetNamed(
  { serve, installation }: ServerContext,
  name: string | undefined,
  workspaceId: number,
): Promise<number | null> {
  if (name === undefined) return null
  const target = (await serve.read.targets()).find((each) => each.targetName === name)
  const home = target === undefined ? null : await installation.store.browse.workspaceOf(target.targetId)
  return found(home === workspaceId ? (target ?? null) : null, 'target', name).targetId
}

const SORTS = ['-seen', 'seen', '-count', 'count', '-first', 'first'] as const

function patternList(app: ApiServer, { installation }: ServerContext): void {
  app.get(
    '/api/errors/patterns',
    {
      config: { right: 'read' },
      schema: {
        summary: 'Kinds of failure that applications reported',
        tags: ['errors'],
        querystring: z.strictObject({
          ...pageQuery(SORTS, '-seen'),
          signature: signaturePrefix.optional().meta({ description: 'Its first digits.' }),
          engine: z.enum(FAILURE_ENGINES).optional(),
          type: z
            .string()
            .regex(/^[A-Z_]{1,40}$/)
            .optional(),
          target: z.coerce.number().pipe(id).optional(),
        }),
        response: answers({ 200: page(failurePatternSchema) }, 400, 401, 403),
      },
    },
    async (request) => {
      const { sort, cursor, limit, signature, engine, type, target } = request.query
      const patterns = await installation.store.read.failurePatterns({
        workspaceId: request.workspaceId,
        ...sortingOf<'first' | 'seen' | 'count'>(sort),
        after: afterOf(cursor, sort),
        limit,
        ...(signature === undefined ? {} : { signature }),
        ...(engine === undefined ? {} : { engine }),
        ...(type === undefined ? {} : { failureType: type }),
        ...(target === undefined ? {} : { targetId: target }),
      })
      return sent(patterns, sort)
    },
  )
}

function onePattern(app: ApiServer, { installation }: ServerContext): void {
  app.get(
    '/api/errors/patterns/:signature',
    {
      config: { right: 'read' },
      schema: {
        summary: 'One kind of failure: where it happens, and what is known of it',
        tags: ['errors'],
        params: z.strictObject({ signature: wholeSignature }),
        querystring: workspaceQuery,
        response: answers({ 200: failureDetailSchema }, 400, 401, 403, 404),
      },
    },
    async (request) => {
      const { signature } = request.params
      const one = await installation.store.read.failurePattern(request.workspaceId, signature)
      const detail = found(one, 'error', signature)
      return { ...detail, explanation: explainFailure(detail.pattern) }
    },
  )
}

/** Off by who may stop, on again by who may release. */
function switchPattern(app: ApiServer, { serve }: ServerContext, on: boolean): void {
  app.post(
    `/api/errors/patterns/:signature/recovery/${on ? 'on' : 'off'}`,
    {
      config: { right: on ? 'release' : 'stop', keyed: true, perMinute: 60 },
      schema: {
        summary: on
          ? 'Switch recovery of a kind of failure on again'
          : 'Switch recovery of a kind of failure off: nothing is proposed for it by itself, and no grant lets it through',
        tags: ['errors'],
        params: z.strictObject({ signature: wholeSignature }),
        querystring: workspaceQuery,
        headers: keyedHeaders,
        body: reasonSchema,
        response: answers({ 204: z.undefined().describe('Switched.') }, 400, 401, 403, 404, 409, 422),
      },
    },
    async (request, reply) => {
      const refused = await switchRecovery(serve, {
        workspaceId: request.workspaceId,
        signature: request.params.signature,
        on,
        reason: request.body.reason,
        by: identityOf(request).person.userName,
      })
      if (refused !== null) throw new RefusedRequest(refused)
      return reply.code(204).send()
    },
  )
}
