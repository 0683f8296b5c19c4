/** Results of lab runs as text for people. */
import type { RecordedIssue, RecordedResult } from './recorded-result.ts'
import { effectText } from './score.ts'
import { scoreboard } from './scoreboard.ts'

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
  readonly oracle: string
  readonly nothing: string
  readonly reference: string
}

const seconds = (ms: number | null): string => (ms === null ? '-' : `${(ms / 1000).toFixed(1)} s`)

/** The row of one result; a scenario with several issues joins them. */
export function resultRow(r: RecordedResult): ResultRow {
  const join = (of: (issue: RecordedIssue) => string): string =>
    r.issues.length === 0 ? '-' : r.issues.map(of).join(' / ')
  return {
    scenario: `${r.number === null ? '' : `${r.number} `}${r.name}${Object.keys(r.drawn).length > 0 ? ` (seed ${r.seed})` : ''}`,
    server: r.version,
    result: r.passed ? 'pass' : 'FAIL',
    found: join((i) => seconds(i.eventAfterMs)),
    decided: join((i) => seconds(i.decidedAfterMs ?? i.explainedAfterMs)),
    rootCause: join((i) => i.rootCause ?? (i.abstained ? 'abstained' : '-')),
    action: join((i) => i.action ?? 'none (advice)'),
    verdict: join(verdict),
    effect: r.effect === null ? '-' : effectText(r.effect),
    oracle: r.oracle === null ? '-' : effectText(r.oracle),
    nothing: r.nothing === null ? '-' : effectText(r.nothing),
    reference: r.effect?.reference ?? '-',
  }
}

const verdict = (i: RecordedIssue): string =>
  i.verdict === null || i.improvementPercent === null
    ? (i.verdict ?? '-')
    : `${i.verdict} ${i.improvementPercent.toFixed(1)} %`

/** What failed, a line a check. */
export const failures = (r: RecordedResult): readonly string[] =>
  r.checks.filter((c) => !c.ok).map((c) => `${r.name} on ${r.version}, seed ${r.seed}: ${c.what}: ${c.found}`)

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
  ['textbook remedy', 'oracle'],
  ['doing nothing', 'nothing'],
  ['reference', 'reference'],
] as const satisfies readonly (readonly [string, keyof ResultRow])[]

const line = (cells: readonly string[]): string =>
  `| ${cells.map((c) => c.replaceAll('|', '\\|')).join(' | ')} |`

/** Scores, a table of results, and every check that failed, as Markdown. Columns nobody filled are left out. */
export function markdownReport(results: readonly RecordedResult[]): string {
  const rows = results.map(resultRow)
  const columns = COLUMNS.filter(([, key]) => rows.some((row) => row[key] !== '-'))
  const failed = results.flatMap(failures)
  const passed = results.filter((r) => r.passed).length
  return [
    `${passed} of ${results.length} runs passed.`,
    '',
    line(['figure', 'measured (95 % interval)', 'aim', 'reached']),
    line(['---', '---', '---', '---']),
    ...scoreboard(results).map((s) =>
      line([s.figure, s.value, s.aim, s.reached === null ? '-' : s.reached ? 'yes' : 'NO']),
    ),
    '',
    line(columns.map(([heading]) => heading)),
    line(columns.map(() => '---')),
    ...rows.map((row) => line(columns.map(([, key]) => row[key]))),
    '',
    failed.length === 0 ? 'No check failed.' : failed.map((f) => `- ${f}`).join('\n'),
    '',
  ].join('\n')
}
