/** Routes by which an administrator removes a means of signing in of somebody who lost it. */
import { z } from 'zod'
import {
  type ApiServer,
  FIRST_WORKSPACE,
  found,
  identityOf,
  requireOther,
  requireRight,
  type ServerContext,
} from './context.ts'
import { answers, workspaceQuery } from './schemas/parts.ts'
import { userName } from './schemas/people.ts'

/** What is removed, and where. */
export interface Removal {
  /** With `:userName` in it. */
  readonly path: '/api/people/:userName/second-factor' | '/api/people/:userName/passkeys'
  readonly summary: string
  /** As it is called where there is none: `what` and the name of the person. */
  readonly what: string
  /** False where there was nothing to remove. */
  readonly remove: (userName: string, by: string) => Promise<boolean>
}

/** Adds the route, for the logins of others; whoever had what is removed is signed out everywhere. */
export function removalByAdministrator(
  app: ApiServer,
  { signIn }: ServerContext,
  { path, remove, summary, what }: Removal,
): void {
  app.delete(
    path,
    {
      config: { right: 'administer' },
      schema: {
        summary,
        tags: ['people'],
        params: z.strictObject({ userName }),
        querystring: workspaceQuery,
        response: answers({ 204: z.undefined().describe('Removed.') }, 400, 401, 403, 404),
      },
    },
    async (request, reply) => {
      requireRight(request, 'administer', FIRST_WORKSPACE)
      const by = identityOf(request).person.userName
      const name = request.params.userName
      requireOther(request, name)
      found((await remove(name, by)) ? true : null, what, name)
      await signIn.endSessions(name, { except: null }, by)
      return reply.code(204).send()
    },
  )
}
