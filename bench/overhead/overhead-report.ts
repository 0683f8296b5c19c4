/** The figures of the overhead bench as tables, beside what is aimed at. */
import { quantile, type RatioInterval, ratioInterval } from '../support/figures.ts'
import { markdownTable } from '../support/markdown-table.ts'
import { type CostOfClass, costliestLines } from '../support/target-cost.ts'
import type { Pair, Watched } from './run-pairs.ts'
import type { Workload } from './sysbench.ts'

/** What watching may cost: throughput that stays, and part of the target's statement time. */
export const AIMS = { throughputRatio: 0.995, sharePercent: 0.5 } as const

/** One workload on one server. */
export interface WorkloadFigures {
  readonly version: string
  readonly workload: Workload
  readonly pairs: readonly Pair[]
  readonly summary: OverheadSummary
  readonly notes: readonly { readonly message: string; readonly times: number }[]
}

/** What the pairs come to. */
export interface OverheadSummary {
  readonly throughput: RatioInterval
  readonly p95: RatioInterval
  /** Medians over the pairs, percent of the server's statement time: while measured, and with the watcher's start. */
  readonly sharePercent: number | null
  readonly wholeLifeSharePercent: number | null
  readonly msPerSecond: number | null
  readonly watcherCpuPercent: number | null
}

/** Sums pairs up. @throws RangeError of none. */
export function summarisePairs(pairs: readonly Pair[], seed: number): OverheadSummary {
  const watched = pairs.flatMap((p) => (p.with.watched === null ? [] : [p.with.watched]))
  const middle = (of: (w: Watched) => number | null): number | null => {
    const values = watched.map(of).filter((v) => v !== null)
    return values.length === 0 ? null : quantile(values, 0.5)
  }
  return {
    throughput: ratioInterval(
      pairs.map((p) => p.with.transactionsPerSecond / p.without.transactionsPerSecond),
      seed,
    ),
    p95: ratioInterval(
      pairs.map((p) => p.with.p95Ms / p.without.p95Ms),
      seed,
    ),
    sharePercent: middle((w) => w.cost.sharePercent),
    wholeLifeSharePercent: middle((w) => w.wholeLife.sharePercent),
    msPerSecond: middle((w) => w.cost.msPerSecond),
    watcherCpuPercent: middle((w) => w.cpuPercent),
  }
}

/** All results: the summary, then each workload's pairs and our costliest statements. */
export function overheadMarkdown(results: readonly WorkloadFigures[]): string {
  return [summaryTable(results), ...results.map(oneWorkload)].join('\n\n')
}

/** Fewer pairs than this decide nothing, however narrow their interval looks. */
const PAIRS_MIN = 6

/** Whether an interval reaches the aim, misses it, or cannot tell. */
export function verdictOn(
  { low, high, pairs }: RatioInterval,
  aim: number,
): 'yes' | 'no' | 'undecided' | 'too few pairs' {
  if (pairs < PAIRS_MIN) return 'too few pairs'
  if (low >= aim) return 'yes'
  return high < aim ? 'no' : 'undecided'
}

/** What came out, in a sentence a workload. */
export function overheadHeadlines(results: readonly WorkloadFigures[], isNull: boolean): readonly string[] {
  return results.map(({ version, workload, summary: s }) => {
    const what = isNull ? 'null run, nobody watched: ' : ''
    const share =
      s.sharePercent === null
        ? ''
        : `; ours ${s.sharePercent.toFixed(2)} % of the statement time (aim ${AIMS.sharePercent})`
    const verdict = isNull
      ? ''
      : `, aim ${AIMS.throughputRatio}: ${verdictOn(s.throughput, AIMS.throughputRatio)}`
    return `${what}${version} ${workload}: throughput ratio ${interval(s.throughput, 4)}${verdict}${share}`
  })
}

const interval = (r: RatioInterval, digits: number): string =>
  `${r.ratio.toFixed(digits)} [${r.low.toFixed(digits)}, ${r.high.toFixed(digits)}]`
const percent = (value: number | null): string => (value === null ? '-' : value.toFixed(3))

function summaryTable(results: readonly WorkloadFigures[]): string {
  const { throughputRatio, sharePercent } = AIMS
  return markdownTable(
    [
      'server, workload',
      'throughput ratio',
      `≥ ${throughputRatio}`,
      'p95 latency ratio',
      'ours %',
      `≤ ${sharePercent} %`,
      'with start %',
      'ours ms/s',
      'pairs',
    ],
    results.map(({ version, workload, summary: s }) => [
      `${version} ${workload}`,
      interval(s.throughput, 4),
      verdictOn(s.throughput, throughputRatio),
      interval(s.p95, 3),
      percent(s.sharePercent),
      s.sharePercent === null ? '-' : s.sharePercent <= sharePercent ? 'yes' : 'no',
      percent(s.wholeLifeSharePercent),
      s.msPerSecond?.toFixed(2) ?? '-',
      String(s.throughput.pairs),
    ]),
  )
}

function oneWorkload({ version, workload, pairs, notes }: WorkloadFigures): string {
  const rows = pairs.map((p, i) => [
    `${i + 1} (${p.first} first)`,
    p.without.transactionsPerSecond.toFixed(1),
    p.with.transactionsPerSecond.toFixed(1),
    (p.with.transactionsPerSecond / p.without.transactionsPerSecond).toFixed(4),
    p.without.p95Ms.toFixed(2),
    p.with.p95Ms.toFixed(2),
    percent(p.with.watched?.cost.sharePercent ?? null),
    p.with.watched?.cost.statementsPerSecond.toFixed(1) ?? '-',
    p.with.serverCpuPercent.toFixed(0),
    p.with.watched?.cpuPercent.toFixed(1) ?? '-',
  ])
  const heads = [
    'pair',
    'without t/s',
    'with t/s',
    'ratio',
    'p95 without ms',
    'p95 with ms',
    'ours %',
    'ours statements/s',
    'server CPU %',
    'dbmedic CPU %',
  ]
  return [
    `### ${version}, ${workload}`,
    '',
    markdownTable(heads, rows),
    '',
    'Our costliest statements while it was measured, mean of the pairs:',
    '',
    costliestLines(meanClasses(pairs)),
    ...notes.map((n, i) => `${i === 0 ? '\n' : ''}- Logged ${n.times} ×: ${n.message}`),
  ].join('\n')
}

/** Our classes over all pairs: the mean of their rates, a pair without one counting as 0. */
function meanClasses(pairs: readonly Pair[]): readonly CostOfClass[] {
  const all = Map.groupBy(
    pairs.flatMap((p) => p.with.watched?.cost.costliest ?? []),
    (c) => c.text,
  )
  return [...all]
    .map(([text, some]) => {
      const mean = (of: (c: CostOfClass) => number): number =>
        some.reduce((total, c) => total + of(c), 0) / pairs.length
      const callsPerMinute = mean((c) => c.callsPerMinute)
      const msPerSecond = mean((c) => c.msPerSecond)
      return { text, callsPerMinute, msPerSecond, meanMs: (60 * msPerSecond) / callsPerMinute }
    })
    .sort((a, b) => b.msPerSecond - a.msPerSecond)
    .slice(0, 8)
}
