/** What a login is and may, changed by an administrator's signature; tokens of others; workspaces. */
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { DbmedicError } from '../../core/errors.ts'
import type { LoginChange } from '../../core/people.ts'
import {
  type ApiServer,
  FIRST_WORKSPACE,
  found,
  identityOf,
  loginOf,
  requireRight,
  type ServerContext,
} from '../context.ts'
import { type Registered, registrationToSign, signerWith } from '../registering.ts'
import { withMoreAsked } from '../required-factor.ts'
import { holds } from '../rights.ts'
import {
  loginChangeSchema,
  registrationSchema,
  signedChangeSchema,
  workspaceSchema,
} from '../schemas/invitations.ts'
import { answers, id, list, workspaceQuery } from '../schemas/parts.ts'
import { userName } from '../schemas/people.ts'
import { tokenSchema } from '../schemas/tokens.ts'
import { rolesHere, seesEverybody } from '../who-is-seen.ts'
import { tokenView } from './own-account.ts'

const DONE = z.undefined()
const params = z.strictObject({ userName })

/** Adds the routes. */
export function loginRoutes(app: ApiServer, context: ServerContext): void {
  registrationRoutes(app, context)
  tokensOfOthers(app, context)
  workspaceRoutes(app, context)
}

function registrationRoutes(app: ApiServer, context: ServerContext): void {
  app.post(
    '/api/people/:userName/registration/draft',
    {
      config: { right: 'administer', keyed: false, noStore: true },
      schema: {
        summary: 'What a change of a login would be, for you to sign; nothing is stored',
        tags: ['people'],
        params,
        querystring: workspaceQuery,
        body: loginChangeSchema,
        response: answers({ 200: registrationSchema }, 400, 401, 403, 404),
      },
    },
    async (request) => {
      requireRight(request, 'administer', FIRST_WORKSPACE)
      const login = await changed(context, request.params.userName, request.body)
      return registrationToSign(context, request, login)
    },
  )
  app.put(
    '/api/people/:userName/registration',
    {
      config: { right: 'administer', perMinute: 30 },
      schema: {
        summary: 'Let a login approve or administer, shut it out or let it in again, by your signature',
        tags: ['people'],
        params,
        querystring: workspaceQuery,
        body: signedChangeSchema,
        response: answers({ 204: DONE.describe('Registered.') }, 400, 401, 403, 404, 409),
      },
    },
    async (request, reply) => {
      requireRight(request, 'administer', FIRST_WORKSPACE)
      const { signature, ...change } = request.body
      const login = await changed(context, request.params.userName, change)
      const signer = signerWith(request, signature)
      await withMoreAsked(context, () => context.serve.changeUser(login.userName, statedOf(change), signer), {
        login: await loginOf(context, login.userName),
        by: identityOf(request).person.userName,
      })
      if (!login.active) await endSessions(context, request, login.userName)
      return reply.code(204).send()
    },
  )
}

type Change = z.infer<typeof loginChangeSchema>

/** What was said, without what was not. */
const statedOf = ({ active, mayApprove, mayAdminister }: Change): LoginChange => ({
  ...(active === undefined ? {} : { active }),
  ...(mayApprove === undefined ? {} : { mayApprove }),
  ...(mayAdminister === undefined ? {} : { mayAdminister }),
})

/** The login as it would be. @throws DbmedicError DBM_NOT_FOUND */
async function changed(context: ServerContext, name: string, change: Change): Promise<Registered> {
  const { userName: login, personId, active, mayApprove, mayAdminister, keyId } = await loginOf(context, name)
  const as = { userName: login, personId, active, mayApprove, mayAdminister }
  return { ...as, ...statedOf(change), keyId: found(keyId, 'registered key of', login) }
}

const endSessions = ({ signIn }: ServerContext, request: FastifyRequest, login: string): Promise<number> =>
  signIn.endSessions(login, { except: null }, identityOf(request).person.userName)

function tokensOfOthers(app: ApiServer, context: ServerContext): void {
  const { signIn } = context
  app.get(
    '/api/people/:userName/tokens',
    {
      config: { right: 'audit', noStore: true },
      schema: {
        summary: 'Tokens of a person in the workspace',
        tags: ['people'],
        params,
        querystring: workspaceQuery,
        response: answers({ 200: z.object({ items: list(tokenSchema) }) }, 400, 401, 403, 404),
      },
    },
    async (request) => {
      const { userName: login } = await loginOf(context, request.params.userName)
      const tokens = (await signIn.tokensOf(login)).filter((each) => each.workspaceId === request.workspaceId)
      const isSeen = tokens.length > 0 || (await isSeenHere(context, request, login))
      return { items: found(isSeen ? tokens : null, 'user', request.params.userName).map(tokenView) }
    },
  )
  app.delete(
    '/api/people/:userName/tokens/:tokenId',
    {
      config: { right: 'administer' },
      schema: {
        summary: 'Revoke a token of a person in the workspace',
        tags: ['people'],
        params: params.extend({ tokenId: z.coerce.number().pipe(id) }),
        querystring: workspaceQuery,
        response: answers({ 204: DONE.describe('Revoked.') }, 400, 401, 403, 404),
      },
    },
    async (request, reply) => {
      const { tokenId } = request.params
      const { userName: login } = await loginOf(context, request.params.userName)
      const known = (await signIn.tokensOf(login)).some(
        (each) => each.tokenId === tokenId && each.workspaceId === request.workspaceId,
      )
      const by = identityOf(request).person.userName
      found(known && (await signIn.revokeToken(tokenId, by)) ? true : null, 'token', tokenId)
      return reply.code(204).send()
    },
  )
}

/** Who has neither role nor token in the workspace is not told from a name nobody has. */
const isSeenHere = async (context: ServerContext, request: FastifyRequest, login: string): Promise<boolean> =>
  seesEverybody(request) || (await rolesHere(context, request))(login).length > 0

function workspaceRoutes(app: ApiServer, { signIn }: ServerContext): void {
  app.get(
    '/api/workspaces',
    {
      config: { right: 'self' },
      schema: {
        summary: 'Workspaces you hold a role in; all of them for administrators of the first',
        tags: ['people'],
        response: answers({ 200: z.object({ items: list(workspaceSchema) }) }, 401),
      },
    },
    async (request) => {
      const identity = identityOf(request)
      const all = await signIn.workspaces()
      const everything = holds(identity, 'administer', FIRST_WORKSPACE)
      const own = identity.memberships.map((held) => held.workspaceId)
      const { token } = identity
      return {
        items: all.filter(({ workspaceId }) =>
          token === null ? everything || own.includes(workspaceId) : workspaceId === token.workspaceId,
        ),
      }
    },
  )
  app.post(
    '/api/workspaces',
    {
      config: { right: 'administer', perMinute: 30 },
      schema: {
        summary: 'Add a workspace, of which you are administrator; from the first workspace',
        tags: ['people'],
        querystring: workspaceQuery,
        body: z.strictObject({ workspaceName: z.string().trim().min(1).max(100) }),
        response: answers({ 201: z.object({ workspaceId: id }) }, 400, 401, 403, 409, 422),
      },
    },
    async (request, reply) => {
      requireRight(request, 'administer', FIRST_WORKSPACE)
      const { workspaceName } = request.body
      const taken = (await signIn.workspaces()).some((each) => each.workspaceName === workspaceName)
      if (taken)
        throw new DbmedicError('DBM_REQUEST_INVALID', {
          problem: 'there is a workspace of that name already',
        })
      const workspaceId = await signIn.addWorkspace(workspaceName, identityOf(request).person.userName)
      return reply.code(201).send({ workspaceId })
    },
  )
}
