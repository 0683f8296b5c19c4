/** The queue of issues. What is filtered stands in the address, so that it can be kept and sent on. */
import { NativeSelect, TextInput } from '@mantine/core'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { Issue } from '../../../src/server/api-types.ts'
import { issuesQuery, targetsQuery } from '../api/queries.ts'
import { CodeBadge } from '../parts/code-badge.tsx'
import { EmptyState, ProblemNotice, Reading } from '../parts/notices.tsx'
import { Page } from '../parts/page.tsx'
import { RowList } from '../parts/row-list.tsx'
import { Time } from '../parts/time.tsx'
import { useTyped } from '../parts/use-typed.ts'
import { timesText, wordsOf } from '../parts/words.ts'
import { useRights } from '../session/rights.ts'
import { withoutWorkspace } from '../session/workspaces.ts'
import { type Triage, TriageBar, TriageBox, useTriage } from './triage.tsx'

const route = getRouteApi('/inside/issues')

const STATES = [
  { value: '', label: 'Open' },
  { value: 'AWAITING_DECISION', label: 'Awaiting decision' },
  { value: 'DECISION_MADE', label: 'Decision made' },
  { value: 'EXECUTING,VERIFYING', label: 'Being healed' },
  { value: 'RESOLVED', label: 'Resolved' },
  { value: 'NO_ACTION,CLOSED,CANCELLED,DECLINED', label: 'Ended otherwise' },
  { value: 'ALL', label: 'All' },
]
const SEVERITIES = [
  { value: '', label: 'Any severity' },
  { value: 'CRITICAL', label: 'Critical' },
  { value: 'WARNING', label: 'Warning' },
  { value: 'INFO', label: 'Info' },
]
const SORTS = [
  { value: '', label: 'Newest first' },
  { value: '-severity', label: 'Worst first' },
  { value: '-occurrences', label: 'Most frequent first' },
  { value: 'opened', label: 'Oldest first' },
]

type Search = Omit<ReturnType<typeof route.useSearch>, 'workspace'>

function useFilter() {
  const search: Search = withoutWorkspace(route.useSearch())
  const navigate = route.useNavigate()
  const change = (name: keyof Search, value: string): void =>
    void navigate({ search: (old) => ({ ...old, [name]: value === '' ? undefined : value }), replace: true })
  return { search, change }
}

/** The page. */
export function IssuesPage() {
  const { search, change } = useFilter()
  const { state, ...others } = search
  const filters = { ...others, ...(state === 'ALL' ? {} : { state: state ?? 'OPEN' }) }
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    issuesQuery(filters),
  )
  const issues = data?.pages.flatMap((page) => page.items) ?? []
  const { may } = useRights()
  const picks = may('ask') ? ', x selects, X selects up to there' : ''
  return (
    <Page title="Issues" about={`j and k go through the queue, o opens${picks}.`}>
      <Filters search={search} change={change} />
      {error !== null && <ProblemNotice error={error} again={() => void refetch()} />}
      {data === undefined && error === null && <Reading />}
      {data !== undefined && issues.length === 0 && <Nothing filtered={Object.keys(search).length > 0} />}
      <Queue
        issues={issues}
        more={hasNextPage ? () => void fetchNextPage() : undefined}
        busy={isFetchingNextPage}
      />
    </Page>
  )
}

function Queue({
  issues,
  more,
  busy,
}: {
  readonly issues: readonly Issue[]
  readonly more: (() => void) | undefined
  readonly busy: boolean
}) {
  const { may } = useRights()
  const triage = useTriage(issues)
  const picks = may('ask')
  return (
    <>
      {picks && <TriageBar triage={triage} />}
      {issues.length > 0 && (
        <RowList label="Issues" more={more} busy={busy}>
          {issues.map((issue) => (
            <IssueRow key={issue.issueId} issue={issue} triage={picks ? triage : null} />
          ))}
        </RowList>
      )}
    </>
  )
}

function Filters({
  search,
  change,
}: {
  readonly search: Search
  readonly change: (name: keyof Search, value: string) => void
}) {
  const { data: targets } = useQuery(targetsQuery)
  const { text, type } = useTyped(search.search ?? '', (value) => change('search', value))
  const field = (name: 'state' | 'severity' | 'target' | 'sort') => ({
    value: search[name] ?? '',
    onChange: (event: { readonly currentTarget: { readonly value: string } }) =>
      change(name, event.currentTarget.value),
  })
  const ofTargets = (targets?.items ?? []).map((target) => ({
    value: String(target.targetId),
    label: target.targetName,
  }))
  return (
    <search className="filters" aria-label="Filter issues">
      <NativeSelect label="State" data={STATES} {...field('state')} />
      <NativeSelect label="Severity" data={SEVERITIES} {...field('severity')} />
      <NativeSelect
        label="Target"
        data={[{ value: '', label: 'Any target' }, ...ofTargets]}
        {...field('target')}
      />
      <NativeSelect label="Order" data={SORTS} {...field('sort')} />
      <TextInput
        label="Resource"
        placeholder="part of its name"
        maxLength={200}
        value={text}
        onChange={(event) => type(event.currentTarget.value)}
      />
    </search>
  )
}

function IssueRow({ issue, triage }: { readonly issue: Issue; readonly triage: Triage | null }) {
  return (
    <li className={triage === null ? undefined : 'pickable'}>
      {triage !== null && <TriageBox issueId={issue.issueId} triage={triage} />}
      <Link to="/issues/$issueId" params={{ issueId: String(issue.issueId) }} className="row">
        <span className="row-badges">
          <CodeBadge code={issue.severity} what="Severity" />
          <CodeBadge code={issue.issueStatus} what="State" />
        </span>
        <span className="row-main">
          <strong>{wordsOf(issue.issueCategory)}</strong> on{' '}
          <span className="break">{issue.affectedResourceName}</span>
        </span>
        <span className="row-end quiet">
          #{issue.issueId}, seen {timesText(issue.occurrenceCount)}, since <Time at={issue.openedAt} />
        </span>
      </Link>
    </li>
  )
}

function Nothing({ filtered }: { readonly filtered: boolean }) {
  return filtered ? (
    <EmptyState title="No issue is like that">
      <Link to="/issues" search={{}}>
        Show all open issues
      </Link>
    </EmptyState>
  ) : (
    <EmptyState title="No open issue">
      All is well, or nothing is watched: the <Link to="/">dashboard</Link> names the servers under care.
    </EmptyState>
  )
}
