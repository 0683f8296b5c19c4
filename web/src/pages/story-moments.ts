/** A story as one list of moments, oldest first; many events in a row become one. */
import type { Story } from '../../../src/server/api-types.ts'
import { durationText } from '../parts/time.tsx'
import { wordsOf } from '../parts/words.ts'

/** One moment. */
export interface Moment {
  readonly key: string
  readonly at: string
  /** Null: it did not last. */
  readonly until: string | null
  readonly title: string
  readonly code: string | null
  readonly text: string
  readonly link: { readonly kind: 'decision' | 'run'; readonly id: number } | null
}

const plain = { until: null, code: null, text: '', link: null } as const

/** The moments of a story. */
export function momentsOf(story: Story): readonly Moment[] {
  return [
    ...eventMoments(story.events),
    ...story.analyses.map((each) => ({
      ...plain,
      key: `analysis ${each.analysisId}`,
      at: each.analysedAt,
      title: each.analysisStatus === 'ABSTAINED' ? 'Analysed, no cause named' : 'Analysed',
      text: each.rootCauseHypothesis,
    })),
    ...story.decisions.flatMap(decisionMoments),
    ...story.lessons.map((each) => ({
      ...plain,
      key: `lesson ${each.learningRecordId}`,
      at: each.recordCreatedAt,
      title: each.learningComplete ? 'Learned' : 'Recorded, waits for a person’s review',
      text:
        each.metricImprovementPercent === null
          ? ''
          : `${each.metricName ?? 'The metric'} improved by ${each.metricImprovementPercent.toFixed(1)} %`,
    })),
  ].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
}

function eventMoments(events: Story['events']): Moment[] {
  const sorted = [...events].sort((a, b) => a.eventId - b.eventId)
  const runs: (typeof sorted)[] = []
  for (const event of sorted) {
    const run = runs.at(-1)
    if (run?.[0]?.eventKind === event.eventKind) run.push(event)
    else runs.push([event])
  }
  return runs.flatMap((run) => {
    const first = run[0]
    const last = run.at(-1)
    if (first === undefined || last === undefined) return []
    return [
      {
        ...plain,
        key: `event ${first.eventId}`,
        at: first.eventTimestamp,
        until: run.length > 1 ? last.eventTimestamp : null,
        title:
          run.length > 1 ? `${wordsOf(first.eventKind)}, ${run.length} windows` : wordsOf(first.eventKind),
        code: first.severityIndicator,
        text: `${last.metricName}: ${last.metricValue.toLocaleString()} ${last.metricUnit}, ${wordsOf(last.detectionSource).toLowerCase()}`,
      },
    ]
  })
}

function decisionMoments({
  decision,
  binding,
  approvals,
  endings,
  executions,
}: Story['decisions'][number]): Moment[] {
  const link = { kind: 'decision', id: decision.decisionId } as const
  return [
    {
      ...plain,
      key: `decision ${decision.decisionId}`,
      at: decision.createdAt,
      title: `Proposed: ${binding.action.name}`,
      code: decision.riskLevel,
      text: decision.decisionRationale,
      link,
    },
    ...approvals.map((vote) => ({
      ...plain,
      key: `vote ${vote.approvalId}`,
      at: vote.approvalTimestamp,
      title: `${vote.adminUserId} voted`,
      code: vote.approvalStatus,
      text: [wordsOf(vote.approvalReason), vote.adminNotes].filter((part) => part !== null).join(': '),
      link,
    })),
    ...endings.map((ending) => ({
      ...plain,
      key: `ending ${decision.decisionId} ${ending.endedAt}`,
      at: ending.endedAt,
      title: 'The plan ended',
      code: ending.ending,
      text: ending.reason,
      link,
    })),
    ...executions.flatMap(runMoments),
  ]
}

function runMoments({
  execution,
  verifications,
}: Story['decisions'][number]['executions'][number]): Moment[] {
  const link = { kind: 'run', id: execution.executionId } as const
  return [
    {
      ...plain,
      key: `run ${execution.executionId}`,
      at: execution.startedAt ?? execution.queuedAt,
      title: execution.purpose === 'UNDO' ? 'Undone' : 'Ran',
      code: execution.executionOutcome ?? execution.executionStatus,
      text: execution.executionErrors ?? `Took ${durationText(execution.actualDurationMs)}`,
      link,
    },
    ...verifications.map((each) => ({
      ...plain,
      key: `verdict ${each.verificationId}`,
      at: each.verifiedAt,
      title: 'Judged',
      code: each.verdict,
      text:
        each.metricBefore === null || each.metricAfter === null
          ? each.metricName
          : `${each.metricName}: ${each.metricBefore.toLocaleString()} before, ${each.metricAfter.toLocaleString()} after (${each.metricUnit})`,
      link,
    })),
  ]
}
