/** Inviting people: they make a key in their own browser, and an administrator registers it. */
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { DbmedicError } from '../../core/errors.ts'
import type { Invitation } from '../../core/invitations.ts'
import {
  type ApiServer,
  FIRST_WORKSPACE,
  found,
  identityOf,
  requireRight,
  type ServerContext,
} from '../context.ts'
import { registrationToSign, signerWith } from '../registering.ts'
import {
  invitationAnswerSchema,
  invitationSchema,
  newInvitationSchema,
  openInvitationSchema,
  registrationSchema,
  signedSchema,
} from '../schemas/invitations.ts'
import { answers, digest, id, list, workspaceQuery } from '../schemas/parts.ts'
import { secret } from '../schemas/people.ts'
import { digestOf, newSecret } from '../secrets.ts'
import { requireStrength } from './sign-in.ts'

/** An invitation holds this long, seconds: what the store allows at most. */
const INVITED_SECONDS = 7 * 86_400 - 1
const PER_MINUTE = 30
const DONE = z.undefined()
const params = z.strictObject({ invitationId: z.coerce.number().pipe(id) })

/** Adds the routes. */
export function invitationRoutes(app: ApiServer, context: ServerContext): void {
  listAndInvite(app, context)
  withdraw(app, context)
  answering(app, context)
  registering(app, context)
}

const view = ({ personId: _person, publicKey: _key, roles, ...shown }: Invitation) => ({
  ...shown,
  roles: [...roles],
})

function listAndInvite(app: ApiServer, context: ServerContext): void {
  const { signIn } = context
  app.get(
    '/api/invitations',
    {
      config: { right: 'audit', noStore: true },
      schema: {
        summary: 'Invitations, newest first, and what was answered',
        tags: ['people'],
        querystring: workspaceQuery,
        response: answers({ 200: z.object({ items: list(invitationSchema) }) }, 400, 401, 403),
      },
    },
    async ({ workspaceId }) => ({
      items: (await signIn.invitations()).filter((each) => each.workspaceId === workspaceId).map(view),
    }),
  )
  app.post(
    '/api/invitations',
    {
      config: { right: 'administer', perMinute: PER_MINUTE, noStore: true },
      schema: {
        summary:
          'Invite somebody, or a person who needs another key; the secret of the link is shown this once',
        tags: ['people'],
        querystring: workspaceQuery,
        body: newInvitationSchema,
        response: answers({ 201: z.object({ invitationId: id, secret }) }, 400, 401, 403, 404, 409, 422),
      },
    },
    async (request, reply) => {
      requireRight(request, 'administer', FIRST_WORKSPACE)
      const made = newSecret()
      const { roles, ...invitation } = request.body
      const invitationId = await signIn.invite({
        ...invitation,
        roles: [...new Set(roles)],
        linkDigest: digestOf(made),
        workspaceId: request.workspaceId,
        by: identityOf(request).person.userName,
        lifetimeSeconds: INVITED_SECONDS,
      })
      return reply.code(201).send({ invitationId, secret: made })
    },
  )
}

function withdraw(app: ApiServer, context: ServerContext): void {
  app.delete(
    '/api/invitations/:invitationId',
    {
      config: { right: 'administer' },
      schema: {
        summary: 'Withdraw an invitation that is not settled',
        tags: ['people'],
        params,
        querystring: workspaceQuery,
        response: answers({ 204: DONE.describe('Withdrawn.') }, 400, 401, 403, 404),
      },
    },
    async (request, reply) => {
      const { invitationId } = await ownInvitation(context, request, request.params.invitationId)
      const by = identityOf(request).person.userName
      const withdrawn = await context.signIn.withdrawInvitation(invitationId, by)
      found(withdrawn ? true : null, 'open invitation', invitationId)
      return reply.code(204).send()
    },
  )
}

function answering(app: ApiServer, { signIn, passwords }: ServerContext): void {
  app.post(
    '/api/invitations/open',
    {
      config: { right: 'public', perMinute: PER_MINUTE, noStore: true },
      schema: {
        summary: 'What an invitation is for, by the secret of its link',
        tags: ['sign-in'],
        body: z.strictObject({ secret }),
        response: answers({ 200: openInvitationSchema }, 400, 403, 410),
      },
    },
    async ({ body }) => {
      const { userName, displayName, mayApprove, mayAdminister } = await signIn.openInvitation(
        digestOf(body.secret),
      )
      return { userName, displayName, mayApprove, mayAdminister }
    },
  )
  app.post(
    '/api/invitations/answer',
    {
      config: { right: 'public', perMinute: PER_MINUTE, noStore: true },
      schema: {
        summary:
          'Answer an invitation with a password and the key your browser made; tell who invited you its id',
        tags: ['sign-in'],
        body: invitationAnswerSchema,
        response: answers({ 200: z.object({ keyId: digest }) }, 400, 403, 409, 410),
      },
    },
    async ({ body }) => {
      const linkDigest = digestOf(body.secret)
      const { userName, displayName } = await signIn.openInvitation(linkDigest)
      const { keyId, publicKey, user } = body.sealedKey
      if (user.toLowerCase() !== userName.toLowerCase())
        throw new DbmedicError('DBM_REQUEST_INVALID', { problem: 'the key is of another user name' })
      requireStrength(body.password, userName, displayName)
      const passwordHash = await passwords.hash(body.password)
      await signIn.answerInvitation(linkDigest, { keyId, publicKey, sealedKey: body.sealedKey, passwordHash })
      return { keyId }
    },
  )
}

function registering(app: ApiServer, context: ServerContext): void {
  app.get(
    '/api/invitations/:invitationId/registration',
    {
      config: { right: 'administer', noStore: true },
      schema: {
        summary: 'The registration that an answered invitation becomes, for you to sign',
        tags: ['people'],
        params,
        querystring: workspaceQuery,
        response: answers({ 200: registrationSchema }, 400, 401, 403, 404, 410),
      },
    },
    async (request) => {
      const { userName, personId, mayApprove, mayAdminister, keyId } = await ownInvitation(
        context,
        request,
        request.params.invitationId,
      )
      if (keyId === null) throw new DbmedicError('DBM_LINK_SPENT')
      const login = { userName, personId, active: true, mayApprove, mayAdminister, keyId }
      return registrationToSign(context, request, login)
    },
  )
  app.post(
    '/api/invitations/:invitationId/registration',
    {
      config: { right: 'administer', perMinute: PER_MINUTE },
      schema: {
        summary:
          'Register the key an invitation was answered with, by your signature: the person may sign in',
        tags: ['people'],
        params,
        querystring: workspaceQuery,
        body: signedSchema,
        response: answers({ 204: DONE.describe('Registered.') }, 400, 401, 403, 404, 409, 410, 422),
      },
    },
    async (request, reply) => {
      const { invitationId } = await ownInvitation(context, request, request.params.invitationId)
      await context.signIn.registerInvited(invitationId, signerWith(request, request.body.signature))
      return reply.code(204).send()
    },
  )
}

/** Registering is of the whole installation. @throws DbmedicError DBM_RIGHT_MISSING, DBM_NOT_FOUND */
async function ownInvitation(
  { signIn }: ServerContext,
  request: FastifyRequest,
  invitationId: number,
): Promise<Invitation> {
  requireRight(request, 'administer', FIRST_WORKSPACE)
  const known = await signIn.invitation(invitationId)
  return found(known?.workspaceId === request.workspaceId ? known : null, 'invitation', invitationId)
}
