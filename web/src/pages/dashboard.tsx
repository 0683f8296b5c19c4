/** What is wrong, what waits, how it went. */
import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import type { Dashboard } from '../../../src/server/api-types.ts'
import { dashboardQuery } from '../api/queries.ts'
import { CodeBadge } from '../parts/code-badge.tsx'
import { EmptyState, ProblemNotice, Reading } from '../parts/notices.tsx'
import { Page, Part } from '../parts/page.tsx'
import { spanText, Time } from '../parts/time.tsx'
import { ApprovalAudit } from './approval-audit.tsx'

const SeriesChart = lazy(() => import('../parts/series-chart.tsx'))

/** The page. */
export function DashboardPage() {
  const { data, error, refetch } = useQuery(dashboardQuery)
  if (error !== null && data === undefined)
    return <ProblemNotice error={error} again={() => void refetch()} />
  return (
    <Page
      title="Dashboard"
      about={
        data === undefined ? undefined : (
          <>
            As of <Time at={data.at} />
          </>
        )
      }
    >
      {data === undefined ? (
        <Reading />
      ) : (
        <div className="tiles">
          <Waiting of={data} />
          <OpenIssues of={data} />
          <Runs of={data} />
          <ApprovalAudit votes={data.votes} />
          <Targets of={data} />
          <Resolved of={data} />
        </div>
      )}
    </Page>
  )
}

interface Of {
  readonly of: Dashboard
}

const sum = (items: readonly { readonly count: number }[]): number =>
  items.reduce((total, each) => total + each.count, 0)

function Waiting({ of }: Of) {
  return (
    <Part title="Waiting for a person">
      <Text className="figure" component="div">
        {sum(of.pending)}
      </Text>
      {of.pending.length === 0 ? (
        <EmptyState title="Nothing waits">
          Plans appear here when an issue has a cause and a remedy.
        </EmptyState>
      ) : (
        <ul className="plain">
          {of.pending.map((each) => (
            <li key={each.riskLevel} className="line">
              <Link to="/decisions" search={{ state: 'PENDING_APPROVAL', risk: each.riskLevel }}>
                <CodeBadge code={each.riskLevel} what="Risk" /> {each.count} waiting
              </Link>
              <span className="quiet">oldest {spanText(each.oldestSeconds)}</span>
            </li>
          ))}
        </ul>
      )}
    </Part>
  )
}

function OpenIssues({ of }: Of) {
  return (
    <Part title="Open issues">
      <Text className="figure" component="div">
        {sum(of.openIssues)}
      </Text>
      {of.openIssues.length === 0 ? (
        <EmptyState title="No open issue">
          Issues open by themselves when a watched server breaches a rule.
        </EmptyState>
      ) : (
        <ul className="plain">
          {of.openIssues.map((each) => (
            <li key={each.key} className="line">
              <Link to="/issues" search={{ severity: each.key }}>
                <CodeBadge code={each.key} what="Severity" /> {each.count} open
              </Link>
              <span className="quiet">oldest {spanText(each.oldestSeconds)}</span>
            </li>
          ))}
        </ul>
      )}
      {of.suppressed > 0 && (
        <Link to="/settings" search={{ part: 'suppressions' }}>
          {of.suppressed} suppressed
        </Link>
      )}
    </Part>
  )
}

function Runs({ of: { runs } }: Of) {
  const total = sum(runs.byOutcome)
  const succeeded = runs.byOutcome.find((each) => each.key === 'SUCCESS')?.count ?? 0
  return (
    <Part title="Runs, last 24 hours">
      <Text className="figure" component="div">
        {total === 0 ? '0' : `${Math.round((100 * succeeded) / total)} %`}
        <span className="quiet figure-unit">{total === 0 ? 'runs' : `of ${total} succeeded`}</span>
      </Text>
      {total === 0 && runs.open === 0 ? (
        <EmptyState title="Nothing ran">
          Approved plans run by themselves; see <Link to="/history">History</Link> for older ones.
        </EmptyState>
      ) : (
        <ul className="plain">
          {runs.byOutcome.map((each) => (
            <li key={each.key} className="line">
              <Link to="/history" search={{ outcome: each.key }}>
                <CodeBadge code={each.key} what="Outcome" /> {each.count}
              </Link>
            </li>
          ))}
          <li className="line">{runs.open} running or queued</li>
          <li className="line">
            {runs.improved} of {runs.judged} judged improved
            {runs.meanImprovementPercent !== null &&
              `, by ${runs.meanImprovementPercent.toFixed(1)} % on average`}
          </li>
        </ul>
      )}
    </Part>
  )
}

function healthOf(target: Dashboard['targets'][number]): string {
  if (!target.enabled) return 'Not watched'
  if (!target.seen) return 'Never seen'
  if (target.criticalIssues > 0) return `${target.criticalIssues} critical`
  return target.openIssues > 0 ? `${target.openIssues} open` : 'Healthy'
}

function Targets({ of: { targets } }: Of) {
  return (
    <Part title="Targets">
      {targets.length === 0 ? (
        <EmptyState title="No server is under care">
          Name one under <code>targets:</code> in dbmedic.yaml and run <code>dbmedic check</code>: it prints
          the grants it needs.
        </EmptyState>
      ) : (
        <ul className="plain">
          {targets.map((target) => (
            <li key={target.targetId} className="line">
              <Link to="/issues" search={{ target: String(target.targetId) }}>
                {target.targetName}
              </Link>
              <span>
                <strong>{healthOf(target)}</strong> <span className="quiet">{target.engine}</span>
              </span>
            </li>
          ))}
        </ul>
      )}
    </Part>
  )
}

function Resolved({ of: { resolved } }: Of) {
  const days = [...resolved].reverse()
  return (
    <Part title="Time to resolution">
      {days.length === 0 ? (
        <EmptyState title="Nothing is resolved yet">
          The mean time from opening to resolution, by day.
        </EmptyState>
      ) : days.length === 1 ? (
        <OneDay of={days} />
      ) : (
        <Suspense fallback={<Reading />}>
          <SeriesChart
            label="Mean minutes from opening an issue to its resolution, by day"
            unit="min"
            points={days.map((each) => ({ at: `${each.day}T00:00:00Z`, value: each.meanSeconds / 60 }))}
          />
        </Suspense>
      )}
    </Part>
  )
}

/** A trend needs two days; of one there is a figure. */
function OneDay({ of: [day] }: { readonly of: Dashboard['resolved'] }) {
  if (day === undefined) return null
  return (
    <>
      <Text className="figure" component="div">
        {spanText(day.meanSeconds)}
      </Text>
      <Text className="quiet">
        on average, {day.count} resolved on {day.day} (UTC); the trend begins on the second day
      </Text>
    </>
  )
}
