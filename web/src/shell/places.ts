/** Where one can go: the navigation and the command palette are made from this one list. */

/** One place. `key`: after g, goes there. */
export interface Place {
  readonly to:
    | '/'
    | '/issues'
    | '/decisions'
    | '/history'
    | '/fix'
    | '/actions'
    | '/targets'
    | '/learning'
    | '/audit'
    | '/settings'
  readonly name: string
  readonly about: string
  readonly key: string
}

/** All of them, in the order of the navigation. */
export const PLACES: readonly Place[] = [
  { to: '/', name: 'Dashboard', about: 'What is wrong, what waits, how it went', key: 'd' },
  { to: '/issues', name: 'Issues', about: 'The queue of trouble', key: 'i' },
  { to: '/decisions', name: 'Decisions', about: 'Plans that wait for a person', key: 'c' },
  { to: '/history', name: 'History', about: 'What ran, step by step', key: 'h' },
  { to: '/fix', name: 'Manual fix', about: 'Ask for an action yourself', key: 'f' },
  { to: '/actions', name: 'Actions', about: 'Everything that may ever be done', key: 'x' },
  { to: '/targets', name: 'Targets', about: 'The servers under care, and what is missing there', key: 't' },
  { to: '/learning', name: 'Learning', about: 'Outcomes to review, and what confidence was worth', key: 'l' },
  { to: '/audit', name: 'Audit', about: 'The chain of who did what', key: 'a' },
  { to: '/settings', name: 'Settings', about: 'Your account, people, windows, policies', key: 's' },
]

/** The description of the API, a page of the server and not of the panel. */
export const API_REFERENCE = '/api/reference'
