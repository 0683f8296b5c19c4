/** Voting: what is to be signed, that the evidence was opened, and the vote. */
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { planDifference, storeSignedVote, voteToSign } from '../../app/index.ts'
import type { Json } from '../../core/canonical.ts'
import { voteText } from '../../core/consent.ts'
import { DbmedicError } from '../../core/errors.ts'
import type { Decision } from '../../core/nouns.ts'
import { type ApiServer, identityOf, inWorkspace, type ServerContext } from '../context.ts'
import { type FreshProof, provePasskey, provePassword } from '../fresh-proof.ts'
import { PlanChanged, RefusedRequest } from '../problem.ts'
import { takeCode } from '../proofs.ts'
import { answers, id, time, workspaceQuery } from '../schemas/parts.ts'
import {
  ballotSchema,
  keyedHeaders,
  readingSchema,
  toSignSchema,
  votedSchema,
  voteSchema,
} from '../schemas/writes.ts'

/** Decisions of one issue that are looked through for the plan that was shown. */
const DECISIONS_MOST = 50

const params = z.strictObject({ decisionId: z.coerce.number().pipe(id) })

/** Adds the routes. */
export function voteRoutes(app: ApiServer, context: ServerContext): void {
  readingRoute(app, context)
  ballotRoute(app, context)
  voteRoute(app, context)
}

function readingRoute(app: ApiServer, context: ServerContext): void {
  app.put(
    '/api/decisions/:decisionId/reading',
    {
      config: { right: 'vote' },
      schema: {
        summary: 'Say that you opened the evidence of this plan',
        tags: ['decide'],
        params,
        querystring: workspaceQuery,
        body: readingSchema,
        response: answers({ 200: z.object({ openedAt: time }) }, 400, 401, 403, 404, 409, 412),
      },
    },
    async (request) => {
      const { planDigest } = request.body
      const { decisionId } = await decisionShown(context, request, { ...request.params, planDigest })
      const { userName } = identityOf(request).person
      return { openedAt: await context.signIn.recordReading({ decisionId, userName, planDigest }) }
    },
  )
}

function ballotRoute(app: ApiServer, context: ServerContext): void {
  app.post(
    '/api/decisions/:decisionId/ballot',
    {
      config: { right: 'vote', keyed: false },
      schema: {
        summary: 'What your vote would be, for you to sign; nothing is stored',
        tags: ['decide'],
        params,
        querystring: workspaceQuery,
        body: ballotSchema,
        response: answers({ 200: toSignSchema }, 400, 401, 403, 404, 409, 412),
      },
    },
    async (request) => {
      const { body } = request
      const decision = await decisionShown(context, request, { ...request.params, ...body })
      requirePerson(request, decision)
      const asked = { decision, ballot: ballotOf(body), ...voterOf(request, decision) }
      const vote = await voteToSign(context.serve, asked)
      if ('refused' in vote) throw new RefusedRequest(vote)
      const careful = decision.riskLevel === 'HIGH' && !body.decline
      const unread = careful && (await openedAt(context, request, decision)) === null
      const proof = careful ? [await proofOf(context, request)] : []
      return { vote, text: voteText(vote), needs: [...(unread ? ['evidence' as const] : []), ...proof] }
    },
  )
}

function voteRoute(app: ApiServer, context: ServerContext): void {
  app.post(
    '/api/decisions/:decisionId/votes',
    {
      config: { right: 'vote', keyed: true, perMinute: 60 },
      schema: {
        summary: 'Approve or decline exactly the plan you were shown, signed with your key',
        tags: ['decide'],
        params,
        querystring: workspaceQuery,
        headers: keyedHeaders,
        body: voteSchema,
        response: answers({ 201: votedSchema }, 400, 401, 403, 404, 409, 412, 422),
      },
    },
    async (request, reply) => {
      const { body } = request
      const decision = await decisionShown(context, request, { ...request.params, ...body })
      requirePerson(request, decision)
      if (decision.riskLevel === 'HIGH' && !body.decline)
        await requireCare(context, request, { ...body, decision })
      const { approvalStatus, expiresAt, signature } = body
      const stored = await storeSignedVote(context.serve, {
        decision,
        ballot: { ...ballotOf(body), notes: body.notes },
        ...voterOf(request, decision, body),
        signed: { approvalStatus, expiresAt, signature },
      })
      if ('refused' in stored) throw new RefusedRequest(stored)
      const { approvalId, vote } = stored
      return reply
        .code(201)
        .send({ approvalId, approvalStatus: vote.approvalStatus, expiresAt: vote.expiresAt })
    },
  )
}

const ballotOf = ({ decline, reason, undoPreconsented, windowStart }: z.infer<typeof ballotSchema>) => ({
  decline,
  reason,
  notes: null,
  conditions: { undoPreconsented, windowStart },
})

/** Who votes, and how the record says they proved it. */
function voterOf(
  request: FastifyRequest,
  decision: Decision,
  body: FreshProof & { readonly decline?: boolean } = {},
) {
  const { person, token } = identityOf(request)
  const careful = decision.riskLevel === 'HIGH' && body.decline !== true
  const proven = careful ? `key+${provenBy(body)}` : 'key'
  return { userName: person.userName, authenticationMethod: token === null ? proven : 'key+token' }
}

/** HIGH risk is voted on by people, never by a token. @throws DbmedicError DBM_TOKEN_NEVER */
function requirePerson(request: FastifyRequest, { riskLevel }: Decision): void {
  if (riskLevel === 'HIGH' && identityOf(request).token !== null)
    throw new DbmedicError('DBM_TOKEN_NEVER', { what: 'it votes on no decision of HIGH risk' })
}

const openedAt = ({ signIn }: ServerContext, request: FastifyRequest, decision: Decision) =>
  signIn.readingOf(decision.decisionId, identityOf(request).person.userName, decision.planDigest)

/** By what the proof of a yes to HIGH risk was given. */
const provenBy = ({ passkey, password }: FreshProof): 'passkey' | 'password' | 'totp' =>
  passkey !== undefined ? 'passkey' : password !== undefined ? 'password' : 'totp'

/** Which proof a yes to HIGH risk asks for: where a second factor is set a code of it will do. */
async function proofOf(
  { signIn }: ServerContext,
  request: FastifyRequest,
): Promise<'password' | 'password-or-code'> {
  const factor = await signIn.secondFactor(identityOf(request).person.userName)
  return factor === null ? 'password' : 'password-or-code'
}

/** A yes to HIGH risk. @throws DbmedicError DBM_EVIDENCE_UNREAD, DBM_PROOF_MISSING, DBM_SIGN_IN_LOCKED */
async function requireCare(
  context: ServerContext,
  request: FastifyRequest,
  given: FreshProof & { readonly decision: Decision },
): Promise<void> {
  const { decision, password, code, passkey } = given
  if ((await openedAt(context, request, decision)) === null)
    throw new DbmedicError('DBM_EVIDENCE_UNREAD', { decision: decision.decisionId })
  if (passkey !== undefined)
    return provePasskey(context, request, { answer: passkey, about: decision.planDigest })
  const { userName } = identityOf(request).person
  if (password === undefined) return requireCode(context, request, { userName, code })
  await provePassword(context, request, password)
}

/** A recovery code is for signing in when the app is lost, not for deciding. @throws DbmedicError as above */
async function requireCode(
  context: ServerContext,
  request: FastifyRequest,
  { userName, code }: { readonly userName: string; readonly code: string | undefined },
): Promise<void> {
  const factor = code === undefined ? null : await context.signIn.secondFactor(userName)
  if (code === undefined || factor === null)
    throw new DbmedicError('DBM_PROOF_MISSING', { problem: 'no password came' })
  if (await takeCode(context, request, { factor, code, recovery: false })) return
  throw new DbmedicError('DBM_PROOF_MISSING', { problem: 'this code is wrong, or was taken already' })
}

/**
 * The decision, if it is what the person was shown.
 * @throws DbmedicError DBM_NOT_FOUND; PlanChanged where another plan was shown or another decision waits now
 */
async function decisionShown(
  context: ServerContext,
  request: FastifyRequest,
  shown: { readonly decisionId: number; readonly planDigest: string },
): Promise<Decision> {
  const { read } = context.serve
  const { decisionId, planDigest } = shown
  const value = await read.decision(decisionId)
  const decision = await inWorkspace(context, request, { value, kind: 'decision', id: decisionId })
  const same = decision.planDigest === planDigest
  if (same && decision.decisionStatus === 'PENDING_APPROVAL') return decision
  const all = await read.decisions({ issueId: decision.issueId, limit: DECISIONS_MOST })
  const now = all.find((each) => each.decisionStatus === 'PENDING_APPROVAL')
  if (now === undefined) {
    if (same) return decision
    throw new PlanChanged(decisionId, null)
  }
  const before = same ? decision : all.find((each) => each.planDigest === planDigest)
  throw new PlanChanged(decisionId, {
    decisionId: now.decisionId,
    planDigest: now.planDigest,
    differences: before === undefined ? [] : planDifference(bindingOf(before), bindingOf(now)),
  })
}

const bindingOf = ({ bindingText }: Decision): Json => JSON.parse(bindingText) as Json
