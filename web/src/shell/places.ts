/** Where one can go: the navigation and the command palette are made from this one list. */

/** One place. `key`: after g, goes there. */
export interface Place {
  readonly to: '/' | '/issues' | '/decisions' | '/history' | '/audit'
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
  { to: '/audit', name: 'Audit', about: 'The chain of who did what', key: 'a' },
]
