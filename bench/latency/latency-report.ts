/** The figures of the latency bench as tables, and what is wrong with them. */
import type { ServerFlavour } from '../../src/lab/servers/index.ts'
import { type Spread, spreadOf } from '../support/figures.ts'
import { markdownTable } from '../support/markdown-table.ts'
import type { TargetCost } from '../support/target-cost.ts'
import { FAULTS, type FaultKind } from './faults.ts'
import type { Timed } from './time-fault.ts'

/** What was measured on one server flavour. */
export interface FlavourLatency {
  readonly flavour: ServerFlavour
  readonly version: string
  /** The whole run with starts and tear-down, s. */
  readonly seconds: number
  readonly timed: readonly Timed[]
  /** What watching cost each server while its faults were played. */
  readonly costs: readonly { readonly fault: string; readonly cost: TargetCost }[]
  /** What the installations warned of, and how often. */
  readonly notes: readonly { readonly message: string; readonly times: number }[]
}

type Step = 'eventSeconds' | 'issueSeconds' | 'analysisSeconds' | 'decisionSeconds'

/** Tables by server: each fault's way from event to decision. */
export function latencyMarkdown(results: readonly FlavourLatency[]): string {
  return results.map(oneFlavour).join('\n\n')
}

/** Repetitions that did not come to the end that is expected; figures over the others say too little. */
export function latencyProblems(results: readonly FlavourLatency[]): readonly string[] {
  return results.flatMap((r) =>
    r.timed.flatMap((t) =>
      t.problem === null ? [] : [`${r.flavour} ${t.fault} ${t.repetition + 1}: ${t.problem}`],
    ),
  )
}

/** The last step of each kind of fault, in a sentence each. */
export function latencyHeadlines(result: FlavourLatency): readonly string[] {
  return FAULTS.flatMap((kind) => {
    const [name, step] = stepsOf(kind).at(-1) ?? ['event', 'eventSeconds']
    const own = result.timed.filter((t) => t.fault === kind.id)
    const spread = spreadOf(own.map((t) => t[step]).filter((s) => s !== null))
    if (spread === null) return []
    const figures = `median ${seconds(spread.median)} s, slowest ${seconds(spread.max)} s (aim ${kind.aimSeconds} s)`
    return [`${result.version} ${kind.title}: ${name} after ${figures}`]
  })
}

function oneFlavour(result: FlavourLatency): string {
  const rows = FAULTS.flatMap((kind) =>
    stepsOf(kind).map(([name, step]) => {
      const own = result.timed.filter((t) => t.fault === kind.id)
      const spread = spreadOf(own.map((t) => t[step]).filter((s) => s !== null))
      return [`${kind.title}: ${name}`, ...cells(spread, own.length), ...aimed(kind, step, spread)]
    }),
  )
  return [
    `### ${result.version}`,
    '',
    markdownTable(['from fault to', 'median', 'p95', 'max', 'n', 'aim', 'met'], rows),
    '',
    '- Seconds. Configuration as shipped (`detection.pace: 1`, 3 of 5 windows); steady mixed load beside.',
    ...FAULTS.map((kind) => `- The clock of “${kind.title}” starts with ${kind.from}.`),
    ...result.costs.map(
      ({ fault, cost }) =>
        `- Watching cost the ${fault} server ${cost.msPerSecond.toFixed(2)} ms/s of statement time, ` +
        `${cost.sharePercent?.toFixed(2) ?? '-'} % of ${cost.totalMsPerSecond.toFixed(0)} ms/s.`,
    ),
    '- A deadlock is over when it is seen: its issue ends with the explanation, nothing is proposed to run.',
    ...(result.notes.length === 0 ? [] : result.notes.map((n) => `- Warned ${n.times} ×: ${n.message}`)),
  ].join('\n')
}

function stepsOf(kind: FaultKind): readonly (readonly [string, Step])[] {
  const steps = [
    ['event', 'eventSeconds'],
    ['issue', 'issueSeconds'],
    ['explanation', 'analysisSeconds'],
    ['decision', 'decisionSeconds'],
  ] as const
  return kind.endsWith === 'decision' ? steps : steps.slice(0, 3)
}

const seconds = (value: number): string => value.toFixed(1)

function cells(spread: Spread | null, of: number): string[] {
  if (spread === null) return ['-', '-', '-', `0 of ${of}`]
  const n = spread.n === of ? String(of) : `${spread.n} of ${of}`
  return [seconds(spread.median), seconds(spread.p95), seconds(spread.max), n]
}

/** The aim stands beside the event and beside the last step; met if even the slowest repetition is under it. */
function aimed(kind: FaultKind, step: Step, spread: Spread | null): string[] {
  const last: Step = kind.endsWith === 'decision' ? 'decisionSeconds' : 'analysisSeconds'
  if (step !== 'eventSeconds' && step !== last) return ['', '']
  const met = spread !== null && spread.max < kind.aimSeconds
  const inMost = spread !== null && spread.p95 < kind.aimSeconds
  return [`< ${kind.aimSeconds}`, met ? 'yes' : inMost ? 'at p95' : 'no']
}
