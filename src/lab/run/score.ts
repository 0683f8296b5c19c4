/** Scores a run: what had to be found, named, done and brought against what was. Pure; every check has its finding. */
import type { Story } from '../../app/index.ts'
import type { CapabilityReport } from '../../core/observer.ts'
import { effectText } from '../report/effect-text.ts'
import type { Scenario } from '../scenario/shape.ts'
import { concerns, type Followed } from './follow-issue.ts'
import type { MeasuredEffect } from './measure-effect.ts'

/** One thing that had to hold. */
export interface Check {
  readonly what: string
  readonly ok: boolean
  readonly found: string
}

/** Everything a score is made from. */
export interface ScoreInput {
  readonly scenario: Scenario
  /** Stories of issues opened before the fault (or at any time in a control). */
  readonly early: readonly Story[]
  readonly followed: readonly Followed[]
  /** Stories of every issue at the end. */
  readonly stories: readonly Story[]
  readonly effect: MeasuredEffect | null
  /** What became of the action that must be refused; null if none was asked for. */
  readonly refusedBecause: string | null
  /** What was said of each capability at the end; empty if no gap was expected. */
  readonly capabilities: readonly CapabilityReport[]
  /** Connections of the sessions an action may have to be about. */
  readonly connectionsOf: (session: string) => ReadonlySet<string>
}

/** Every check of a scenario, in the order things happen. */
export function score(input: ScoreInput): readonly Check[] {
  const { scenario } = input
  return [
    calm(input),
    ...input.followed.flatMap((f) => issueChecks(f, input.connectionsOf)),
    ...(scenario.fault.control ? [] : [unexpected(input)]),
    ...scenario.expect.traps.map((trap) => avoided(trap, input.stories)),
    ...input.scenario.expect.gaps.map((id) => gapNamed(id, input.capabilities)),
    ...refusal(input),
    ...effectCheck(input),
  ]
}

const nameOf = ({ issue, analyses, decisions }: Story): string =>
  `${issue.issueCategory} on ${issue.affectedResourceName.slice(0, 80)} (${issue.ruleId}): ${analyses.at(-1)?.rootCauseCode ?? 'not analysed'}${decisions.length > 0 ? `, ${decisions.map((d) => d.binding.action.name).join(', ')} proposed` : ''}`

function calm({ early, scenario }: ScoreInput): Check {
  const { control } = scenario.fault
  const strange = early.filter((s) => !control || !isStatedSymptom(s, scenario))
  return {
    what: control ? 'no issue on a healthy server' : 'no issue before the fault',
    ok: strange.length === 0,
    found: early.length === 0 ? 'none' : early.map(nameOf).join('; '),
  }
}

/** Whether the scenario says that such an issue may be opened, and nothing was proposed for it. */
export const isStatedSymptom = ({ issue, decisions }: Story, { expect }: Pick<Scenario, 'expect'>): boolean =>
  decisions.length === 0 &&
  expect.alongside.some(
    ({ category, resource }) =>
      category === issue.issueCategory && issue.affectedResourceName.includes(resource ?? ''),
  )

function issueChecks(f: Followed, connectionsOf: ScoreInput['connectionsOf']): Check[] {
  return [foundCheck(f), causeCheck(f), actionCheck(f), ...consequenceChecks(f, connectionsOf)]
}

function foundCheck(f: Followed): Check {
  return {
    what: `${f.expected.category} found`,
    ok: f.issue !== null,
    found: f.issue === null ? (f.problem ?? 'no') : seconds(f.eventAfterMs),
  }
}

function causeCheck(f: Followed): Check {
  const { category, rootCause } = f.expected
  return {
    what: `${category} root cause ${rootCause}`,
    ok:
      rootCause === 'UNKNOWN'
        ? f.analysis?.analysisStatus === 'ABSTAINED'
        : f.analysis?.analysisStatus === 'COMPLETED' && f.analysis.rootCauseCode === rootCause,
    found: causeOf(f),
  }
}

function actionCheck(f: Followed): Check {
  const { category, action } = f.expected
  return {
    what: `${category} ${action === null ? 'nothing proposed' : `proposed ${action}`}`,
    ok: f.issue !== null && f.actionName === action,
    found: f.actionName ?? (action === null ? 'nothing' : (f.problem ?? 'nothing')),
  }
}

/** What is only checked where the scenario states it: risk, the session an action is about, the verdict. */
function consequenceChecks(f: Followed, connectionsOf: ScoreInput['connectionsOf']): Check[] {
  const { category: of, risk, binds, verdict } = f.expected
  const checks: Check[] = []
  if (risk !== undefined && f.decision !== null) {
    const { riskLevel } = f.decision
    checks.push({ what: `${of} risk ${risk}`, ok: riskLevel === risk, found: riskLevel })
  }
  if (binds !== undefined)
    checks.push({
      what: `${of} action is about session ${binds}`,
      ok: f.connectionId !== null && connectionsOf(binds).has(f.connectionId),
      found: f.connectionId === null ? 'no connection' : `connection ${f.connectionId}`,
    })
  if (verdict !== undefined)
    checks.push({ what: `${of} verdict ${verdict}`, ok: f.verdict?.verdict === verdict, found: verdictOf(f) })
  return checks
}

const seconds = (ms: number | null): string => (ms === null ? 'unknown' : `${(ms / 1000).toFixed(1)} s`)

function causeOf(f: Followed): string {
  if (f.analysis === null) return 'no analysis'
  const sure = f.analysis.confidenceScore.toFixed(2)
  if (f.analysis.analysisStatus === 'COMPLETED') return `${f.analysis.rootCauseCode} (${sure})`
  return `abstained: ${f.analysis.rootCauseHypothesis} ${f.analysis.recommendationSummary}`.slice(0, 400)
}

function verdictOf(f: Followed): string {
  if (f.verdict === null) return f.problem ?? 'none'
  const { verdict, improvementPercent, intervalLowPercent, intervalHighPercent } = f.verdict
  if (improvementPercent === null) return verdict
  return `${verdict}, ${improvementPercent.toFixed(1)} % (${intervalLowPercent?.toFixed(1) ?? '?'} to ${intervalHighPercent?.toFixed(1) ?? '?'})`
}

/** Issues that are neither expected nor a stated symptom, and anything proposed for a symptom. */
function unexpected({ scenario, stories, followed }: ScoreInput): Check {
  const { issues } = scenario.expect
  const followedIds = new Set(followed.map((f) => f.issue?.issueId))
  const others = stories.filter(
    (s) => !followedIds.has(s.issue.issueId) && s.issue.ruleId !== 'mysql/manual-request',
  )
  const strange = others.filter(
    (s) => !issues.some((expected) => concerns(expected, s.issue)) && !isStatedSymptom(s, scenario),
  )
  return {
    what: 'no other issue, nothing else proposed',
    ok: strange.length === 0,
    found: strange.length === 0 ? `${others.length} allowed symptom(s)` : strange.map(nameOf).join('; '),
  }
}

function avoided(trap: Scenario['expect']['traps'][number], stories: readonly Story[]): Check {
  const fell = stories.filter(
    (s) =>
      (trap.action !== undefined && s.decisions.some((d) => d.binding.action.name === trap.action)) ||
      (trap.rootCause !== undefined && s.analyses.some((a) => a.rootCauseCode === trap.rootCause)),
  )
  return {
    what: `trap avoided: ${trap.action ?? trap.rootCause ?? ''} (${trap.why})`,
    ok: fell.length === 0,
    found: fell.length === 0 ? 'avoided' : fell.map(nameOf).join('; '),
  }
}

/** What cannot be seen must be said, with what follows from it and what gives it back. */
function gapNamed(id: string, capabilities: readonly CapabilityReport[]): Check {
  const said = capabilities.find((c) => c.id === id)
  return {
    what: `says that it lacks ${id}, and what gives it`,
    ok: said !== undefined && said.available !== true && said.consequence !== '' && said.remedy.length > 0,
    found:
      said === undefined
        ? 'nothing is said of it'
        : `${said.available === true ? 'it is there' : 'not there'}: ${said.found}; ${said.remedy.join(' | ')}`.slice(
            0,
            300,
          ),
  }
}

function refusal({ scenario, refusedBecause }: ScoreInput): Check[] {
  const { refused } = scenario.expect
  if (refused === undefined) return []
  return [
    {
      what: `${refused.action} refused`,
      ok: refusedBecause !== null && new RegExp(refused.because, 'i').test(refusedBecause),
      found: refusedBecause ?? 'it was not refused',
    },
  ]
}

function effectCheck({ scenario, effect }: ScoreInput): Check[] {
  if (scenario.expect.effect === undefined) return []
  return [
    {
      what: `effect on ${scenario.expect.effect.measure} of ${scenario.expect.effect.of}`,
      ok: effect?.reached === true,
      found: effect === null ? 'nothing to measure' : effectText(effect),
    },
  ]
}
