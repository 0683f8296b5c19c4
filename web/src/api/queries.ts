/** What pages read, by the name it has in the cache: events make whole names stale. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import type {
  Action,
  ApprovalAudit,
  AuditHit,
  ChangeWindow,
  Dashboard,
  DecisionDetail,
  DecisionRow,
  ExecutionDetail,
  ExecutionRow,
  Issue,
  Page,
  Passkeys,
  SecondFactor,
  Session,
  Story,
  Suppression,
  Target,
} from '../../../src/server/api-types.ts'
import { keepCsrfToken, read } from './client.ts'
import { inWorkspace } from './workspace.ts'

/** Filters of a list, as they stand in the address. */
export type Filters = Readonly<Record<string, string | undefined>>

const queryText = (filters: Filters): string => {
  const words = Object.entries(filters).filter(
    (pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== '',
  )
  return words.length === 0 ? '' : `?${new URLSearchParams(words).toString()}`
}

/** Who is signed in. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async ({ signal }) => {
    const session = await read<Session>('/api/session', signal)
    keepCsrfToken(session.csrfToken)
    return session
  },
  staleTime: 60_000,
})

/** Whether the signed-in person has a second factor. */
export const secondFactorQuery = queryOptions({
  queryKey: ['second-factor'],
  queryFn: ({ signal }) => read<SecondFactor>('/api/second-factor', signal),
})

/** Passkeys of the signed-in person, and where they can be used. */
export const passkeysQuery = queryOptions({
  queryKey: ['passkeys'],
  queryFn: ({ signal }) => read<Passkeys>('/api/passkeys', signal),
})

/** Has the first administrator been made, and at which address can passkeys sign in? */
export const setUpQuery = queryOptions({
  queryKey: ['setup'],
  queryFn: ({ signal }) =>
    read<{ readonly isSetUp: boolean; readonly passkeyOrigin: string | null }>('/api/setup', signal),
})

/** The dashboard; also where pages learn of stop switches. */
export const dashboardQuery = queryOptions({
  queryKey: ['dashboard'],
  queryFn: ({ signal }) => read<Dashboard>('/api/dashboard', signal),
  refetchInterval: 60_000,
})

/** How people approved in the last seven days. */
export const approversQuery = queryOptions({
  queryKey: ['dashboard', 'approvers'],
  queryFn: ({ signal }) => read<ApprovalAudit>('/api/approvers?days=7', signal),
})

/** The database servers under care. */
export const targetsQuery = queryOptions({
  queryKey: ['targets'],
  queryFn: ({ signal }) => read<{ readonly items: readonly Target[] }>('/api/targets', signal),
})

/** The catalogue. */
export const actionsQuery = queryOptions({
  queryKey: ['actions'],
  queryFn: ({ signal }) => read<{ readonly items: readonly Action[] }>('/api/actions', signal),
})

/** Change windows of a target. */
export const windowsQuery = (targetId: number) =>
  queryOptions({
    queryKey: ['windows', targetId],
    queryFn: ({ signal }) =>
      read<{ readonly items: readonly ChangeWindow[] }>(`/api/targets/${targetId}/windows`, signal),
  })

const listQuery = <Row>(name: string, path: string, filters: Filters) =>
  infiniteQueryOptions({
    queryKey: [name, 'list', filters],
    queryFn: ({ pageParam, signal }) =>
      read<Page<Row>>(`${path}${queryText({ ...filters, cursor: pageParam ?? undefined })}`, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
  })

/** The queue. */
export const issuesQuery = (filters: Filters) => listQuery<Issue>('issues', '/api/issues', filters)
/** Decisions. */
export const decisionsQuery = (filters: Filters) =>
  listQuery<DecisionRow>('decisions', '/api/decisions', filters)
/** Runs. */
export const runsQuery = (filters: Filters) => listQuery<ExecutionRow>('runs', '/api/executions', filters)

/** Suppressions, the newest first. */
export const suppressionsQuery = (filters: Filters) =>
  listQuery<Suppression>('suppressions', '/api/suppressions', filters)
/** What suppresses what an issue is about; of one at most that holds. */
export const suppressionOfQuery = (issueId: number) =>
  queryOptions({
    queryKey: ['suppressions', 'of', issueId],
    queryFn: ({ signal }) =>
      read<Page<Suppression>>(`/api/suppressions?active=true&limit=1&issue=${issueId}`, signal),
  })

/** One issue with its whole story. */
export const storyQuery = (issueId: string) =>
  queryOptions({
    queryKey: ['issues', 'one', issueId],
    queryFn: ({ signal }) => read<Story>(`/api/issues/${encodeURIComponent(issueId)}`, signal),
  })
/** One decision with everything a vote is given on. */
export const decisionQuery = (decisionId: string) =>
  queryOptions({
    queryKey: ['decisions', 'one', decisionId],
    queryFn: ({ signal }) => read<DecisionDetail>(`/api/decisions/${encodeURIComponent(decisionId)}`, signal),
    // Single statements are no events: while it runs it is asked again.
    refetchInterval: ({ state: { data } }) =>
      data?.executions.some(({ execution }) => execution.finishedAt === null) === true ? 1_000 : false,
  })
/** One run. */
export const runQuery = (executionId: string) =>
  queryOptions({
    queryKey: ['runs', 'one', executionId],
    queryFn: ({ signal }) =>
      read<ExecutionDetail>(`/api/executions/${encodeURIComponent(executionId)}`, signal),
    // Single statements are no events: a run that goes on is asked again.
    refetchInterval: (query) => (query.state.data?.run.finishedAt === null ? 2_000 : false),
  })

/** Links of the audit chain that are looked for, newest first. A page may be empty and still have a next one. */
export const auditQuery = (filters: Filters) =>
  infiniteQueryOptions({
    queryKey: ['audit', filters],
    queryFn: ({ pageParam, signal }) =>
      read<{ readonly items: readonly AuditHit[]; readonly next: number | null }>(
        `/api/audit/search${queryText({ ...filters, before: pageParam === null ? undefined : String(pageParam) })}`,
        signal,
      ),
    initialPageParam: null as number | null,
    getNextPageParam: (last) => last.next,
  })
/** Where the same links are to be had as a file; without a filter the whole chain. */
export const auditExportPath = (filters: Filters): string =>
  inWorkspace(`/api/audit/export${queryText(filters)}`)

/** What the whole chain says of itself. */
export interface ChainVerdict {
  readonly ok: boolean
  readonly rows: number
  readonly firstBadSeq: number | null
  readonly problem: string | null
  readonly head: string
}
