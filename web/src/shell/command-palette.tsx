/** The command palette: every place and command by its name. Ctrl K or ⌘ K. */
import { Spotlight, type SpotlightActionData } from '@mantine/spotlight'
import { API_REFERENCE, PLACES } from './places.ts'

/** What the palette can do besides going somewhere. */
export interface Commands {
  readonly go: (to: string) => void
  readonly switchScheme: () => void
  readonly signOut: () => void
}

/** The palette. An issue, decision or run is opened by typing its number. */
export function CommandPalette({ go, switchScheme, signOut }: Commands) {
  const actions: SpotlightActionData[] = [
    ...PLACES.map((place) => ({
      id: place.to,
      label: place.name,
      description: place.about,
      onClick: () => go(place.to),
    })),
    {
      id: 'waiting',
      label: 'Decisions that wait for a person',
      onClick: () => go('/decisions?state=PENDING_APPROVAL'),
    },
    { id: 'critical', label: 'Critical open issues', onClick: () => go('/issues?severity=CRITICAL') },
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
