/** The figures of the ten-targets bench as tables. */

import { markdownTable } from '../support/markdown-table.ts'
import type { CostOfClass, TargetCost } from '../support/target-cost.ts'
import { costliestLines } from '../support/target-cost.ts'
import type { TableSize } from './store-size.ts'
import type { UsageSample, UsageSummary } from './usage-summary.ts'

/** What one server paid. */
export interface ServerCost {
  readonly version: string
  /** How many of the watched targets it is. */
  readonly targets: number
  readonly cost: TargetCost
}

/** Everything that was measured. */
export interface TargetsFigures {
  readonly targets: number
  readonly servers: readonly ServerCost[]
  readonly loadPerTarget: number
  readonly usage: UsageSummary
  readonly samples: readonly UsageSample[]
  readonly tables: readonly TableSize[]
  readonly notes: readonly { readonly message: string; readonly times: number }[]
}

/** What a quiet target may pay at most: the budget as shipped. */
const BUDGET = '0.5 % of the statement time, or 2 ms/s where that is more'

/** The tables. */
export function targetsMarkdown(figures: TargetsFigures): string {
  const { usage } = figures
  return [
    `\`dbmedic start\` watched ${figures.targets} targets on ${figures.servers.length} private servers for ` +
      `${(usage.seconds / 60).toFixed(1)} minutes, about ${figures.loadPerTarget} statements/s on each; configuration as shipped.`,
    '',
    markdownTable(['process', 'figure'], processRows(usage)),
    '',
    markdownTable(
      ['server', 'targets', 'ours ms/s', 'ours statements/s', 'all ms/s', 'ours %'],
      figures.servers.map((s) => [
        s.version,
        String(s.targets),
        s.cost.msPerSecond.toFixed(2),
        s.cost.statementsPerSecond.toFixed(1),
        s.cost.totalMsPerSecond.toFixed(1),
        s.cost.sharePercent?.toFixed(2) ?? '-',
      ]),
    ),
    '',
    `Budget of a target: ${BUDGET}. Our costliest statements, all servers together:`,
    '',
    costliestLines(together(figures.servers)),
    '',
    markdownTable(
      ['table of the store', 'rows', 'KiB'],
      figures.tables.slice(0, 12).map((t) => [t.table, String(t.rows), (t.bytes / 1024).toFixed(0)]),
    ),
    ...figures.notes.map((n, i) => `${i === 0 ? '\n' : ''}- Logged ${n.times} ×: ${n.message}`),
  ].join('\n')
}

function processRows(usage: UsageSummary): string[][] {
  const perHour = (value: number | null): string => (value === null ? '-' : `${value.toFixed(1)} MiB/h`)
  const from = `from ${usage.steadyFromSeconds.toFixed(0)} s on`
  return [
    ['memory (RSS), first minute', `${usage.firstMinuteMiB.toFixed(0)} MiB`],
    ['memory, last minute', `${usage.lastMinuteMiB.toFixed(0)} MiB`],
    ['memory, most', `${usage.peakMiB.toFixed(0)} MiB`],
    [`memory, slope ${from}`, perHour(usage.slopeMiBPerHour)],
    ['processor, of one core, with the start', `${usage.cpuPercent.toFixed(1)} %`],
    [
      `processor, of one core, ${from}`,
      usage.steadyCpuPercent === null ? '-' : `${usage.steadyCpuPercent.toFixed(1)} %`,
    ],
    ['store at first', `${(usage.storeFirstBytes / 2 ** 20).toFixed(1)} MiB`],
    ['store at last', `${(usage.storeLastBytes / 2 ** 20).toFixed(1)} MiB`],
    [`store, slope ${from}`, perHour(usage.storeMiBPerHour)],
  ]
}

/** Classes of all servers added up by text. */
function together(servers: readonly ServerCost[]): readonly CostOfClass[] {
  const all = Map.groupBy(
    servers.flatMap((s) => s.cost.costliest),
    (c) => c.text,
  )
  return [...all]
    .map(([text, some]) => {
      const sum = (of: (c: CostOfClass) => number): number => some.reduce((total, c) => total + of(c), 0)
      const callsPerMinute = sum((c) => c.callsPerMinute)
      const msPerSecond = sum((c) => c.msPerSecond)
      return { text, callsPerMinute, msPerSecond, meanMs: (60 * msPerSecond) / callsPerMinute }
    })
    .sort((a, b) => b.msPerSecond - a.msPerSecond)
    .slice(0, 10)
}
