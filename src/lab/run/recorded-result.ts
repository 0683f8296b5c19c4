/** A lab run as it is kept in results.json: everything the report is made from, and nothing of the running system. */
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { DbmedicError } from '../../core/errors.ts'
import type { RootCauseCode } from '../../core/vocabulary.ts'
import type { Followed } from './follow-issue.ts'
import type { MeasuredEffect } from './measure-effect.ts'
import type { ScenarioResult } from './run-scenario.ts'
import type { SameSame } from './same-same.ts'
import type { Check } from './score.ts'

/** What became of one expected issue. Times in ms after the fault. */
export interface RecordedIssue {
  readonly category: string
  readonly expectedRootCause: RootCauseCode
  readonly expectedAction: string | null
  readonly found: boolean
  readonly eventAfterMs: number | null
  readonly explainedAfterMs: number | null
  readonly decidedAfterMs: number | null
  /** Named above the threshold of abstention; null if the analysis abstained or there is none. */
  readonly rootCause: string | null
  readonly abstained: boolean
  /** Root causes by confidence, likeliest first, lost ones included. */
  readonly ranked: readonly string[]
  readonly confidence: number | null
  readonly action: string | null
  readonly risk: string | null
  readonly problem: string | null
  readonly verdict: string | null
  readonly expectedVerdict: string | null
  readonly improvementPercent: number | null
  readonly intervalPercent: readonly [number | null, number | null]
  /** Of the plan's own statements, ms. */
  readonly durationMs: number | null
  readonly forecastMs: { readonly low: number; readonly expected: number; readonly high: number } | null
}

/** An issue nobody expected. */
export interface RecordedSurprise {
  readonly category: string
  readonly resource: string
  readonly rule: string
  readonly rootCause: string | null
  readonly actions: readonly string[]
  /** A symptom the scenario states, for which nothing was proposed. */
  readonly allowed: boolean
}

/** One run. */
export interface RecordedResult {
  readonly name: string
  readonly title: string
  readonly number: number | null
  readonly kind: 'single' | 'compound' | 'control'
  readonly seed: number
  readonly drawn: Readonly<Record<string, string | number>>
  readonly flavour: string
  readonly version: string
  readonly passed: boolean
  readonly seconds: number
  /** What the run was configured with, apart from the shipped configuration. */
  readonly configuration: unknown
  readonly checks: readonly Check[]
  readonly issues: readonly RecordedIssue[]
  readonly others: readonly RecordedSurprise[]
  readonly effect: MeasuredEffect | null
  /** The same measure where the textbook remedy was applied, and where nothing was done. */
  readonly oracle: MeasuredEffect | null
  readonly nothing: MeasuredEffect | null
  readonly sameSame: SameSame | null
}

/** A result as it is kept. */
export function recordOf(r: ScenarioResult): RecordedResult {
  const { followed, stories, scenario, ...rest } = r
  const followedIds = new Set(followed.map((f) => f.issue?.issueId))
  return {
    ...rest,
    name: scenario.name,
    title: scenario.fault.title,
    number: scenario.fault.number,
    kind: kindOf(r),
    seed: scenario.seed,
    drawn: scenario.drawn,
    issues: followed.map(issueOf),
    others: stories
      .filter((s) => !followedIds.has(s.issue.issueId) && s.issue.ruleId !== 'mysql/manual-request')
      .map((s) => ({
        category: s.issue.issueCategory,
        resource: s.issue.affectedResourceName.slice(0, 120),
        rule: s.issue.ruleId,
        rootCause: s.analyses.at(-1)?.rootCauseCode ?? null,
        actions: s.decisions.map((d) => d.binding.action.name),
        allowed:
          s.decisions.length === 0 &&
          [...scenario.expect.alongside, ...scenario.expect.issues].some(
            (a) => a.category === s.issue.issueCategory,
          ),
      })),
  }
}

function kindOf({ scenario }: ScenarioResult): RecordedResult['kind'] {
  if (scenario.fault.control) return 'control'
  return scenario.fault.compound ? 'compound' : 'single'
}

function issueOf(f: Followed): RecordedIssue {
  return {
    category: f.expected.category,
    expectedRootCause: f.expected.rootCause,
    expectedAction: f.expected.action,
    expectedVerdict: f.expected.verdict ?? null,
    found: f.issue !== null,
    eventAfterMs: f.eventAfterMs,
    explainedAfterMs: f.explainedAfterMs,
    decidedAfterMs: f.decidedAfterMs,
    ...causesOf(f),
    action: f.actionName,
    risk: f.decision?.riskLevel ?? null,
    problem: f.problem,
    ...verdictOf(f),
    durationMs: f.ran === null ? null : f.ran.toMs - f.ran.fromMs,
    forecastMs: f.forecastMs,
  }
}

function causesOf({
  analysis,
}: Followed): Pick<RecordedIssue, 'rootCause' | 'abstained' | 'ranked' | 'confidence'> {
  if (analysis === null) return { rootCause: null, abstained: false, ranked: [], confidence: null }
  const named = analysis.analysisStatus === 'COMPLETED'
  const competing = [...analysis.competingHypotheses].sort((a, b) => b.confidence - a.confidence)
  const all = [...(named ? [analysis.rootCauseCode] : []), ...competing.map((h) => h.rootCauseCode)]
  return {
    rootCause: named ? analysis.rootCauseCode : null,
    abstained: analysis.analysisStatus === 'ABSTAINED',
    ranked: [...new Set(all)],
    confidence: analysis.confidenceScore,
  }
}

const verdictOf = ({
  verdict,
}: Followed): Pick<RecordedIssue, 'verdict' | 'improvementPercent' | 'intervalPercent'> => ({
  verdict: verdict?.verdict ?? null,
  improvementPercent: verdict?.improvementPercent ?? null,
  intervalPercent: [verdict?.intervalLowPercent ?? null, verdict?.intervalHighPercent ?? null],
})

/** What a run is known by when a cut-off series of runs is continued. */
export const runKey = (r: Pick<RecordedResult, 'name' | 'flavour' | 'seed'>): string =>
  `${r.name} ${r.flavour} ${r.seed}`

const kept = z.array(
  z.looseObject({
    name: z.string(),
    flavour: z.string(),
    seed: z.int(),
    passed: z.boolean(),
    checks: z.array(z.looseObject({})),
    issues: z.array(z.looseObject({})),
    others: z.array(z.looseObject({})),
  }),
)

/** Reads results.json of an earlier series; empty where there is none. @throws DbmedicError DBM_USAGE if it is not one */
export function readRecorded(path: string): RecordedResult[] {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return []
  }
  try {
    return kept.parse(JSON.parse(text)) as unknown as RecordedResult[]
  } catch (error) {
    throw new DbmedicError(
      'DBM_USAGE',
      {
        problem: `${path} holds no results of this version of the lab`,
        hint: 'Name another folder, or run without --resume, which writes it anew.',
      },
      error,
    )
  }
}
