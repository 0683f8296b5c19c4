/** The servers under care: how each is, who watches it, and how another one is added. */
import './around.css'
import { Badge } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Dashboard, Target } from '../../../src/server/api-types.ts'
import { dashboardQuery, targetsQuery } from '../api/queries.ts'
import { EmptyState, ProblemNotice, Reading } from '../parts/notices.tsx'
import { Page } from '../parts/page.tsx'
import { RowList } from '../parts/row-list.tsx'
import { Time } from '../parts/time.tsx'
import { AddTarget } from './add-target.tsx'
import { healthOf } from './target-health.ts'

/** The page. */
export function TargetsPage() {
  const { data, error, refetch } = useQuery(targetsQuery)
  const { data: dashboard } = useQuery(dashboardQuery)
  const figures = new Map((dashboard?.targets ?? []).map((each) => [each.targetId, each]))
  const items = data?.items ?? []
  return (
    <Page title="Targets" about="The database servers under care. Each is watched by one process at a time.">
      {error !== null && <ProblemNotice error={error} again={() => void refetch()} />}
      {data === undefined && error === null && <Reading />}
      {data !== undefined && items.length === 0 && (
        <EmptyState title="No server is under care">
          Below is how one is added; it appears here when <code>dbmedic start</code> has read it.
        </EmptyState>
      )}
      {items.length > 0 && (
        <RowList label="Targets">
          {items.map((target) => (
            <TargetRow key={target.targetId} target={target} figures={figures.get(target.targetId)} />
          ))}
        </RowList>
      )}
      <AddTarget open={data !== undefined && items.length === 0} />
    </Page>
  )
}

function TargetRow({
  target,
  figures,
}: {
  readonly target: Target
  readonly figures: Dashboard['targets'][number] | undefined
}) {
  const { word, colour } = healthOf(target, figures)
  return (
    <li>
      <Link to="/targets/$targetId" params={{ targetId: String(target.targetId) }} className="row row-short">
        <span className="row-badges">
          <Badge color={colour} radius="sm" className="code-badge">
            {word}
          </Badge>
        </span>
        <span className="row-main">
          <strong className="break">{target.targetName}</strong>{' '}
          <span className="quiet">{target.engine}</span>
          <div className="quiet break">
            {target.watchedBy === null ? 'watched by nobody yet' : `watched by ${target.watchedBy}`}
          </div>
        </span>
        <span className="row-end quiet">
          {figures?.lastEventAt == null ? (
            'no event yet'
          ) : (
            <>
              last event <Time at={figures.lastEventAt} />
            </>
          )}
        </span>
      </Link>
    </li>
  )
}
