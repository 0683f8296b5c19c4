/** What somebody's workspaces are called, and which one was shown last. */
import { useQuery } from '@tanstack/react-query'
import type { Workspace } from '../../../src/server/api-types.ts'
import { workspacesQuery } from '../api/around.ts'
import { sessionQuery } from '../api/queries.ts'
import { shownWorkspace } from '../api/workspace.ts'
import { workspacesOf } from './workspace-choice.ts'

/** Where this browser keeps which one was shown last. */
const KEPT = 'dbmedic-workspace'

/** The last one this browser showed; null: none, or it keeps nothing. */
export function lastWorkspace(): string | null {
  try {
    return window.localStorage.getItem(KEPT)
  } catch {
    return null
  }
}

/** Keeps which one was shown. */
export function rememberWorkspace(workspaceId: number): void {
  try {
    window.localStorage.setItem(KEPT, String(workspaceId))
  } catch {
    // A browser that keeps nothing begins with the first one.
  }
}

/** The person's workspaces; with their names, which are asked for where there are several. */
export function useOwnWorkspaces(): readonly Workspace[] {
  const { data: session } = useQuery(sessionQuery)
  const own = session === undefined ? [] : workspacesOf(session)
  const { data: named } = useQuery({ ...workspacesQuery, enabled: own.length > 1 })
  return own.map((workspaceId) => ({
    workspaceId,
    workspaceName: nameOf(named ?? [], workspaceId),
  }))
}

/** The name, or the number where it has none here. */
export const nameOf = (named: readonly Workspace[], workspaceId: number): string =>
  named.find((each) => each.workspaceId === workspaceId)?.workspaceName ?? `Workspace ${workspaceId}`

/** What the shown workspace is called, for who has several; null: there is nothing to tell apart. */
export function useShownName(): string | null {
  const own = useOwnWorkspaces()
  const shown = own.find(({ workspaceId }) => workspaceId === shownWorkspace())
  return own.length > 1 && shown !== undefined ? shown.workspaceName : null
}

/** What the address asks of a page, without the workspace it is of. */
export function withoutWorkspace<Search extends { readonly workspace?: string }>(
  search: Search,
): Omit<Search, 'workspace'> {
  const { workspace: _, ...others } = search
  return others
}
