/** Where a person decides: the exact statements, what they rest on, what they will do; then how it went, live. */
import { Text } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { DecisionDetail } from '../../../src/server/api-types.ts'
import { write } from '../api/client.ts'
import { decisionQuery } from '../api/queries.ts'
import { CodeBadge } from '../parts/code-badge.tsx'
import { EvidenceList } from '../parts/evidence.tsx'
import { EmptyState, ProblemNotice, Reading } from '../parts/notices.tsx'
import { Page, Part } from '../parts/page.tsx'
import { durationText, Time } from '../parts/time.tsx'
import { wordsOf } from '../parts/words.ts'
import { useRights } from '../session/rights.ts'
import { AfterRunPart } from './after-run-part.tsx'
import { EndingPart } from './ending-part.tsx'
import { FollowPart } from './follow-part.tsx'
import { NextPlan } from './next-plan.tsx'
import { bindingOf, ForecastPart, PlanPart, UndoPart } from './plan-parts.tsx'
import { VotePart } from './vote-part.tsx'

const route = getRouteApi('/inside/decisions/$decisionId')

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
  const binding = bindingOf(of)
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
            {decision.decisionStatus === 'PENDING_APPROVAL' && (
              <>
                , until <Time at={decision.expiresAt} />
              </>
            )}
          </div>
        </>
      }
    >
      <NextPlan shown={of} />
      <FollowPart of={of} />
      <AfterRunPart of={of} />
      <PlanPart binding={binding} />
      <WhyPart of={of} seen={seen} onSeen={() => setSeen(true)} />
      <ForecastPart binding={binding} />
      <UndoPart binding={binding} />
      <LastRuns of={of} />
      <Votes of={of} />
      <VotePart detail={of} evidenceSeen={seen} />
      <EndingPart of={of} />
    </Page>
  )
}

interface Why {
  readonly of: DecisionDetail
  readonly seen: boolean
  readonly onSeen: () => void
}

function WhyPart({ of: { decision, analysis }, seen, onSeen }: Why) {
  const { may } = useRights()
  const { decisionId, planDigest, riskLevel, decisionStatus } = decision
  const record = useMutation({
    mutationFn: () => write('PUT', `/api/decisions/${decisionId}/reading`, { planDigest }),
    onSuccess: onSeen,
  })
  const votes = decisionStatus === 'PENDING_APPROVAL' && may('vote')
  // HIGH risk is not voted on before the record is made; for the others it tells the approval audit how long one read.
  const careful = riskLevel === 'HIGH' && votes
  const opened = (): void => {
    if (!careful) onSeen()
    if (votes && !seen && !record.isPending) record.mutate()
  }
  return (
    <Part title="Why">
      <Text>{decision.decisionRationale}</Text>
      <Text size="sm" className="quiet">
        Confidence {Math.round(decision.confidenceBasedScore * 100)} %, proposed by {decision.proposedBy}
      </Text>
      <details className="more" onToggle={(event) => event.currentTarget.open && opened()}>
        <summary>
          Evidence ({analysis?.evidence.length ?? 0})
          {decisionStatus === 'PENDING_APPROVAL' && ', to be opened before a vote'}
        </summary>
        {analysis === null ? (
          <EmptyState title="No analysis is recorded">A person asked for this action.</EmptyState>
        ) : (
          <EvidenceList claims={analysis.evidence} />
        )}
        {record.isSuccess && (
          <Text size="sm" className="quiet" role="status">
            That you opened it is on the audit chain.
          </Text>
        )}
      </details>
      {careful && record.error !== null && (
        <ProblemNotice error={record.error} again={() => record.mutate()} />
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
                {effectText(run)}
                {run.targetName}, <Time at={run.queuedAt} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Part>
  )
}

/** What a run did, as far as it is measured: `22 % better, took 1.2 s, `. */
function effectText({
  improvementPercent: gain,
  actualDurationMs: took,
}: DecisionDetail['lastRuns'][number]): string {
  const effect = gain === null ? '' : `${Math.abs(gain).toFixed(0)} % ${gain < 0 ? 'worse' : 'better'}, `
  return `${effect}${took === null ? '' : `took ${durationText(took)}, `}`
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
