/** One issue as its whole story: from its first event to what was learned. */
import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { lazy, type ReactNode, Suspense, useMemo, useState } from 'react'
import type { Issue, Story, Suppressed } from '../../../src/server/api-types.ts'
import { storyQuery, suppressionOfQuery } from '../api/queries.ts'
import { CodeBadge } from '../parts/code-badge.tsx'
import { deadlockIn } from '../parts/deadlock-report.ts'
import { EvidenceList } from '../parts/evidence.tsx'
import { ProblemNotice, Reading } from '../parts/notices.tsx'
import { Facts, Page, Part } from '../parts/page.tsx'
import { originWords, planIn, rowsText } from '../parts/plan-steps.ts'
import { spanText, Time } from '../parts/time.tsx'
import { timesText, wordsOf } from '../parts/words.ts'
import { useRights } from '../session/rights.ts'
import { type Moment, momentsOf } from './story-moments.ts'
import { SuppressButton, SuppressedResults } from './suppress.tsx'
import { SuppressionCall } from './suppression-row.tsx'

const SeriesChart = lazy(() => import('../parts/series-chart.tsx'))
const PlanTree = lazy(() => import('../parts/plan-tree.tsx'))
const DeadlockGraph = lazy(() => import('../parts/deadlock-graph.tsx'))
const route = getRouteApi('/inside/issues/$issueId')

/** The page. */
export function IssuePage() {
  const { issueId } = route.useParams()
  const { data, error, refetch } = useQuery(storyQuery(issueId))
  if (error !== null && data === undefined)
    return (
      <Page title={`Issue ${issueId}`}>
        <ProblemNotice error={error} again={() => void refetch()} />
      </Page>
    )
  if (data === undefined) return <Reading />
  return <StoryPage story={data} />
}

function StoryPage({ story }: { readonly story: Story }) {
  const { issue, target } = story
  const pending = story.decisions.find(({ decision }) => decision.decisionStatus === 'PENDING_APPROVAL')
  return (
    <Page
      title={`${wordsOf(issue.issueCategory)} on ${issue.affectedResourceName}`}
      about={
        <span className="row-badges">
          <CodeBadge code={issue.severity} what="Severity" />
          <CodeBadge code={issue.issueStatus} what="State" />
        </span>
      }
    >
      {pending !== undefined && (
        <Text className="call" component="div">
          A plan waits for a person:{' '}
          <Link to="/decisions/$decisionId" params={{ decisionId: String(pending.decision.decisionId) }}>
            {pending.binding.action.name} (decision {pending.decision.decisionId})
          </Link>
        </Text>
      )}
      <SuppressionOf issue={issue} />
      <Facts
        of={[
          ['Target', target === null ? 'gone' : `${target.targetName} (${target.engine})`],
          ['Rule', issue.ruleId],
          ['Seen', timesText(issue.occurrenceCount)],
          ['Opened', <Time key="opened" at={issue.openedAt} />],
          ['Closed', issue.closedAt === null ? 'open' : <Time key="closed" at={issue.closedAt} />],
          ...(issue.recurrenceOfIssueId === null
            ? []
            : [['Came back', recurrence(issue.recurrenceOfIssueId)] as const]),
        ]}
      />
      <Measured story={story} />
      <Deadlock story={story} />
      <Analyses story={story} />
      <Plan story={story} />
      <Part title="Timeline">
        <ol className="timeline">
          {momentsOf(story).map((moment) => (
            <MomentItem key={moment.key} of={moment} />
          ))}
        </ol>
      </Part>
    </Page>
  )
}

/** Whether it is suppressed; where it is not, the way to it for who may. */
function SuppressionOf({ issue }: { readonly issue: Issue }) {
  const { data } = useQuery(suppressionOfQuery(issue.issueId))
  const { may } = useRights()
  const [results, setResults] = useState<readonly Suppressed[]>([])
  if (data === undefined) return null
  const [holding] = data.items
  if (holding !== undefined) return <SuppressionCall of={holding} />
  const failed = results.filter(({ problem }) => problem !== null)
  return (
    <div className="more-below">
      {may('ask') && <SuppressButton issues={[issue]} done={setResults} />}
      {failed.length > 0 && <SuppressedResults of={failed} />}
    </div>
  )
}

const recurrence = (issueId: number): ReactNode => (
  <Link key="recurrence" to="/issues/$issueId" params={{ issueId: String(issueId) }}>
    after issue {issueId}
  </Link>
)

function Measured({ story: { events } }: { readonly story: Story }) {
  const [first] = events
  if (first === undefined) return null
  const same = events
    .filter((each) => each.metricName === first.metricName)
    .sort((a, b) => (a.windowEnd < b.windowEnd ? -1 : 1))
  if (same.length < 2) return null
  return (
    <Part title="Measured">
      <Suspense fallback={<Reading />}>
        <SeriesChart
          label={`${wordsOf(first.metricName)} in the windows that were reported`}
          unit={first.metricUnit}
          points={same.map((each) => ({ at: each.windowEnd, value: each.metricValue }))}
        />
      </Suspense>
    </Part>
  )
}

/** The newest report of it. */
function Deadlock({ story: { events } }: { readonly story: Story }) {
  const deadlock = useMemo(() => firstKnown(events, ({ rawContext }) => deadlockIn(rawContext)), [events])
  if (deadlock === null) return null
  return (
    <Part title="Who waited for whom">
      <Suspense fallback={<Reading />}>
        <DeadlockGraph deadlock={deadlock} />
      </Suspense>
    </Part>
  )
}

/** The plan the newest analysis that has one was made on. */
function Plan({ story: { analyses } }: { readonly story: Story }) {
  const claims = analyses.flatMap(({ evidence }) => evidence)
  const claim = claims.find(({ value }) => planIn(value) !== null)
  const plan = useMemo(() => planIn(claim?.value), [claim])
  if (claim === undefined || plan === null) return null
  const { examinedPerCall: examined, estimatedCost: cost } = plan
  return (
    <Part title="How the server runs the statement">
      <Text size="sm" className="quiet">
        {originWords(plan.origin)}
        {examined !== null && ` A call examines ${rowsText(examined)} rows, as the server counts them.`}
        {cost !== null && ` Cost by the optimizer: ${rowsText(cost)}.`} <Time at={claim.at} />
      </Text>
      <Suspense fallback={<Reading />}>
        <PlanTree plan={plan} />
      </Suspense>
    </Part>
  )
}

/** What the first of these gives that gives anything. */
function firstKnown<Item, Found>(items: readonly Item[], find: (item: Item) => Found | null): Found | null {
  for (const item of items) {
    const found = find(item)
    if (found !== null) return found
  }
  return null
}

function Analyses({ story: { analyses } }: { readonly story: Story }) {
  const [latest] = analyses
  if (latest === undefined)
    return (
      <Part title="Cause">
        <Text className="quiet">
          Not analysed yet. It is by itself, within a minute of the issue’s opening.
        </Text>
      </Part>
    )
  return (
    <Part title={latest.analysisStatus === 'ABSTAINED' ? 'No cause named' : wordsOf(latest.rootCauseCode)}>
      <Text>{latest.rootCauseHypothesis}</Text>
      <Text mt="xs">{latest.recommendationSummary}</Text>
      <Text size="sm" className="quiet" mt="xs">
        Confidence {Math.round(latest.confidenceScore * 100)} %, by {latest.analyzer} {latest.analyzerVersion}
        {latest.model !== null && `, with comments of the model ${latest.model}`},{' '}
        <Time at={latest.analysedAt} />
      </Text>
      <details className="more">
        <summary>Evidence ({latest.evidence.length})</summary>
        <EvidenceList claims={latest.evidence} />
      </details>
      {latest.competingHypotheses.length > 0 && (
        <details className="more">
          <summary>Other causes that were weighed ({latest.competingHypotheses.length})</summary>
          <ul className="plain">
            {latest.competingHypotheses.map((each) => (
              <li key={`${each.rootCauseCode} ${each.hypothesis}`}>
                <strong>{wordsOf(each.rootCauseCode)}</strong>, {Math.round(each.confidence * 100)} %:{' '}
                {each.hypothesis}
                {each.lostBecause !== null && <div className="quiet">Lost because {each.lostBecause}</div>}
              </li>
            ))}
          </ul>
        </details>
      )}
    </Part>
  )
}

function MomentItem({ of }: { readonly of: Moment }) {
  const words = of.code === null ? null : <CodeBadge code={of.code} />
  const title =
    of.link === null ? (
      of.title
    ) : of.link.kind === 'decision' ? (
      <Link to="/decisions/$decisionId" params={{ decisionId: String(of.link.id) }}>
        {of.title}
      </Link>
    ) : (
      <Link to="/history/$executionId" params={{ executionId: String(of.link.id) }}>
        {of.title}
      </Link>
    )
  return (
    <li>
      <div className="line">
        <span>
          <strong>{title}</strong> {words}
        </span>
        <span className="quiet">
          <Time at={of.at} />
          {of.until !== null && `, for ${spanText((Date.parse(of.until) - Date.parse(of.at)) / 1000)}`}
        </span>
      </div>
      {of.text !== '' && (
        <Text size="sm" className="break">
          {of.text}
        </Text>
      )}
    </li>
  )
}
