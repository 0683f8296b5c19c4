/** What the pages around the pipeline read: catalogue, lessons, people, what is allowed. Names as in queries.ts. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import type {
  CatalogueItem,
  Grant,
  Invitation,
  LessonRow,
  Page,
  Person,
  Policies,
  Reliability,
  Token,
  Workspace,
} from '../../../src/server/api-types.ts'
import { read } from './client.ts'

interface Items<Item> {
  readonly items: readonly Item[]
}

const items = <Item>(name: string, path: string) =>
  queryOptions({
    queryKey: [name],
    queryFn: async ({ signal }) => (await read<Items<Item>>(path, signal)).items,
  })

/** The catalogue with its documentation, switches and track record. */
export const catalogueQuery = queryOptions({
  queryKey: ['actions', 'catalogue'],
  queryFn: async ({ signal }) => (await read<Items<CatalogueItem>>('/api/catalogue', signal)).items,
})
/** Standing approvals. */
export const grantsQuery = items<Grant>('grants', '/api/grants')
/** Logins of the workspace. */
export const peopleQuery = items<Person>('people', '/api/people')
/** Invitations, newest first. */
export const invitationsQuery = items<Invitation>('invitations', '/api/invitations')
/** Workspaces of who is signed in, by name. */
export const workspacesQuery = items<Workspace>('workspaces', '/api/workspaces')
/** Tokens of who is signed in. */
export const tokensQuery = items<Token>('tokens', '/api/tokens')

/** Tokens of somebody in the workspace. */
export const tokensOfQuery = (userName: string) =>
  queryOptions({
    queryKey: ['people', userName, 'tokens'],
    queryFn: async ({ signal }) =>
      (await read<Items<Token>>(`/api/people/${encodeURIComponent(userName)}/tokens`, signal)).items,
  })

/** One of the person's signed-in browsers. */
export interface SignedInBrowser {
  readonly sessionDigest: string
  readonly address: string
  readonly userAgent: string
  readonly createdAt: string
  readonly lastSeenAt: string
  readonly expiresAt: string
  readonly current: boolean
}
/** Browsers the person is signed in with. */
export const browsersQuery = items<SignedInBrowser>('browsers', '/api/sessions')

/** What the configuration allows. */
export const policiesQuery = queryOptions({
  queryKey: ['policies'],
  queryFn: ({ signal }) => read<Policies>('/api/policies', signal),
})

/** What confidence was worth. */
export const reliabilityQuery = queryOptions({
  queryKey: ['lessons', 'reliability'],
  queryFn: ({ signal }) => read<Reliability>('/api/reliability', signal),
})

/** Lessons, reviewed or waiting for a review. */
export const lessonsQuery = (complete: boolean) =>
  infiniteQueryOptions({
    queryKey: ['lessons', 'list', complete],
    queryFn: ({ pageParam, signal }) => {
      const words = new URLSearchParams({ complete: String(complete), limit: '20' })
      if (pageParam !== null) words.set('cursor', pageParam)
      return read<Page<LessonRow>>(`/api/lessons?${words.toString()}`, signal)
    },
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
  })
