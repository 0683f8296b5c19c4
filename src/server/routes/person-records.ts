/** What is kept of a person, for themselves and for administrators of the first workspace; and the erasure of one, for those. */
import { z } from 'zod'
import { DbmedicError } from '../../core/errors.ts'
import {
  type ApiServer,
  FIRST_WORKSPACE,
  identityOf,
  loginOf,
  requireOther,
  requireRight,
  type ServerContext,
} from '../context.ts'
import { proveAsAtSignIn } from '../fresh-proof.ts'
import { holds } from '../rights.ts'
import { erasureSchema, erasureWishSchema, keptSchema } from '../schemas/erasures.ts'
import { answers, workspaceQuery } from '../schemas/parts.ts'
import { userName } from '../schemas/people.ts'

const params = z.strictObject({ userName })

/** Adds the routes. */
export function personRecordRoutes(app: ApiServer, context: ServerContext): void {
  const { signIn } = context
  ownRecords(app, context)
  app.get(
    '/api/people/:userName/records',
    {
      config: { right: 'administer', perMinute: 30, noStore: true },
      schema: {
        summary: 'What is kept of the person behind a login, without secrets',
        tags: ['people'],
        params,
        querystring: workspaceQuery,
        response: answers({ 200: keptSchema }, 400, 401, 403, 404),
      },
    },
    async (request) => {
      requireRight(request, 'administer', FIRST_WORKSPACE)
      const { userName: login } = await loginOf(context, request.params.userName)
      return signIn.keptOf(login, true)
    },
  )
  app.post(
    '/api/people/:userName/erasure',
    {
      config: { right: 'administer', perMinute: 30, noStore: true },
      schema: {
        summary: 'Erase the person behind a login for good, once every login of theirs is shut out',
        description:
          'Takes the name, all they sign in with and the key that seals what is personal on the audit chain. Needs your password and a code of your second factor, or a passkey, again.',
        tags: ['people'],
        params,
        querystring: workspaceQuery,
        body: erasureWishSchema,
        response: answers({ 201: erasureSchema }, 400, 401, 403, 404, 409),
      },
    },
    async (request, reply) => {
      requireRight(request, 'administer', FIRST_WORKSPACE)
      const { reason, typed, ...proof } = request.body
      const { userName: login, personId } = await loginOf(context, request.params.userName)
      const { person } = identityOf(request)
      requireOther(request, person.personId === personId ? person.userName : login)
      if (typed.toLowerCase() !== login.toLowerCase())
        throw new DbmedicError('DBM_REQUEST_INVALID', { problem: `typed is not ${login}` })
      await proveAsAtSignIn(context, request, proof)
      return reply.code(201).send(await signIn.erasePerson({ userName: login, by: person.userName, reason }))
    },
  )
}

/** The chain is of all workspaces and all people: who may not read it elsewhere does not read it here. */
function ownRecords(app: ApiServer, { signIn }: ServerContext): void {
  app.get(
    '/api/records',
    {
      config: { right: 'session', perMinute: 10, noStore: true },
      schema: {
        summary: 'What is kept of you, without secrets',
        description:
          'Rows that are of you or name a login of yours. Links of the audit chain only if you hold audit in workspace 1.',
        tags: ['account'],
        response: answers({ 200: keptSchema }, 401, 403, 429),
      },
    },
    async (request, reply) => {
      const identity = identityOf(request)
      const { userName: login } = identity.person
      const kept = await signIn.keptOf(login, holds(identity, 'audit', FIRST_WORKSPACE))
      return reply
        .header(
          'content-disposition',
          `attachment; filename="dbmedic-${login.replaceAll(/[^\w.-]/g, '_')}.json"`,
        )
        .send(kept)
    },
  )
}
