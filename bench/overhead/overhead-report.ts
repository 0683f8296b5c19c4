/** The figures of the overhead bench as tables, beside what is aimed at. */
import { quantile, type RatioInterval, ratioInterval } from '../support/figures.ts'
import { markdownTable } from '../support/markdown-table.ts'
import { type CostOfClass, costliestLines } from '../support/target-cost.ts'
import type { Round, Rounds, Side } from './run-rounds.ts'
import type { Workload } from './sysbench.ts'

/** What watching may cost: throughput that stays, and part of the target's statement time. */
export const AIMS = { throughputRatio: 0.995, sharePercent: 0.5 } as const

/** One workload on one server. */
export interface WorkloadFigures {
  readonly version: string
  readonly workload: Workload
  readonly rounds: Rounds['rounds']
  readonly start: Rounds['start']
  readonly summary: OverheadSummary
  readonly notes: readonly { readonly message: string; readonly times: number }[]
}

/** What the rounds come to. */
export interface OverheadSummary {
  /** Transactions a second with dbmedic over without anybody. */
  readonly throughput: RatioInterval
  /** The same of the placebo: what any program of that processor time does on this machine. */
  readonly placebo: RatioInterval
  /** With dbmedic over the placebo: what our asking does to the server. */
  readonly asking: RatioInterval
  readonly p95: RatioInterval
  /** Median over the rounds, percent of the server's statement time. */
  readonly sharePercent: number | null
  readonly msPerSecond: number
  readonly watcherCpuPercent: number
}

/** Sums rounds up. @throws RangeError of none. */
export function summariseRounds(rounds: readonly Round[], seed: number): OverheadSummary {
  const ratios = (of: (sides: Round['sides']) => number): RatioInterval =>
    ratioInterval(
      rounds.map((r) => of(r.sides)),
      seed,
    )
  const middle = (of: (side: Side) => number | null): number | null => {
    const values = rounds.map((r) => of(r.sides.with)).filter((v) => v !== null)
    return values.length === 0 ? null : quantile(values, 0.5)
  }
  const speed = (side: Side): number => side.transactionsPerSecond
  return {
    throughput: ratios((s) => speed(s.with) / speed(s.without)),
    placebo: ratios((s) => speed(s.placebo) / speed(s.without)),
    asking: ratios((s) => speed(s.with) / speed(s.placebo)),
    p95: ratios((s) => s.with.p95Ms / s.without.p95Ms),
    sharePercent: middle((s) => s.cost.sharePercent),
    msPerSecond: middle((s) => s.cost.msPerSecond) ?? 0,
    watcherCpuPercent: middle((s) => s.otherCpuPercent) ?? 0,
  }
}

/** All results: the summary, then each workload's rounds and our costliest statements. */
export function overheadMarkdown(results: readonly WorkloadFigures[]): string {
  return [summaryTable(results), ...results.map(oneWorkload)].join('\n\n')
}

/** Fewer rounds than this decide nothing, however narrow their interval looks. */
const ROUNDS_MIN = 6

/** Whether an interval reaches the aim, misses it, or cannot tell. */
export function verdictOn(
  { low, high, pairs }: RatioInterval,
  aim: number,
): 'yes' | 'no' | 'undecided' | 'too few rounds' {
  if (pairs < ROUNDS_MIN) return 'too few rounds'
  if (low >= aim) return 'yes'
  return high < aim ? 'no' : 'undecided'
}

/** What came out, in a sentence a workload. */
export function overheadHeadlines(results: readonly WorkloadFigures[], isNull: boolean): readonly string[] {
  return results.map(({ version, workload, summary: s }) => {
    const asking = `against the placebo ${interval(s.asking, 4)}`
    if (isNull) return `null run, nobody watched: ${version} ${workload}: ${asking}`
    const share =
      s.sharePercent === null
        ? ''
        : `; ours ${s.sharePercent.toFixed(2)} % of the statement time (aim ${AIMS.sharePercent})`
    const verdict = `aim ${AIMS.throughputRatio}: ${verdictOn(s.throughput, AIMS.throughputRatio)}`
    return `${version} ${workload}: throughput ratio ${interval(s.throughput, 4)}, ${verdict}; ${asking}${share}`
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
      'with / without',
      `≥ ${throughputRatio}`,
      'placebo / without',
      'with / placebo',
      `≥ ${throughputRatio}`,
      'p95 latency ratio',
      'ours %',
      `≤ ${sharePercent} %`,
      'ours ms/s',
      'rounds',
    ],
    results.map(({ version, workload, summary: s }) => [
      `${version} ${workload}`,
      interval(s.throughput, 4),
      verdictOn(s.throughput, throughputRatio),
      interval(s.placebo, 4),
      interval(s.asking, 4),
      verdictOn(s.asking, throughputRatio),
      interval(s.p95, 3),
      percent(s.sharePercent),
      s.sharePercent === null ? '-' : s.sharePercent <= sharePercent ? 'yes' : 'no',
      s.msPerSecond.toFixed(2),
      String(s.throughput.pairs),
    ]),
  )
}

function oneWorkload({ version, workload, rounds, start, notes }: WorkloadFigures): string {
  const rows = rounds.map(({ order, sides: s }, i) => {
    const ratio = (side: Side): string =>
      (side.transactionsPerSecond / s.without.transactionsPerSecond).toFixed(4)
    return [
      `${i + 1} (${order.join(', ')})`,
      s.without.transactionsPerSecond.toFixed(1),
      ratio(s.with),
      ratio(s.placebo),
      s.without.p95Ms.toFixed(2),
      s.with.p95Ms.toFixed(2),
      percent(s.with.cost.sharePercent),
      s.with.cost.statementsPerSecond.toFixed(1),
      s.with.serverCpuPercent.toFixed(0),
      s.with.otherCpuPercent.toFixed(1),
      s.placebo.otherCpuPercent.toFixed(1),
    ]
  })
  const heads = [
    'round',
    'without t/s',
    'with',
    'placebo',
    'p95 without ms',
    'p95 with ms',
    'ours %',
    'ours statements/s',
    'server CPU %',
    'dbmedic CPU %',
    'placebo CPU %',
  ]
  return [
    `### ${version}, ${workload}`,
    '',
    markdownTable(heads, rows),
    '',
    `From its start until the first round dbmedic took ${start.msPerSecond.toFixed(2)} ms/s of statement time, ` +
      `${percent(start.sharePercent)} % of the server's, for ${start.seconds.toFixed(0)} s. ` +
      'Our costliest statements in the rounds, mean of all:',
    '',
    costliestLines(meanClasses(rounds)),
    ...notes.map((n, i) => `${i === 0 ? '\n' : ''}- Logged ${n.times} ×: ${n.message}`),
  ].join('\n')
}

/** Our classes over all rounds: the mean of their rates, a round without one counting as 0. */
function meanClasses(rounds: readonly Round[]): readonly CostOfClass[] {
  const all = Map.groupBy(
    rounds.flatMap((r) => r.sides.with.cost.costliest),
    (c) => c.text,
  )
  return [...all]
    .map(([text, some]) => {
      const mean = (of: (c: CostOfClass) => number): number =>
        some.reduce((total, c) => total + of(c), 0) / rounds.length
      const callsPerMinute = mean((c) => c.callsPerMinute)
      const msPerSecond = mean((c) => c.msPerSecond)
      return { text, callsPerMinute, msPerSecond, meanMs: (60 * msPerSecond) / callsPerMinute }
    })
    .sort((a, b) => b.msPerSecond - a.msPerSecond)
    .slice(0, 8)
}
