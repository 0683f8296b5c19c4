/** One run, statement by statement, with its verdicts. */
import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import type { ExecutionDetail } from '../../../src/server/api-types.ts'
import { runQuery } from '../api/queries.ts'
import { CodeBadge } from '../parts/code-badge.tsx'
import { Exact } from '../parts/exact.tsx'
import { EmptyState, ProblemNotice, Reading } from '../parts/notices.tsx'
import { Facts, Page, Part } from '../parts/page.tsx'
import { durationText, Time } from '../parts/time.tsx'
import { VerdictView } from './verdict-view.tsx'

const EffectChart = lazy(() => import('../parts/effect-chart.tsx'))
/** The events are the issue's; its page shows them. */
const NO_EVENTS: readonly never[] = []
const route = getRouteApi('/inside/history/$executionId')

/** The page. */
export function RunPage() {
  const { executionId } = route.useParams()
  const { data, error, refetch } = useQuery(runQuery(executionId))
  if (error !== null && data === undefined)
    return (
      <Page title={`Run ${executionId}`}>
        <ProblemNotice error={error} again={() => void refetch()} />
      </Page>
    )
  if (data === undefined) return <Reading />
  return <Detail of={data} />
}

function Detail({ of }: { readonly of: ExecutionDetail }) {
  const { run, execution } = of
  return (
    <Page
      title={`${run.purpose === 'UNDO' ? 'Undo of ' : ''}${run.actionName} on ${run.targetName}`}
      about={
        <span className="row-badges">
          <CodeBadge code={run.executionOutcome ?? run.executionStatus} what="Outcome" />
        </span>
      }
    >
      <Facts
        of={[
          ['Decision', decisionLink(run.decisionId)],
          ['Run by', run.executedBy],
          ['Queued', <Time key="queued" at={run.queuedAt} />],
          ['Started', run.startedAt === null ? 'not yet' : <Time key="started" at={run.startedAt} />],
          ['Took', durationText(run.actualDurationMs)],
          ['Rows', run.affectedRows === null ? 'not known' : run.affectedRows.toLocaleString()],
        ]}
      />
      {execution.executionErrors !== null && (
        <Text className="call call-warning break">{execution.executionErrors}</Text>
      )}
      <Part title="Statements">
        {execution.steps.length === 0 ? (
          <EmptyState title="None was sent">
            {run.finishedAt === null
              ? 'They appear here as they are sent.'
              : 'The run ended before the first.'}
          </EmptyState>
        ) : (
          <ol className="steps">
            {execution.steps.map((step) => (
              <Step key={step.index} of={step} />
            ))}
          </ol>
        )}
      </Part>
      <Verdicts of={of} />
    </Page>
  )
}

const decisionLink = (decisionId: number) => (
  <Link key="decision" to="/decisions/$decisionId" params={{ decisionId: String(decisionId) }}>
    {decisionId}
  </Link>
)

function Step({ of }: { readonly of: ExecutionDetail['execution']['steps'][number] }) {
  const state = of.ok === null ? 'running' : of.ok ? 'done' : 'failed'
  const ms = of.endedAt === null ? null : Date.parse(of.endedAt) - Date.parse(of.startedAt)
  return (
    <li>
      <Exact text={of.statement} label={`Statement ${of.index + 1}`} />
      <Text size="xs" className="quiet">
        {state}, {durationText(ms)}
        {of.affectedRows !== null && `, ${of.affectedRows.toLocaleString()} rows`}
      </Text>
      {of.messages.map((message) => (
        <Text size="xs" key={`${message.code} ${message.text}`}>
          {message.level} {message.code}: {message.text}
        </Text>
      ))}
    </li>
  )
}

function Verdicts({ of: { verifications, execution, run } }: { readonly of: ExecutionDetail }) {
  return (
    <Part title="Verdict">
      {verifications.length === 0 && (
        <EmptyState title="Not judged yet">
          {run.finishedAt === null
            ? 'It is judged after it ended.'
            : 'The metric is measured until enough calls were seen.'}
        </EmptyState>
      )}
      {verifications.map((each) => (
        <div key={each.verificationId}>
          <VerdictView of={each} />
          <Suspense fallback={<Reading />}>
            <EffectChart of={each} execution={execution} events={NO_EVENTS} />
          </Suspense>
        </div>
      ))}
    </Part>
  )
}
