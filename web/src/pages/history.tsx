/** What ran. */
import { NativeSelect } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { ExecutionRow } from '../../../src/server/api-types.ts'
import { runsQuery } from '../api/queries.ts'
import { CodeBadge } from '../parts/code-badge.tsx'
import { EmptyState, ProblemNotice, Reading } from '../parts/notices.tsx'
import { Page } from '../parts/page.tsx'
import { RowList } from '../parts/row-list.tsx'
import { durationText, Time } from '../parts/time.tsx'
import { withoutWorkspace } from '../session/workspaces.ts'

const route = getRouteApi('/inside/history')

const OUTCOMES = [
  { value: '', label: 'Any outcome' },
  { value: 'SUCCESS', label: 'Success' },
  { value: 'PARTIAL_SUCCESS', label: 'Partial success' },
  { value: 'FAILED', label: 'Failed' },
  { value: 'ROLLED_BACK', label: 'Rolled back' },
  { value: 'REFUSED', label: 'Refused' },
  { value: 'UNKNOWN', label: 'Unknown' },
]

/** The page. */
export function HistoryPage() {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    runsQuery(withoutWorkspace(search)),
  )
  const runs = data?.pages.flatMap((page) => page.items) ?? []
  return (
    <Page title="History" about="Every run of an approved plan, with its verdict.">
      <search className="filters" aria-label="Filter runs">
        <NativeSelect
          label="Outcome"
          data={OUTCOMES}
          value={search.outcome ?? ''}
          onChange={({ currentTarget: { value } }) =>
            void navigate({
              search: (old) => ({ ...old, outcome: value === '' ? undefined : value }),
              replace: true,
            })
          }
        />
      </search>
      {error !== null && <ProblemNotice error={error} again={() => void refetch()} />}
      {data === undefined && error === null && <Reading />}
      {data !== undefined && runs.length === 0 && (
        <EmptyState title="No run is like that">
          What people approve runs by itself. See what waits in <Link to="/decisions">Decisions</Link>.
        </EmptyState>
      )}
      {runs.length > 0 && (
        <RowList
          label="Runs"
          more={hasNextPage ? () => void fetchNextPage() : undefined}
          busy={isFetchingNextPage}
        >
          {runs.map((each) => (
            <Row key={each.executionId} of={each} />
          ))}
        </RowList>
      )}
    </Page>
  )
}

function Row({ of }: { readonly of: ExecutionRow }) {
  return (
    <li>
      <Link to="/history/$executionId" params={{ executionId: String(of.executionId) }} className="row">
        <span className="row-badges">
          <CodeBadge code={of.executionOutcome ?? of.executionStatus} what="Outcome" />
          {of.verdict !== null && <CodeBadge code={of.verdict} what="Verdict" />}
        </span>
        <span className="row-main">
          {of.purpose === 'UNDO' && 'Undo of '}
          <strong className="break">{of.actionName}</strong> on {of.targetName}
          {of.improvementPercent !== null && `, improvement ${of.improvementPercent.toFixed(1)} %`}
        </span>
        <span className="row-end quiet">
          #{of.executionId}, took {durationText(of.actualDurationMs)}, <Time at={of.queuedAt} />
        </span>
      </Link>
    </li>
  )
}
