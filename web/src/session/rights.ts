/** What the signed-in person may do here. The server decides; the page only leaves out what would be refused. */
import { useQuery } from '@tanstack/react-query'
import type { Session } from '../../../src/server/api-types.ts'
import { sessionQuery } from '../api/queries.ts'

/** A right in a workspace. */
export type Right = Session['roles'][number]['rights'][number]

/** The workspace the panel shows. */
const WORKSPACE = 1

/** Does the person hold the right? */
export const holds = (session: Session, right: Right): boolean =>
  session.roles.some(({ workspaceId, rights }) => workspaceId === WORKSPACE && rights.includes(right))

/** Who is signed in, and the question whether they hold a right. Inside the shell only. */
export function useRights(): { readonly session: Session | undefined; may(right: Right): boolean } {
  const { data: session } = useQuery(sessionQuery)
  return { session, may: (right) => session !== undefined && holds(session, right) }
}
