/** Plans that wait for a person, and those that did. */
import { NativeSelect } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { DecisionRow } from '../../../src/server/api-types.ts'
import { decisionsQuery, type Filters as Filtered } from '../api/queries.ts'
import { CodeBadge } from '../parts/code-badge.tsx'
import { EmptyState, ProblemNotice, Reading } from '../parts/notices.tsx'
import { Page } from '../parts/page.tsx'
import { RowList } from '../parts/row-list.tsx'
import { Time } from '../parts/time.tsx'
import { wordsOf } from '../parts/words.ts'
import { withoutWorkspace } from '../session/workspaces.ts'

const route = getRouteApi('/inside/decisions')

const STATES = [
  { value: '', label: 'Waiting' },
  { value: 'APPROVED', label: 'Approved' },
  { value: 'DECLINED', label: 'Declined' },
  { value: 'EXPIRED,CANCELLED', label: 'Ended otherwise' },
  { value: 'ALL', label: 'All' },
]
const RISKS = [
  { value: '', label: 'Any risk' },
  { value: 'HIGH', label: 'High' },
  { value: 'MEDIUM', label: 'Medium' },
  { value: 'LOW', label: 'Low' },
]

/** The page. */
export function DecisionsPage() {
  const { state, ...others } = withoutWorkspace(route.useSearch())
  const filters = { ...others, ...(state === 'ALL' ? {} : { state: state ?? 'PENDING_APPROVAL' }) }
  return (
    <Page title="Decisions" about="Nothing runs that a person did not approve, byte for byte.">
      <Filters />
      <List filters={filters} />
    </Page>
  )
}

function Filters() {
  const { state, risk } = route.useSearch()
  const navigate = route.useNavigate()
  const change = (name: 'state' | 'risk', value: string): void =>
    void navigate({ search: (old) => ({ ...old, [name]: value === '' ? undefined : value }), replace: true })
  return (
    <search className="filters" aria-label="Filter decisions">
      <NativeSelect
        label="State"
        data={STATES}
        value={state === 'PENDING_APPROVAL' ? '' : (state ?? '')}
        onChange={(event) => change('state', event.currentTarget.value)}
      />
      <NativeSelect
        label="Risk"
        data={RISKS}
        value={risk ?? ''}
        onChange={(event) => change('risk', event.currentTarget.value)}
      />
    </search>
  )
}

function List({ filters }: { readonly filters: Filtered }) {
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    decisionsQuery(filters),
  )
  const decisions = data?.pages.flatMap((page) => page.items) ?? []
  return (
    <>
      {error !== null && <ProblemNotice error={error} again={() => void refetch()} />}
      {data === undefined && error === null && <Reading />}
      {data !== undefined && decisions.length === 0 && (
        <EmptyState title="No decision is like that">
          Plans appear here when an <Link to="/issues">issue</Link> has a cause and a remedy.
        </EmptyState>
      )}
      {decisions.length > 0 && (
        <RowList
          label="Decisions"
          more={hasNextPage ? () => void fetchNextPage() : undefined}
          busy={isFetchingNextPage}
        >
          {decisions.map((each) => (
            <Row key={each.decisionId} of={each} />
          ))}
        </RowList>
      )}
    </>
  )
}

function Row({ of }: { readonly of: DecisionRow }) {
  return (
    <li>
      <Link to="/decisions/$decisionId" params={{ decisionId: String(of.decisionId) }} className="row">
        <span className="row-badges">
          <CodeBadge code={of.riskLevel} what="Risk" />
          <CodeBadge code={of.decisionStatus} what="State" />
        </span>
        <span className="row-main">
          <strong className="break">{of.actionName}</strong> on {of.targetName}, for{' '}
          <span className="break">{of.affectedResourceName}</span> ({wordsOf(of.rootCauseCode).toLowerCase()})
        </span>
        <span className="row-end quiet">
          #{of.decisionId}, {of.votes} {of.votes === 1 ? 'vote' : 'votes'}, until <Time at={of.expiresAt} />
        </span>
      </Link>
    </li>
  )
}
