/** Which logins somebody is told of: those with a role in the workspace asked about. */
import type { FastifyRequest } from 'fastify'
import type { MemberRole } from '../core/member-roles.ts'
import { FIRST_WORKSPACE, identityOf, type ServerContext } from './context.ts'
import { holds } from './rights.ts'

/** Whoever audits the first workspace sees every login, as they see the chain, which names them all. */
export const seesEverybody = (request: FastifyRequest): boolean =>
  holds(identityOf(request), 'audit', FIRST_WORKSPACE)

/** The roles a login holds in the workspace of the request, by its name however its letters are cased. */
export async function rolesHere(
  { signIn }: ServerContext,
  { workspaceId }: FastifyRequest,
): Promise<(userName: string) => MemberRole[]> {
  const held = (await signIn.memberships()).filter((each) => each.workspaceId === workspaceId)
  const byLogin = Map.groupBy(held, ({ userName }) => userName.toLowerCase())
  return (userName) => (byLogin.get(userName.toLowerCase()) ?? []).map(({ role }) => role)
}
