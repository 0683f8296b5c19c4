/** The report's pictures, each from recorded results alone. Each comes with the words that stand for it. */
import { AIMS, bandsOf, brierOf, calibrationError, compared, relief } from './judge.ts'
import type { RecordedEffect, RecordedResult } from './recorded.ts'
import { type Axis, type Point, type Row, rowsChart } from './rows-chart.ts'
import { isLock } from './scoreboard.ts'
import { meanOf, wilson } from './statistics.ts'
import { element, hint, line, mark, type Picture, textAt } from './svg.ts'

/** The servers of a series, in the order in which they came: what a mark's shape stands for. */
const serversOf = (results: readonly RecordedResult[]): readonly string[] => [
  ...new Set(results.map((r) => r.flavour)),
]

const byScenario = (results: readonly RecordedResult[]): readonly (readonly [string, RecordedResult[]])[] => [
  ...Map.groupBy(results, (r) => r.name),
]

const DECADES = [0.1, 1, 10, 100]
/** Seconds from a tenth to two hundred on a logarithmic axis. */
const SECONDS: Axis = {
  at: (s) => Math.log10(Math.max(0.1, s) / 0.1) / Math.log10(2000),
  ticks: DECADES.map((value) => ({ value, label: `${value} s` })),
  label: 'seconds from the fault to its first event (logarithmic)',
}

/** Time to detect: a mark for each expected issue of each run, and the aim of its kind. */
export function timeToDetect(results: readonly RecordedResult[]): Picture {
  const servers = serversOf(results)
  const rows = byScenario(results.filter((r) => r.issues.length > 0)).map(([name, runs]): Row => {
    const issues = runs.flatMap((r) => r.issues.map((issue) => ({ r, issue })))
    const missed = issues.filter(({ issue }) => !issue.found).length
    return {
      name,
      aim: aimOf(runs),
      points: issues.flatMap(({ r, issue }) => {
        if (issue.eventAfterMs === null) return []
        const value = issue.eventAfterMs / 1000
        const title = `${name}, ${r.flavour}, seed ${r.seed}, ${issue.category}: ${value.toFixed(1)} s`
        return [{ series: servers.indexOf(r.flavour), value, title }]
      }),
      ...(missed > 0 ? { note: `${missed} not found` } : {}),
    }
  })
  const late = rows.filter((row) => row.points.some((p) => row.aim != null && p.value >= row.aim))
  return rowsChart({
    title: 'Time to detect, by scenario',
    description: `${rows.length} scenarios, a mark for each expected issue of each run; ${lateText(late)}.`,
    axis: SECONDS,
    series: servers,
    rows,
  })
}

const lateText = (late: readonly Row[]): string =>
  late.length === 0
    ? 'none later than its aim'
    : `later than the aim: ${late.map((row) => row.name).join(', ')}`

/** The strictest aim of the issues a scenario expects, s; null where there is none. */
function aimOf(runs: readonly RecordedResult[]): number | null {
  const issues = runs.flatMap((r) => r.issues)
  if (issues.some(isLock)) return AIMS.lockSeconds
  return issues.some((i) => i.category === 'QUERY_PERFORMANCE') ? AIMS.statementSeconds : null
}

/** From -100 % to 100 %: what got worse than twice as bad stands at the left edge. */
const PERCENT: Axis = {
  at: (share) => (share + 1) / 2,
  ticks: [-1, -0.5, 0, 0.5, 1].map((value) => ({ value, label: `${value * 100} %` })),
  label: 'share of the trouble that was gone afterwards, mean over seeds and servers with its 95 % interval',
}

const ARMS = [
  ['our action', (r: RecordedResult) => r.effect],
  ['textbook remedy', (r: RecordedResult) => r.oracle],
  ['nothing done', (r: RecordedResult) => r.nothing],
] as const satisfies readonly (readonly [string, (r: RecordedResult) => RecordedEffect | null])[]

/** What was gone of the trouble with our action, with the textbook remedy, and with nothing done. */
export function effects(results: readonly RecordedResult[]): Picture {
  const rows = byScenario(results).flatMap(([name, runs]): Row[] => {
    const points = ARMS.flatMap(([arm, effectOf], series): Point[] => {
      const mean = meanOf(runs.flatMap((r) => relief(effectOf(r)) ?? []))
      if (mean === null) return []
      const title = `${name}, ${arm}: ${(mean.mean * 100).toFixed(1)} % (n ${mean.n})`
      return [{ series, value: mean.mean, interval: mean.interval, title }]
    })
    const net = meanOf(runs.flatMap((r) => compared(r).net ?? []))
    const note = net === null ? {} : { note: `net ${(net.mean * 100).toFixed(0)} %` }
    return points.length === 0 ? [] : [{ name, points, ...note }]
  })
  const compare = results.filter((r) => compared(r).net !== null).length
  return rowsChart({
    title: 'Effect, by scenario',
    description: `${rows.length} scenarios with a measured effect; ${compare} runs also with nothing done. Net: ours less what goes by itself.`,
    axis: PERCENT,
    series: ARMS.map(([arm]) => arm),
    rows,
  })
}

const SQUARE = { left: 80, top: 60, side: 380 } as const

/** Stated confidence against the share that was right; on the diagonal both are the same. */
export function reliability(results: readonly RecordedResult[]): Picture {
  const issues = results.flatMap((r) => r.issues)
  const { left, top, side } = SQUARE
  const at = (stated: number, found: number): readonly [number, number] => [
    left + side * stated,
    top + side * (1 - found),
  ]
  const grid = [0, 0.25, 0.5, 0.75, 1].flatMap((v) => [
    line(at(v, 0), at(v, 1), 'grid'),
    line(at(0, v), at(1, v), 'grid'),
    textAt({ x: at(v, 0)[0], y: top + side + 18, anchor: 'middle' }, String(v), 'small'),
    textAt({ x: left - 8, y: at(0, v)[1] + 4, anchor: 'end' }, String(v), 'small'),
  ])
  const bands = bandsOf(issues)
  const shapes = bands.flatMap((b) => {
    const [x, y] = at(b.stated, b.hits / b.of)
    const [low, high] = wilson(b) ?? [0, 1]
    const title = `stated ${b.from} to ${b.to}: mean ${b.stated.toFixed(2)}, right ${b.hits} of ${b.of}`
    return [
      line(at(b.stated, low), at(b.stated, high), 's0'),
      mark(0, { x, y, size: Math.min(12, 4 + Math.sqrt(b.of)) }, title),
      textAt({ x: x - 14, y: y + (b.hits / b.of < 0.1 ? -10 : 18), anchor: 'end' }, `n ${b.of}`, 'small'),
    ]
  })
  return {
    width: left + side + 60,
    height: top + side + 56,
    title: 'Stated confidence and what was right',
    description: reliabilityText(issues),
    body: [
      ...grid,
      line(at(0, 0), at(1, 1), 'aim'),
      ...shapes,
      ...(bands.length === 0 ? [textAt({ x: left + 12, y: top + 24 }, 'no root cause was named')] : []),
      textAt({ x: left + side / 2, y: top + side + 40, anchor: 'middle' }, 'stated confidence', 'small'),
      textAt({ x: left, y: top - 10 }, 'share of root causes that were right', 'small'),
    ],
  }
}

function reliabilityText(issues: RecordedResult['issues']): string {
  const brier = brierOf(issues)
  if (brier === null) return 'No root cause was named with a confidence.'
  const bands = bandsOf(issues).map((b) => `at ${b.stated.toFixed(2)} ${b.hits} of ${b.of} right`)
  return `Brier score ${brier.score.toFixed(3)}, calibration error ${(calibrationError(issues) ?? 0).toFixed(3)} over ${brier.n}: ${bands.join(', ')}.`
}

const CELL = { left: 230, top: 84, width: 44, height: 22 } as const

/** Scenario by server and seed: passed, failed or not run. */
export function outcomes(results: readonly RecordedResult[]): Picture {
  const columns = columnsOf(results)
  const scenarios = byScenario(results)
  const heads = columns.map((c, i) =>
    textAt(
      { x: CELL.left + (i + 0.5) * CELL.width, y: CELL.top - 10, anchor: 'middle' },
      String(c.seed),
      'small',
    ),
  )
  const servers = serversOf(results).map((flavour) => {
    const first = columns.findIndex((c) => c.flavour === flavour)
    return textAt({ x: CELL.left + first * CELL.width, y: CELL.top - 30 }, `${flavour}, seed`, 'small')
  })
  const rows = scenarios.flatMap(([name, runs], row) => {
    const y = CELL.top + row * CELL.height
    return [
      textAt({ x: CELL.left - 12, y: y + 15, anchor: 'end' }, name),
      ...columns.flatMap((c, i) => {
        const run = runs.find((r) => r.flavour === c.flavour && r.seed === c.seed)
        return run === undefined ? [] : [cell(run, CELL.left + i * CELL.width, y)]
      }),
    ]
  })
  const failed = results.filter((r) => !r.passed)
  return {
    width: CELL.left + Math.max(4, columns.length) * CELL.width + 80,
    height: CELL.top + Math.max(1, scenarios.length) * CELL.height + 24,
    title: 'Outcome of every run',
    description: `${results.length - failed.length} of ${results.length} runs passed.${failed.length === 0 ? '' : ` Failed: ${failed.map((r) => `${r.name} (${r.flavour}, seed ${r.seed})`).join(', ')}.`}`,
    body: [
      ...servers,
      ...heads,
      ...rows,
      ...(results.length === 0 ? [textAt({ x: 16, y: CELL.top }, 'nothing was run')] : []),
    ],
  }
}

function columnsOf(
  results: readonly RecordedResult[],
): readonly { readonly flavour: string; readonly seed: number }[] {
  return serversOf(results).flatMap((flavour) => {
    const seeds = new Set(results.filter((r) => r.flavour === flavour).map((r) => r.seed))
    return [...seeds].sort((a, b) => a - b).map((seed) => ({ flavour, seed }))
  })
}

function cell(run: RecordedResult, x: number, y: number): string {
  const title = `${run.name}, ${run.flavour}, seed ${run.seed}: ${run.passed ? 'passed' : 'failed'}`
  const box = { x: x + 2, y: y + 1, width: CELL.width - 4, height: CELL.height - 2, rx: 3 }
  return [
    element('rect', { ...box, class: run.passed ? 'good' : 'bad' }, hint(title)),
    textAt({ x: x + CELL.width / 2, y: y + 15, anchor: 'middle' }, run.passed ? 'pass' : 'FAIL', 'onmark'),
  ].join('')
}
