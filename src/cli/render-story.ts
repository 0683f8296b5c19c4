/** The story of one issue for a person at a terminal. */
import { type DecisionStory, isOnDisk, type Story } from '../app/index.ts'
import { decidedIn } from '../core/decided-in.ts'
import type { Analysis, Claim, Execution, Lesson, Verification } from '../core/nouns.ts'
import type { Forecast, Step } from '../core/plan.ts'
import { nextStep } from './next-step.ts'
import { renderVerification } from './render-verification.ts'
import { stepInShort, stepLines } from './statement.ts'
import { clip, paint, printable, round, utc, wrap } from './terminal.ts'

/** Everything about one issue, newest part last, as it happened; at the end what a person would do next. */
export function renderStory(story: Story): string {
  const { issue } = story
  const parts = [
    paint('bold', `Issue ${issue.issueId}  ${issue.severity}  ${issue.issueCategory}  ${issue.issueStatus}`),
    `${story.target?.targetName ?? `target ${issue.targetId}`}: ${printable(clip(issue.affectedResourceName, 160))}`,
    `opened ${utc(issue.openedAt)} UTC, seen ${issue.occurrenceCount} times${issue.recurrenceOfIssueId === null ? '' : `, again after issue ${issue.recurrenceOfIssueId}`}`,
    '',
    renderDetection(story),
    ...renderAnalyses([...story.analyses].reverse()),
    ...[...story.decisions].reverse().map(renderDecision),
    ...[...story.lessons].reverse().map(renderLesson),
    renderNext(story),
  ]
  return parts.filter((p) => p !== null).join('\n')
}

const heading = (text: string): string => paint(['bold', 'cyan'], text)

function renderNext(story: Story): string | null {
  const { lines } = nextStep(story)
  return lines.length === 0 ? null : [heading('NEXT'), ...lines.map((l) => `  ${l}`)].join('\n')
}

function renderDetection(story: Story): string {
  const shown = story.events.slice(0, 5).map((e) => {
    const value = `${e.metricName} ${round(e.metricValue)} ${e.metricUnit}`
    return `  ${utc(e.eventTimestamp)} UTC  ${e.severityIndicator.padEnd(8)} ${e.detectionSource}  ${e.ruleId}  ${value}`
  })
  const more = story.events.length > 5 ? [`  … and ${story.events.length - 5} more`] : []
  return [heading('DETECTED'), ...shown, ...more, ''].join('\n')
}

/** What an analysis names. A refused plan is recorded as an abstention that keeps its root cause. */
function named(analysis: Analysis): string {
  const { analysisStatus, rootCauseCode } = analysis
  if (analysisStatus !== 'ABSTAINED') return rootCauseCode
  const elsewhere = decidedIn(analysis)
  if (typeof elsewhere === 'number') return `decided in issue ${elsewhere}`
  return rootCauseCode === 'UNKNOWN' ? 'no root cause named' : `${rootCauseCode}, no plan possible`
}

const evidenceOf = ({ rootCauseHypothesis, evidence }: Analysis): string =>
  JSON.stringify([rootCauseHypothesis, evidence])

/**
 * Oldest first. Evidence is told once, where the newest was first seen; analyses before that, thought over since, are
 * a heading and their sentence.
 */
function renderAnalyses(analyses: readonly Analysis[]): string[] {
  const newest = analyses.at(-1)
  if (newest === undefined) return []
  const told = analyses.findLastIndex((a) => evidenceOf(a) !== evidenceOf(newest)) + 1
  return analyses.map((analysis, i) => {
    const reasons = i === told ? renderReasons(analysis) : i > told ? ['    evidence as above'] : []
    return [
      heading(
        `ANALYSED  ${named(analysis)}, confidence ${analysis.confidenceScore.toFixed(2)} (by ${analysis.analyzer}, ${utc(analysis.analysedAt)} UTC)`,
      ),
      ...(i > told ? [] : [wrap(analysis.rootCauseHypothesis, '  ')]),
      ...(i < told ? [] : [wrap(analysis.recommendationSummary, '  ')]),
      ...reasons,
      '',
    ].join('\n')
  })
}

function renderReasons({ evidence, competingHypotheses }: Analysis): string[] {
  // That a gap of our own was ruled out says nothing of the server: UNKNOWN names no cause.
  const rivals = competingHypotheses.filter((h) => h.lostBecause !== null && h.rootCauseCode !== 'UNKNOWN')
  const alike = [...Map.groupBy(evidence, (c: Claim) => `${c.claim}  [${c.source}]`)]
  return [
    ...alike.map(([text, claims]) => wrap(`${claims.map((c) => c.id).join(', ')}  ${text}`, '    ')),
    ...rivals.map((h) => wrap(`not ${h.rootCauseCode}: ${h.lostBecause}`, '    ')),
  ]
}

function renderDecision(story: DecisionStory): string {
  const { decision, binding } = story
  return [
    heading(
      `DECISION ${decision.decisionId}  ${binding.action.name}  ${decision.riskLevel} risk  ${decision.decisionStatus}`,
    ),
    wrap(decision.decisionRationale, '  '),
    `  ${wouldDo(binding.target.engine)}`,
    ...[...binding.guards, ...binding.steps].flatMap((s) => [...renderStep(s), ...renderCondition(s)]),
    ...renderUndo(binding.undo),
    ...renderForecast(binding.forecast),
    `  plan digest ${decision.planDigest}, valid until ${utc(decision.expiresAt)} UTC`,
    ...story.approvals.map(
      (a) =>
        `  ${paint('bold', a.approvalStatus)} by ${a.adminUserId} at ${utc(a.approvalTimestamp)} UTC (${a.approvalReason}${a.adminNotes === null ? '' : `: ${printable(a.adminNotes)}`})`,
    ),
    ...story.endings.map(
      (e) => `  ${e.ending} by ${e.endedBy} at ${utc(e.endedAt)} UTC: ${printable(e.reason)}`,
    ),
    '',
    ...[...story.executions].reverse().map((e) => renderExecution(e.execution, e.verifications)),
  ].join('\n')
}

function wouldDo(engine: string): string {
  if (engine === 'source') return 'It would write:'
  return isOnDisk(engine) ? 'It would run, on this file only:' : 'It would run, on this server only:'
}

function renderStep(step: Step): readonly string[] {
  const lines = stepLines(step.text)
  const [only = ''] = lines
  if (lines.length > 1) return lines.map((line) => `    ${line}`)
  return [`    ${paint(step.kind === 'guard' ? 'dim' : 'yellow', only)}`]
}

/** What a statement is asked to find right before it is sent: whom it would end, for a person who decides. */
function renderCondition({ onlyIf }: Step): string[] {
  if (onlyIf === null || onlyIf === undefined) return []
  const facts = Object.entries(onlyIf.question.params)
    .filter(([, value]) => typeof value === 'string' || typeof value === 'number')
    .map(([name, value]) => `${name} ${clip(printable(String(value)), 40)}`)
  const what = facts.length === 0 ? 'what was approved is still so' : `it still is: ${facts.join(', ')}`
  return [wrap(`sent only if, asked right before, ${what}`, '      ')]
}

function renderUndo(undo: DecisionStory['binding']['undo']): string[] {
  return 'plan' in undo
    ? ['  Undo:', ...undo.plan.steps.flatMap(renderStep)]
    : [wrap(`No undo: ${undo.whyNot}`, '  ')]
}

function renderForecast(f: Forecast): string[] {
  const span = (i: Forecast['durationMs'], unit: string): string =>
    `${round(i.expected)} ${unit} (${round(i.low)} to ${round(i.high)})`
  return [
    `  Forecast: lock ${f.lockClass}; ${printable(f.blocks)}`,
    `    duration ${span(f.durationMs, 'ms')}, disk peak ${span(f.diskPeakBytes, 'bytes')}`,
  ]
}

function renderExecution(execution: Execution, verifications: readonly Verification[]): string {
  return [
    heading(
      `${execution.purpose === 'DO' ? 'EXECUTED' : 'UNDONE'}  ${execution.executionOutcome ?? execution.executionStatus}  by ${execution.executedBy}${execution.actualDurationMs === null ? '' : ` in ${execution.actualDurationMs} ms`}`,
    ),
    ...execution.steps.map(
      (s) =>
        `    ${s.ok === true ? '✓' : s.ok === false ? '✗' : '?'} ${stepInShort(s.statement)}${s.messages.length > 0 ? `  (${printable(s.messages[0]?.text ?? '')})` : ''}`,
    ),
    ...(execution.executionErrors === null ? [] : [wrap(execution.executionErrors, '  ')]),
    ...[...verifications].reverse().map(renderVerification),
    '',
  ].join('\n')
}

function renderLesson(lesson: Lesson): string {
  const resolved = lesson.issueResolvedFlag ?? lesson.machineResolvedFlag
  return [
    heading(`LEARNED  lesson ${lesson.learningRecordId}`),
    `  predicted ${lesson.predictedConfidence.toFixed(2)}, ${resolved === null ? 'undecided' : resolved ? 'resolved' : 'not resolved'}${lesson.aiConfidenceAccuracy === null ? '' : `, accuracy ${lesson.aiConfidenceAccuracy.toFixed(4)}`}${lesson.learningComplete ? `, reviewed by ${lesson.assessedBy ?? 'nobody'}` : '; not reviewed yet (dbmedic learn)'}`,
    '',
  ].join('\n')
}
