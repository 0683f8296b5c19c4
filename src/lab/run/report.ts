/** Results of lab runs as text for people and as data for machines. */

import type { ScenarioResult } from './run-scenario.ts'
import { effectText } from './score.ts'

/** One row of a table of results. */
export interface ResultRow {
  readonly scenario: string
  readonly server: string
  readonly result: 'pass' | 'FAIL'
  readonly found: string
  readonly decided: string
  readonly rootCause: string
  readonly action: string
  readonly verdict: string
  readonly effect: string
  readonly reference: string
}

const seconds = (ms: number | null | undefined): string => (ms == null ? '-' : `${(ms / 1000).toFixed(1)} s`)

/** The row of one result; a scenario with several issues joins them. */
export function resultRow(r: ScenarioResult): ResultRow {
  const join = (values: readonly string[]): string => (values.length === 0 ? '-' : values.join(' / '))
  return {
    scenario: r.number === null ? r.name : `${r.number} ${r.name}`,
    server: r.version,
    result: r.passed ? 'pass' : 'FAIL',
    found: join(r.followed.map((f) => seconds(f.eventAfterMs))),
    decided: join(r.followed.map((f) => seconds(f.decidedAfterMs ?? f.explainedAfterMs))),
    rootCause: join(r.followed.map((f) => f.analysis?.rootCauseCode ?? '-')),
    action: join(r.followed.map((f) => f.actionName ?? 'none (advice)')),
    verdict: join(r.followed.map((f) => verdict(f))),
    effect: r.effect === null ? '-' : effectText(r.effect),
    reference: r.effect?.reference ?? '-',
  }
}

function verdict(f: ScenarioResult['followed'][number]): string {
  if (f.verdict === null) return '-'
  const percent = f.verdict.improvementPercent
  return percent === null ? f.verdict.verdict : `${f.verdict.verdict} ${percent.toFixed(1)} %`
}

/** What failed, a line a check. */
export const failures = (r: ScenarioResult): readonly string[] =>
  r.checks.filter((c) => !c.ok).map((c) => `${r.name} on ${r.version}: ${c.what}: ${c.found}`)

const COLUMNS = [
  ['fault', 'scenario'],
  ['server', 'server'],
  ['result', 'result'],
  ['to event', 'found'],
  ['to decision', 'decided'],
  ['root cause', 'rootCause'],
  ['action', 'action'],
  ['verdict', 'verdict'],
  ['measured by the clients', 'effect'],
  ['reference', 'reference'],
] as const satisfies readonly (readonly [string, keyof ResultRow])[]

/** A Markdown table of results, and below it every check that failed. */
export function markdownReport(results: readonly ScenarioResult[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((c) => c.replaceAll('|', '\\|')).join(' | ')} |`
  const rows = results.map(resultRow).map((row) => line(COLUMNS.map(([, key]) => row[key])))
  const failed = results.flatMap(failures)
  return [
    line(COLUMNS.map(([heading]) => heading)),
    line(COLUMNS.map(() => '---')),
    ...rows,
    '',
    failed.length === 0 ? 'No check failed.' : failed.map((f) => `- ${f}`).join('\n'),
    '',
  ].join('\n')
}

/** A result without its stories, for JSON. */
export function plainResult(r: ScenarioResult): unknown {
  const { stories, followed, ...rest } = r
  return {
    ...rest,
    row: resultRow(r),
    issues: followed.map((f) => ({
      category: f.expected.category,
      eventAfterMs: f.eventAfterMs,
      explainedAfterMs: f.explainedAfterMs,
      decidedAfterMs: f.decidedAfterMs,
      rootCause: f.analysis?.rootCauseCode ?? null,
      confidence: f.analysis?.confidenceScore ?? null,
      action: f.actionName,
      risk: f.decision?.riskLevel ?? null,
      problem: f.problem,
      verdict: f.verdict,
    })),
    issuesOpened: stories.length,
  }
}
