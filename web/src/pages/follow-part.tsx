/** After the vote: what happens with it, live, to the verdict. */
import { Progress, Text, Timeline } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { lazy, type ReactNode, Suspense, useEffect, useState } from 'react'
import type { Dashboard, DecisionDetail } from '../../../src/server/api-types.ts'
import { dashboardQuery, storyQuery } from '../api/queries.ts'
import { CodeBadge } from '../parts/code-badge.tsx'
import { Exact } from '../parts/exact.tsx'
import { Reading } from '../parts/notices.tsx'
import { Part } from '../parts/page.tsx'
import { durationText, spanText, Time } from '../parts/time.tsx'
import { haltText } from '../shell/halt-text.ts'
import { bindingOf } from './plan-parts.tsx'
import { VerdictView } from './verdict-view.tsx'

const EffectChart = lazy(() => import('../parts/effect-chart.tsx'))

type Run = DecisionDetail['executions'][number]

interface Of {
  readonly of: DecisionDetail
}

const latestVerdict = (run: Run | undefined): Run['verifications'][number] | undefined =>
  run?.verifications.toSorted((a, b) => b.verificationId - a.verificationId)[0]

/** The part; nothing while the plan waits for its first vote. */
export function FollowPart({ of }: Of) {
  const { decision, approvals } = of
  const voted = approvals.some(({ approvalStatus }) => approvalStatus !== 'DECLINED')
  if (!voted || decision.decisionStatus === 'DECLINED') return null
  const run = of.executions.find(({ execution }) => execution.purpose === 'DO')
  const verdict = latestVerdict(run)
  const stages = stagesOf(of, run)
  return (
    <Part title={verdict === undefined ? 'What happens now' : 'What happened'}>
      <div aria-live="polite">
        <Timeline
          active={stages.filter(({ state }) => state !== 'ahead').length - 1}
          bulletSize={18}
          lineWidth={3}
        >
          {stages.map((stage) => (
            <Timeline.Item key={stage.title} title={stage.title}>
              <div className={stage.state === 'ahead' ? 'quiet' : ''}>{stage.body}</div>
            </Timeline.Item>
          ))}
        </Timeline>
      </div>
      {run !== undefined && verdict !== undefined && <Effect of={of} run={run} verdict={verdict} />}
      <Undone of={of} />
    </Part>
  )
}

interface Stage {
  readonly title: string
  readonly state: 'done' | 'now' | 'ahead'
  readonly body: ReactNode
}

function stagesOf(of: DecisionDetail, run: Run | undefined): readonly Stage[] {
  const { decision, approvals } = of
  const names = approvals
    .toSorted((a, b) => a.approvalId - b.approvalId)
    .map((vote) => vote.adminUserId)
    .join(' and ')
  const pending = decision.decisionStatus === 'PENDING_APPROVAL'
  const verdict = latestVerdict(run)
  const ended = run !== undefined && run.execution.finishedAt !== null
  return [
    {
      title: pending ? 'Half approved' : 'Approved',
      state: pending ? 'now' : 'done',
      body: pending
        ? `By ${names}. It is of HIGH risk: it waits for a second person.`
        : `By ${names}, signed; the executor checks each signature again.`,
    },
    {
      title: 'Run',
      state: ended ? 'done' : pending ? 'ahead' : 'now',
      body: run === undefined ? <Waiting of={of} pending={pending} /> : <RunView of={run} />,
    },
    {
      title: 'Measured',
      state: verdict !== undefined ? 'done' : ended ? 'now' : 'ahead',
      body: <Measuring of={of} run={run} judged={verdict !== undefined} />,
    },
    {
      title: 'Verdict',
      state: verdict === undefined ? 'ahead' : 'done',
      body:
        verdict === undefined ? (
          'Improved, no effect, regressed, or undecided.'
        ) : (
          <VerdictView of={verdict} />
        ),
    },
  ]
}

/** Why it has not begun, as far as a page can know. */
function Waiting({ of, pending }: Of & { readonly pending: boolean }) {
  const { data } = useQuery(dashboardQuery)
  const { decision, approvals } = of
  if (pending) return 'Nothing runs before.'
  if (decision.decisionStatus !== 'APPROVED') return 'It will not run: the decision ended.'
  const binding = bindingOf(of)
  const halt = data?.halts.find((each) => stops(each, binding))
  if (halt !== undefined)
    return (
      <Text className="call call-warning" component="div">
        It waits: {haltText(halt)} is stopped by {halt.setBy} ({halt.reason}).
      </Text>
    )
  const start = approvals.map((vote) => vote.conditions.windowStart).find((at) => at !== null)
  if (start !== undefined && start !== null && Date.parse(start) > Date.now())
    return (
      <>
        Not before <Time at={start} />.
      </>
    )
  return 'The executor takes it within seconds.'
}

const stops = (
  { scope, key }: Dashboard['halts'][number],
  { target, action }: ReturnType<typeof bindingOf>,
): boolean =>
  scope === 'ALL' ||
  (scope === 'TARGET' && key === String(target.id)) ||
  (scope === 'ENGINE' && key === target.engine) ||
  (scope === 'ACTION' && key === action.name)

function RunView({ of: { execution } }: { readonly of: Run }) {
  const { executionId, executionStatus, executionOutcome } = execution
  return (
    <>
      <div className="line">
        <span className="row-badges">
          <CodeBadge code={executionOutcome ?? executionStatus} what="Outcome" />
          <Link to="/history/$executionId" params={{ executionId: String(executionId) }}>
            run {executionId}
          </Link>
        </span>
        <span className="quiet">{durationText(execution.actualDurationMs)}</span>
      </div>
      {execution.executionErrors !== null && (
        <Text className="call call-warning break">{execution.executionErrors}</Text>
      )}
      {execution.steps.map((step) => (
        <div key={step.index}>
          <Exact text={step.statement} label={`Sent statement ${step.index + 1}`} />
          <Text size="xs" className="quiet">
            {step.ok === null ? 'running …' : step.ok ? 'done' : 'failed'}
            {step.affectedRows !== null && `, ${step.affectedRows.toLocaleString()} rows`}
          </Text>
        </div>
      ))}
    </>
  )
}

/** How far the measuring is, from the times that were fixed before approval. */
function Measuring({ of, run, judged }: Of & { readonly run: Run | undefined; readonly judged: boolean }) {
  const { verification } = bindingOf(of)
  const finishedAt = run?.execution.finishedAt ?? null
  const counting = finishedAt !== null && !judged
  const now = useNow(counting)
  const total = verification.settleSeconds + verification.afterSeconds
  const what = `${verification.metricName}, ${spanText(verification.afterSeconds)} after against ${spanText(verification.beforeSeconds)} before`
  if (!counting) return what
  const passed = Math.max(0, (now - Date.parse(finishedAt)) / 1000)
  const left = total - passed
  return (
    <>
      {what}
      <Progress
        value={Math.min(100, (100 * passed) / Math.max(1, total))}
        aria-label="Measuring"
        mt="xs"
        animated
      />
      <Text size="sm" className="quiet">
        {left > 0
          ? `the verdict comes in about ${spanText(left)}`
          : 'the verdict comes when enough calls were seen'}
      </Text>
    </>
  )
}

function useNow(ticking: boolean): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    if (!ticking) return
    setNow(Date.now())
    const timer = setInterval(() => setNow(Date.now()), 500)
    return () => clearInterval(timer)
  }, [ticking])
  return now
}

interface EffectOf extends Of {
  readonly run: Run
  readonly verdict: Run['verifications'][number]
}

function Effect({ of, run, verdict }: EffectOf) {
  const { data: story } = useQuery(storyQuery(String(of.issue.issueId)))
  return (
    <Suspense fallback={<Reading />}>
      <EffectChart of={verdict} execution={run.execution} events={story?.events ?? []} />
    </Suspense>
  )
}

/** The run that undid it, where the person had consented. */
function Undone({ of }: Of) {
  const undo = of.executions.find(({ execution }) => execution.purpose === 'UNDO')
  if (undo === undefined) return null
  return (
    <>
      <Text fw={600} mt="md">
        Undone
      </Text>
      <RunView of={undo} />
    </>
  )
}
