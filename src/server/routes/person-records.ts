/** What is kept of a person, and the erasure of one: for administrators of the first workspace. */
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
import { erasureSchema, erasureWishSchema, keptSchema } from '../schemas/erasures.ts'
import { answers, workspaceQuery } from '../schemas/parts.ts'
import { userName } from '../schemas/people.ts'

const params = z.strictObject({ userName })

/** Adds the routes. */
export function personRecordRoutes(app: ApiServer, context: ServerContext): void {
  const { signIn } = context
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
      return signIn.keptOf(login)
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
