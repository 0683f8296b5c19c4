/** The command palette: every place and command by its name. Ctrl K or ⌘ K. */
import { Spotlight, type SpotlightActionData } from '@mantine/spotlight'
import type { Workspace } from '../../../src/server/api-types.ts'
import { shownWorkspace } from '../api/workspace.ts'
import { useOwnWorkspaces } from '../session/workspaces.ts'
import { API_REFERENCE, PLACES } from './places.ts'
import { pageIn } from './workspace-menu.tsx'

/** What the palette can do besides going somewhere. */
export interface Commands {
  readonly go: (to: string) => void
  readonly switchScheme: () => void
  readonly signOut: () => void
}

const toWorkspace = ({ workspaceId, workspaceName }: Workspace): SpotlightActionData => ({
  id: `workspace-${workspaceId}`,
  label: `Workspace ${workspaceName}`,
  description: 'Its dashboard',
  onClick: () => window.location.assign(pageIn('/', workspaceId)),
})

/** The palette. An issue, decision or run is opened by typing its number. */
export function CommandPalette({ go, switchScheme, signOut }: Commands) {
  const workspaces = useOwnWorkspaces()
  const places: SpotlightActionData[] = [
    ...PLACES.map((place) => ({
      id: place.to,
      label: place.name,
      description: place.about,
      onClick: () => go(place.to),
    })),
    ...(workspaces.length > 1 ? workspaces.map(toWorkspace) : []),
    {
      id: 'waiting',
      label: 'Decisions that wait for a person',
      onClick: () => go('/decisions?state=PENDING_APPROVAL'),
    },
    { id: 'critical', label: 'Critical open issues', onClick: () => go('/issues?severity=CRITICAL') },
  ]
  const actions: SpotlightActionData[] = [
    ...(shownWorkspace() === null ? [] : places),
    {
      id: 'api',
      label: 'The API, for scripts',
      description: 'Every address, what it takes and gives',
      onClick: () => window.location.assign(API_REFERENCE),
    },
    { id: 'scheme', label: 'Switch between light and dark', onClick: switchScheme },
    { id: 'sign-out', label: 'Sign out', onClick: signOut },
  ]
  return (
    <Spotlight
      actions={actions}
      shortcut={['mod + K', '/']}
      lockScroll={false}
      highlightQuery
      nothingFound="No command has this name."
      searchProps={{ placeholder: 'Go to, or do …', 'aria-label': 'Command' }}
    />
  )
}
