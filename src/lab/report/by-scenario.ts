/** The scores of each scenario, over its servers and seeds. */
import {
  type ActionOutcome,
  actionOutcome,
  amongThree,
  brierOf,
  causeRight,
  compared,
  harmsOf,
} from './judge.ts'
import type { RecordedIssue, RecordedResult } from './recorded.ts'
import { meanText, precisionOf } from './scoreboard.ts'
import { meanOf, type Proportion, quantile, wilson } from './statistics.ts'

/** Headings of the table, in the order of the pipeline. */
export const SCENARIO_COLUMNS = [
  'scenario',
  'runs passed',
  'found',
  'opened rightly',
  'to event, s',
  'to diagnosis, s',
  'cause first',
  'among three',
  'abstained rightly',
  'Brier',
  'action',
  'harm',
  'verdict',
  'net effect',
  'of the textbook remedy',
] as const

/** One line a scenario, in the order in which they were run. */
export const scenarioRows = (results: readonly RecordedResult[]): readonly (readonly string[])[] =>
  [...Map.groupBy(results, (r) => r.name).values()].map(scenarioRow)

function scenarioRow(runs: readonly RecordedResult[]): readonly string[] {
  const issues = runs.flatMap((r) => r.issues)
  const named = issues.filter((i) => causeRight(i) !== null)
  const toAbstain = issues.filter((i) => causeRight(i) === null)
  const judged = issues.filter((i) => i.expectedVerdict !== null)
  const brier = brierOf(issues)
  const opened = precisionOf(runs)
  return [
    runs[0]?.name ?? '',
    withInterval(countOf(runs, (r) => r.passed)),
    ratio(countOf(issues, (i) => i.found)),
    opened.of === 0 ? 'none opened' : ratio(opened),
    spread(issues.map((i) => i.eventAfterMs)),
    spread(issues.map((i) => i.explainedAfterMs)),
    ratio(countOf(named, (i) => causeRight(i) === true)),
    ratio(countOf(named, amongThree)),
    ratio(countOf(toAbstain, (i) => i.abstained)),
    brier === null ? '-' : brier.score.toFixed(3),
    actionsText(issues),
    runs.some((r) => r.kind !== 'control') ? String(runs.flatMap(harmsOf).length) : '-',
    judged.length === 0 ? sameSameText(runs) : ratio(countOf(judged, (i) => i.verdict === i.expectedVerdict)),
    worth(runs.map((r) => compared(r).net)),
    worth(runs.map((r) => compared(r).ofBest)),
  ]
}

const countOf = <T>(all: readonly T[], is: (item: T) => boolean): Proportion => ({
  hits: all.filter(is).length,
  of: all.length,
})

const ratio = ({ hits, of }: Proportion): string => (of === 0 ? '-' : `${hits}/${of}`)

/** Wilson's interval over seeds and servers beside the count. */
function withInterval(p: Proportion): string {
  const [low, high] = wilson(p) ?? [0, 1]
  return p.of === 0 ? '-' : `${ratio(p)} (${low.toFixed(2)} to ${high.toFixed(2)})`
}

/** Median and extremes, s; of a single run its time. */
function spread(values: readonly (number | null)[]): string {
  const known = values.filter((v) => v !== null)
  const at = (q: number): string => ((quantile(known, q) ?? 0) / 1000).toFixed(1)
  if (known.length === 0) return '-'
  return known.length === 1 ? at(0.5) : `${at(0.5)} (${at(0)} to ${at(1)})`
}

function actionsText(issues: readonly RecordedIssue[]): string {
  if (issues.length === 0) return '-'
  const outcomes = Map.groupBy(issues, actionOutcome)
  const order: readonly ActionOutcome[] = ['right', 'useless', 'missing', 'harmful']
  return order.flatMap((o) => (outcomes.has(o) ? [`${outcomes.get(o)?.length} ${o}`] : [])).join(', ')
}

/** In a control, how often a change that was none was called improved. */
function sameSameText(runs: readonly RecordedResult[]): string {
  const all = runs.flatMap((r) => r.sameSame ?? [])
  const judged = all.reduce((n, s) => n + s.judged, 0)
  return judged === 0 ? '-' : `A/A ${all.reduce((n, s) => n + s.improved, 0)}/${judged} improved`
}

function worth(values: readonly (number | null)[]): string {
  const mean = meanOf(values.filter((v) => v !== null))
  return mean === null ? '-' : meanText(mean)
}
