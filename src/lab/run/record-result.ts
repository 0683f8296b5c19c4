/** What of a run is kept: the figures the report is made from and, in bounds, the evidence each answer rested on. */
import type { DecisionStory, Story } from '../../app/index.ts'
import type { Analysis, Claim, DetectionEvent } from '../../core/nouns.ts'
import type { RecordedClaim, RecordedIssue, RecordedResult, RecordedSurprise } from '../report/recorded.ts'
import type { Followed } from './follow-issue.ts'
import type { ScenarioResult } from './run-scenario.ts'
import { isStatedSymptom } from './score.ts'

/** Bounds of what is kept of one analysis. */
const KEPT = { claims: 20, valueLength: 200, textLength: 600, events: 3 } as const

/** A result as it is kept. */
export function recordOf(r: ScenarioResult): RecordedResult {
  const { followed, stories, scenario, ...rest } = r
  const followedIds = new Set(followed.map((f) => f.issue?.issueId))
  return {
    ...rest,
    checks: [...r.checks],
    name: scenario.name,
    title: scenario.fault.title,
    number: scenario.fault.number,
    kind: kindOf(r),
    seed: scenario.seed,
    drawn: scenario.drawn,
    issues: followed.map((f) => issueOf(f, r)),
    others: stories
      .filter((s) => !followedIds.has(s.issue.issueId) && s.issue.ruleId !== 'mysql/manual-request')
      .map((s) => surpriseOf(s, r)),
  }
}

function kindOf({ scenario }: ScenarioResult): RecordedResult['kind'] {
  if (scenario.fault.control) return 'control'
  return scenario.fault.compound ? 'compound' : 'single'
}

/** A further issue of a kind that is expected, for which nothing was proposed. */
const isAnother = ({ issue, decisions }: Story, { expect }: ScenarioResult['scenario']): boolean =>
  decisions.length === 0 && expect.issues.some(({ category }) => category === issue.issueCategory)

function surpriseOf(s: Story, { scenario }: ScenarioResult): RecordedSurprise {
  const first = s.analyses.at(-1) ?? null
  return {
    category: s.issue.issueCategory,
    resource: s.issue.affectedResourceName.slice(0, 120),
    rule: s.issue.ruleId,
    rootCause: first?.rootCauseCode ?? null,
    abstained: first?.analysisStatus === 'ABSTAINED',
    actions: s.decisions.map((d) => d.binding.action.name),
    allowed: isStatedSymptom(s, scenario) || isAnother(s, scenario),
    ...reasoningOf(first),
    events: s.events.slice(0, KEPT.events).map(eventText),
  }
}

const eventText = (e: DetectionEvent): string =>
  `${e.metricName} ${Number(e.metricValue.toPrecision(4))} ${e.metricUnit}`

function issueOf(f: Followed, r: ScenarioResult): RecordedIssue {
  return {
    category: f.expected.category,
    resource: f.issue?.affectedResourceName.slice(0, 120) ?? null,
    expectedRootCause: f.expected.rootCause,
    expectedAction: f.expected.action,
    expectedVerdict: f.expected.verdict ?? null,
    found: f.issue !== null,
    eventAfterMs: f.eventAfterMs,
    openedAfterMs: f.openedAfterMs,
    explainedAfterMs: f.explainedAfterMs,
    decidedAfterMs: f.decidedAfterMs,
    ...causesOf(f),
    ...reasoningOf(f.analysis),
    action: f.actionName,
    risk: f.decision?.riskLevel ?? null,
    problem: f.problem,
    rightSession: rightSession(f, r),
    ...verdictOf(f),
    ...planOf(f, r.stories),
  }
}

/** The scorer's finding on whom the action was about; null where the scenario binds nobody or nothing was proposed. */
function rightSession(f: Followed, { checks }: ScenarioResult): boolean | null {
  if (f.expected.binds === undefined || f.connectionId === null) return null
  const what = `${f.expected.category} action is about session ${f.expected.binds}`
  return checks.find((c) => c.what === what)?.ok ?? null
}

function causesOf({ analysis }: Followed): Pick<RecordedIssue, 'rootCause' | 'abstained' | 'ranked'> {
  if (analysis === null) return { rootCause: null, abstained: false, ranked: [] }
  const named = analysis.analysisStatus === 'COMPLETED'
  const competing = [...analysis.competingHypotheses].sort((a, b) => b.confidence - a.confidence)
  const all = [...(named ? [analysis.rootCauseCode] : []), ...competing.map((h) => h.rootCauseCode)]
  return {
    rootCause: named ? analysis.rootCauseCode : null,
    abstained: analysis.analysisStatus === 'ABSTAINED',
    ranked: [...new Set(all)],
  }
}

type Reasoning = Pick<
  RecordedIssue,
  'confidence' | 'hypothesis' | 'recommendation' | 'evidence' | 'competing'
>

function reasoningOf(analysis: Analysis | null): Reasoning {
  if (analysis === null)
    return { confidence: null, hypothesis: null, recommendation: null, evidence: [], competing: [] }
  return {
    confidence: analysis.confidenceScore,
    hypothesis: analysis.rootCauseHypothesis.slice(0, KEPT.textLength),
    recommendation: analysis.recommendationSummary.slice(0, KEPT.textLength),
    evidence: analysis.evidence.slice(0, KEPT.claims).map(claimOf),
    competing: analysis.competingHypotheses.map((h) => ({
      rootCause: h.rootCauseCode,
      confidence: h.confidence,
      lostBecause: h.lostBecause?.slice(0, KEPT.textLength) ?? null,
    })),
  }
}

const claimOf = (c: Claim): RecordedClaim => ({
  id: c.id,
  claim: c.claim.slice(0, KEPT.textLength),
  source: c.source.slice(0, KEPT.valueLength),
  value: JSON.stringify(c.value).slice(0, KEPT.valueLength),
  unit: c.unit,
})

type Judged = Pick<RecordedIssue, 'verdict' | 'because' | 'improvementPercent' | 'intervalPercent' | 'guards'>

const UNJUDGED: Judged = {
  verdict: null,
  because: null,
  improvementPercent: null,
  intervalPercent: [null, null],
  guards: [],
}

function verdictOf({ verdict }: Followed): Judged {
  if (verdict === null) return UNJUDGED
  const details = (verdict.details ?? {}) as { readonly because?: unknown; readonly guards?: unknown }
  return {
    verdict: verdict.verdict,
    because: typeof details.because === 'string' ? details.because.slice(0, KEPT.textLength) : null,
    improvementPercent: verdict.improvementPercent,
    intervalPercent: [verdict.intervalLowPercent, verdict.intervalHighPercent],
    guards: Array.isArray(details.guards) ? (details.guards as RecordedIssue['guards']) : [],
  }
}

type Planned = Pick<
  RecordedIssue,
  'outcome' | 'errors' | 'durationMs' | 'forecastMs' | 'lockClass' | 'blocks' | 'lockGuardMs'
>

function planOf(f: Followed, stories: readonly Story[]): Planned {
  const made = stories
    .find((s) => s.issue.issueId === f.issue?.issueId)
    ?.decisions.find((d) => d.decision.decisionId === f.decision?.decisionId)
  const timed = { durationMs: f.ran === null ? null : f.ran.toMs - f.ran.fromMs, forecastMs: f.forecastMs }
  if (made === undefined)
    return { ...timed, outcome: null, errors: null, lockClass: null, blocks: null, lockGuardMs: null }
  const run = made.executions.findLast((e) => e.execution.purpose === 'DO')?.execution
  const { lockClass, blocks } = made.binding.forecast
  return {
    ...timed,
    outcome: run?.executionOutcome ?? null,
    errors: run?.executionErrors?.slice(0, KEPT.textLength) ?? null,
    lockClass,
    blocks,
    lockGuardMs: lockGuardMs(made.binding),
  }
}

/** The plan's own bound of waiting for a lock; null where it waits for none. */
function lockGuardMs({ guards }: DecisionStory['binding']): number | null {
  const seconds = guards.flatMap(({ text }) => /\block_wait_timeout\s*=\s*(\d+)/.exec(text)?.[1] ?? [])
  return seconds.length === 0 ? null : Math.max(...seconds.map(Number)) * 1000
}
