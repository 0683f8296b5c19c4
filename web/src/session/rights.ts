/** What the signed-in person may do here. The server decides; the page only leaves out what would be refused. */
import { useQuery } from '@tanstack/react-query'
import type { Session } from '../../../src/server/api-types.ts'
import { sessionQuery } from '../api/queries.ts'
import { shownWorkspace } from '../api/workspace.ts'

/** A right in a workspace. */
export type Right = Session['roles'][number]['rights'][number]

/** What is of the whole installation is decided in its first workspace (docs/api.md, Rights). */
const FIRST = 1

const holds = (session: Session, right: Right, workspace: number | null): boolean =>
  session.roles.some(({ workspaceId, rights }) => workspaceId === workspace && rights.includes(right))

/** The person's roles in the workspace the page is of. */
export const rolesHere = (session: Session): readonly string[] =>
  session.roles.filter(({ workspaceId }) => workspaceId === shownWorkspace()).map(({ role }) => role)

/** Who is signed in, and what they may. */
export interface Rights {
  readonly session: Session | undefined
  /** In the workspace the page is of? */
  may(right: Right): boolean
  /** For the whole installation: in this workspace, and in the first one? */
  mayForAll(right: Right): boolean
}

/** Who is signed in, and the question whether they hold a right. Inside the shell only. */
export function useRights(): Rights {
  const { data: session } = useQuery(sessionQuery)
  const may = (right: Right): boolean => session !== undefined && holds(session, right, shownWorkspace())
  return {
    session,
    may,
    mayForAll: (right) => session !== undefined && may(right) && holds(session, right, FIRST),
  }
}

/** Is the page of the workspace in which what is of the whole installation is decided? */
export const isFirstShown = (): boolean => shownWorkspace() === FIRST
