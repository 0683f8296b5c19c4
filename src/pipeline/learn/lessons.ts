/** What a run taught, computed from its rows: the learn stage's half of a learning record. */
import type { Execution, Issue, Verification } from '../../core/nouns.ts'
import type { LearnPort } from '../../core/store-ports.ts'
import { toMs } from '../../core/time.ts'

type NewLesson = Parameters<LearnPort['insertLesson']>[0]

/** The newest verdict that is decided; else the newest; null if there is none. */
export function decisiveVerdict(verifications: readonly Verification[]): Verification | null {
  const newestFirst = [...verifications].sort((a, b) => b.verificationId - a.verificationId)
  return newestFirst.find((v) => v.verdict !== 'undecided') ?? newestFirst[0] ?? null
}

/**
 * The computed columns of one lesson. Resolved by machine: improved; not resolved: no effect, regressed or
 * a run that failed; undecided or never run: unknown, and excluded from training.
 */
export function lessonOf(
  ids: { readonly issueId: number; readonly decisionId: number },
  issue: Issue,
  run: { readonly execution: Execution; readonly verifications: readonly Verification[] } | null,
): NewLesson {
  const verdict = run === null ? null : decisiveVerdict(run.verifications)
  return {
    ...ids,
    executionId: run?.execution.executionId ?? null,
    ...(verdict === null ? UNMEASURED : measured(verdict)),
    machineResolvedFlag: resolved(run?.execution ?? null, verdict),
    timeToResolutionSeconds:
      verdict?.verdict === 'improved' ? (toMs(verdict.verifiedAt) - toMs(issue.openedAt)) / 1000 : null,
  }
}

const UNMEASURED = {
  metricName: null,
  metricUnit: null,
  metricBefore: null,
  metricAfter: null,
  samplesBefore: null,
  samplesAfter: null,
  lowerIsBetter: null,
  metricImprovementPercent: null,
} as const

const measured = (verdict: Verification) => ({
  metricName: verdict.metricName,
  metricUnit: verdict.metricUnit,
  metricBefore: verdict.metricBefore,
  metricAfter: verdict.metricAfter,
  samplesBefore: verdict.samplesBefore,
  samplesAfter: verdict.samplesAfter,
  lowerIsBetter: verdict.lowerIsBetter,
  metricImprovementPercent: verdict.improvementPercent,
})

function resolved(execution: Execution | null, verdict: Verification | null): boolean | null {
  if (execution === null) return null
  if (verdict !== null && verdict.verdict !== 'undecided') return verdict.verdict === 'improved'
  if (execution.executionStatus === 'FAILED' && execution.executionOutcome === 'FAILED') return false
  return null
}

/** Writes the lessons that are due. Gives how many. */
export async function writeLessons(port: LearnPort, limit: number): Promise<number> {
  const due = await port.unlearned(limit)
  let written = 0
  for (const item of due) {
    const issue = await port.read.issue(item.issueId)
    if (issue === null) continue
    const executions = await port.read.executions({ decisionId: item.decisionId, limit: 10 })
    const execution = executions.find((e) => e.executionId === item.executionId) ?? null
    const run =
      execution === null
        ? null
        : { execution, verifications: await port.read.verifications(execution.executionId) }
    await port.insertLesson(lessonOf({ issueId: item.issueId, decisionId: item.decisionId }, issue, run))
    written += 1
  }
  return written
}
