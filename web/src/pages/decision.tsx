/** Where a person decides: the exact statements, what they rest on, what they will do, how they are undone. */
import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { DecisionDetail } from '../../../src/server/api-types.ts'
import { decisionQuery } from '../api/queries.ts'
import { CodeBadge } from '../parts/code-badge.tsx'
import { EvidenceList } from '../parts/evidence.tsx'
import { EmptyState, ProblemNotice, Reading } from '../parts/notices.tsx'
import { Exact, Facts, Page, Part } from '../parts/page.tsx'
import { durationText, spanText, Time } from '../parts/time.tsx'
import { wordsOf } from '../parts/words.ts'
import { VotePart } from './vote-part.tsx'

const route = getRouteApi('/inside/decisions/$decisionId')

/** What a vote consents to, read from the very text whose digest is signed. */
type Binding = DecisionDetail['binding']

/** The page. */
export function DecisionPage() {
  const { decisionId } = route.useParams()
  const { data, error, refetch } = useQuery(decisionQuery(decisionId))
  if (error !== null && data === undefined)
    return (
      <Page title={`Decision ${decisionId}`}>
        <ProblemNotice error={error} again={() => void refetch()} />
      </Page>
    )
  if (data === undefined) return <Reading />
  return <Detail key={data.decision.planDigest} of={data} />
}

function Detail({ of }: { readonly of: DecisionDetail }) {
  const { decision, issue } = of
  // Not `of.binding`: what is shown must be what is signed.
  const binding = JSON.parse(decision.bindingText) as Binding
  const [seen, setSeen] = useState(false)
  return (
    <Page
      title={`${binding.action.name} on ${binding.target.name}`}
      about={
        <>
          <span className="row-badges">
            <CodeBadge code={binding.riskLevel} what="Risk" />
            <CodeBadge code={decision.decisionStatus} what="State" />
          </span>
          <div>
            Decision {decision.decisionId} for{' '}
            <Link to="/issues/$issueId" params={{ issueId: String(issue.issueId) }}>
              {wordsOf(issue.issueCategory).toLowerCase()} on {issue.affectedResourceName}
            </Link>
            , until <Time at={decision.expiresAt} />
          </div>
        </>
      }
    >
      <Plan binding={binding} />
      <Part title="Why">
        <Text>{decision.decisionRationale}</Text>
        <Text size="sm" className="quiet">
          Confidence {Math.round(decision.confidenceBasedScore * 100)} %, proposed by {decision.proposedBy}
        </Text>
        <details className="more" onToggle={(event) => event.currentTarget.open && setSeen(true)}>
          <summary>Evidence ({of.analysis?.evidence.length ?? 0}), to be opened before a vote</summary>
          {of.analysis === null ? (
            <EmptyState title="No analysis is recorded">A person asked for this action.</EmptyState>
          ) : (
            <EvidenceList claims={of.analysis.evidence} />
          )}
        </details>
      </Part>
      <Forecast binding={binding} />
      <Undo binding={binding} />
      <LastRuns of={of} />
      <Votes of={of} />
      <VotePart detail={of} evidenceSeen={seen} />
    </Page>
  )
}

function Plan({ binding }: { readonly binding: Binding }) {
  return (
    <Part title="What would run">
      {binding.guards.length > 0 && (
        <>
          <Text size="sm">First, on the same connection:</Text>
          <Steps steps={binding.guards} label="Guard" />
          <Text size="sm">Then:</Text>
        </>
      )}
      <Steps steps={binding.steps} label="Statement" />
      <Facts
        of={[
          ['Server', `${binding.target.name} (${binding.target.engine}), ${binding.target.instanceUid}`],
          ['Action', `${binding.action.name}, version ${binding.action.version}`],
        ]}
      />
    </Part>
  )
}

function Steps({ steps, label }: { readonly steps: Binding['steps']; readonly label: string }) {
  return (
    <ol className="steps">
      {steps.map((step, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a plan never changes, and a statement may stand in it twice
        <li key={index}>
          <Exact text={step.text} label={`${label} ${index + 1}`} />
          <Text size="xs" className="quiet">
            at most {durationText(step.timeoutMs)}
            {step.onlyIf !== null &&
              `, only if ${step.onlyIf.question.kind} answers ${JSON.stringify(step.onlyIf.equals)}`}
          </Text>
        </li>
      ))}
    </ol>
  )
}

const range = (
  of: { readonly low: number; readonly expected: number; readonly high: number },
  text: (value: number) => string,
): string =>
  of.low === of.high ? text(of.expected) : `${text(of.expected)} (${text(of.low)} to ${text(of.high)})`
const whole = (value: number): string => Math.round(value).toLocaleString()
const mebibytes = (bytes: number): string =>
  bytes < 1_048_576 ? `${whole(bytes / 1_024)} KiB` : `${(bytes / 1_048_576).toFixed(1)} MiB`

function Forecast({ binding: { forecast, verification } }: { readonly binding: Binding }) {
  return (
    <Part title="What it will do">
      <Facts
        of={[
          ['Blocks', forecast.blocks],
          ['Lock', wordsOf(forecast.lockClass)],
          ['Takes', range(forecast.durationMs, durationText)],
          ['Rows touched', range(forecast.rowsTouched, whole)],
          ['Written', range(forecast.bytesWritten, mebibytes)],
          ['Disk at its peak', range(forecast.diskPeakBytes, mebibytes)],
          ['Replicas lag', range(forecast.replicaLagSeconds, (seconds) => `${whole(seconds)} s`)],
          ['Estimated from', forecast.basis],
          [
            'Judged by',
            `${verification.metricName} (${verification.metricUnit}), ${verification.lowerIsBetter ? 'lower' : 'higher'} is better; ${spanText(verification.afterSeconds)} after against ${spanText(verification.beforeSeconds)} before, at least ${verification.minimumGainPercent} % better`,
          ],
        ]}
      />
    </Part>
  )
}

function Undo({ binding: { undo } }: { readonly binding: Binding }) {
  return (
    <Part title="How it is undone">
      {'whyNot' in undo ? (
        <Text className="call call-warning">It cannot be undone: {undo.whyNot}</Text>
      ) : (
        <Steps steps={[...undo.plan.guards, ...undo.plan.steps]} label="Undo statement" />
      )}
    </Part>
  )
}

function LastRuns({ of: { lastRuns } }: { readonly of: DecisionDetail }) {
  return (
    <Part title="The last runs of this action">
      {lastRuns.length === 0 ? (
        <EmptyState title="It has not run here before">There is no track record to go by.</EmptyState>
      ) : (
        <ul className="plain">
          {lastRuns.map((run) => (
            <li key={run.executionId} className="line">
              <Link to="/history/$executionId" params={{ executionId: String(run.executionId) }}>
                <CodeBadge code={run.executionOutcome ?? run.executionStatus} what="Outcome" />{' '}
                {run.verdict !== null && <CodeBadge code={run.verdict} what="Verdict" />} run{' '}
                {run.executionId}
              </Link>
              <span className="quiet">
                {run.targetName}, <Time at={run.queuedAt} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Part>
  )
}

function Votes({ of: { approvals, endings } }: { readonly of: DecisionDetail }) {
  if (approvals.length === 0 && endings.length === 0) return null
  return (
    <Part title="Votes">
      <ul className="plain">
        {approvals.map((vote) => (
          <li key={vote.approvalId} className="line">
            <span>
              <strong>{vote.adminUserId}</strong> <CodeBadge code={vote.approvalStatus} />{' '}
              {wordsOf(vote.approvalReason)}
              {vote.adminNotes !== null && `: ${vote.adminNotes}`}
            </span>
            <span className="quiet">
              <Time at={vote.approvalTimestamp} />
            </span>
          </li>
        ))}
        {endings.map((ending) => (
          <li key={ending.endedAt} className="line">
            <span>
              <strong>{ending.endedBy}</strong> <CodeBadge code={ending.ending} /> {ending.reason}
            </span>
            <span className="quiet">
              <Time at={ending.endedAt} />
            </span>
          </li>
        ))}
      </ul>
    </Part>
  )
}
