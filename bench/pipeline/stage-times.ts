/** How long each stage of the pipeline took for one issue, from the times the store set on its rows. Pure. */
import type { Story } from '../../src/app/index.ts'
import { toMs } from '../../src/core/time.ts'

/** The stages, in the order they happen. */
export const STAGES = [
  'event to issue',
  'issue to analysis',
  'analysis to decision',
  'approval to start',
  'execution',
  'execution, our own part',
  'end to verdict',
] as const
/** One of them. */
export type Stage = (typeof STAGES)[number]

/** ms by stage; a stage that was not reached is absent. Below the store's own clock steps a time may be 0. */
export type StageTimes = Partial<Readonly<Record<Stage, number>>>

/** The waits that are configured and are no work: taken out of the last stage, ms. */
export interface ConfiguredWaits {
  readonly settleMs: number
  readonly afterMs: number
}

/**
 * The stages of an issue's first approved decision. The wait for further windows before an issue opens is left out: the first
 * stage begins with the last event recorded before the issue. So are the person's time and the verdict's windows.
 */
export function stageTimes(story: Story, waits: ConfiguredWaits): StageTimes {
  const { issue } = story
  const opened = toMs(issue.openedAt)
  const event = story.events.map((e) => toMs(e.recordedAt)).filter((at) => at <= opened)
  const first = story.analyses.at(-1)
  const made = story.decisions.at(-1)
  const times: Partial<Record<Stage, number>> = {}
  if (event.length > 0) times['event to issue'] = opened - Math.max(...event)
  if (first !== undefined) times['issue to analysis'] = toMs(first.analysedAt) - opened
  if (made !== undefined) {
    const analysis = story.analyses.find((a) => a.analysisId === made.decision.analysisId)
    if (analysis !== undefined)
      times['analysis to decision'] = toMs(made.decision.createdAt) - toMs(analysis.analysedAt)
    Object.assign(times, runTimes(made, waits))
  }
  return times
}

function runTimes(made: Story['decisions'][number], waits: ConfiguredWaits): StageTimes {
  const approved = made.approvals.find((a) => a.approvalStatus === 'APPROVED')
  const run = made.executions.find((e) => e.execution.purpose === 'DO')
  if (approved === undefined || run?.execution.startedAt == null) return {}
  const { startedAt, finishedAt, steps } = run.execution
  const start = { 'approval to start': toMs(startedAt) - toMs(approved.approvalTimestamp) }
  if (finishedAt === null) return start
  const whole = toMs(finishedAt) - toMs(startedAt)
  const statements = steps
    .filter((step) => step.kind === 'statement' && step.endedAt !== null)
    .reduce((sum, step) => sum + toMs(step.endedAt ?? step.startedAt) - toMs(step.startedAt), 0)
  const verdict = run.verifications.at(-1)
  return {
    ...start,
    execution: whole,
    'execution, our own part': Math.max(0, whole - statements),
    ...(verdict === undefined
      ? {}
      : {
          'end to verdict': afterLastLook(toMs(verdict.verifiedAt) - toMs(finishedAt), waits),
        }),
  }
}

/** A run is looked at after each length of its after-window; a verdict may take more than one. */
function afterLastLook(sinceEndMs: number, { settleMs, afterMs }: ConfiguredWaits): number {
  const sinceSettled = sinceEndMs - settleMs
  return sinceSettled - Math.max(1, Math.floor(sinceSettled / afterMs)) * afterMs
}
