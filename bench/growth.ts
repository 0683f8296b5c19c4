/**
 * `npm run bench -- growth`: how cost and speed grow from 1x to 100x (or 1,000x) of statement classes, tables, targets and rows of
 * the store, with the slope on logarithmic axes; what is above linear or above its budget is marked.
 */
import { digestGrowth } from './growth/digests.ts'
import { type Curve, type Grown, grown } from './growth/slopes.ts'
import { storeGrowth } from './growth/store.ts'
import { tableGrowth } from './growth/tables.ts'
import { targetGrowth } from './growth/targets.ts'
import { markdownTable } from './support/markdown-table.ts'
import { requireProc } from './support/process-usage.ts'
import { type BenchRun, runBench } from './support/run-bench.ts'
import { chosenServers, SERVER_OPTION } from './support/server-choice.ts'

const DIMENSIONS = ['digests', 'tables', 'targets', 'store'] as const
type Dimension = (typeof DIMENSIONS)[number]

interface Measured {
  readonly dimension: Dimension
  readonly title: string
  readonly curves: readonly Grown[]
  readonly notes: readonly string[]
}

const TITLES: Readonly<Record<Dimension, string>> = {
  digests: 'statement classes the server keeps figures of',
  tables: 'tables of a schema',
  targets: 'targets of one process, all on one server',
  store: 'events in the store, and as many samples (SQLite)',
}

async function measure(run: BenchRun, dimension: Dimension): Promise<readonly Measured[]> {
  const title = TITLES[dimension]
  const of = (curves: readonly Curve[], notes: readonly string[] = []): Measured => ({
    dimension,
    title,
    curves: curves.map(grown),
    notes,
  })
  if (dimension === 'store') return [of(await storeGrowth(run))]
  const all: Measured[] = []
  for (const flavour of await chosenServers(run)) {
    if (dimension === 'digests') all.push(of(await digestGrowth(run, flavour)))
    else if (dimension === 'tables') all.push(of(await tableGrowth(run, flavour)))
    else {
      const { curves, notes } = await targetGrowth(run, flavour)
      all.push(of(curves, notes))
    }
  }
  return all
}

function section({ title, curves, notes }: Measured): string {
  const sizes = curves[0]?.points.map((p) => p.size) ?? []
  const rows = curves.map((c) => [
    c.name,
    c.unit,
    ...sizes.map((size) => figure(c.points.find((p) => p.size === size)?.value)),
    c.slope?.toFixed(2) ?? '-',
    c.expected,
    c.most === null ? '-' : String(c.most),
    c.marks.join(', '),
  ])
  return [
    `### ${title}`,
    '',
    markdownTable(
      [
        'figure',
        'unit',
        ...sizes.map((size) => size.toLocaleString('en')),
        'slope',
        'expected',
        'at most',
        'marked',
      ],
      rows,
    ),
    ...notes.map((note, i) => `${i === 0 ? '\n' : ''}- Logged with ${note}`),
  ].join('\n')
}

const figure = (value: number | undefined): string =>
  value === undefined
    ? '-'
    : value >= 100
      ? value.toFixed(0)
      : value >= 10
        ? value.toFixed(1)
        : value.toFixed(2)

function headlines(measured: readonly Measured[], marked: readonly Grown[]): readonly string[] {
  const curves = measured.flatMap((m) => m.curves)
  const steepest = curves.reduce<Grown | null>((a, b) => ((a?.slope ?? -1) > (b.slope ?? -1) ? a : b), null)
  return [
    `${curves.length} figures, steepest slope ${steepest?.slope?.toFixed(2) ?? '-'} (${steepest?.name ?? '-'})`,
    ...marked.map((c) => `${c.marks.join(', ')}: ${c.name} (slope ${c.slope?.toFixed(2) ?? '-'})`),
  ]
}

await runBench({
  name: 'growth',
  title: 'Growth from 1x to 100x',
  purpose: 'How cost and speed grow with statement classes, tables, targets and rows of the store.',
  options: {
    server: SERVER_OPTION,
    of: { kind: 'choice', value: 'all', of: [...DIMENSIONS, 'all'], help: 'what grows' },
    seconds: {
      kind: 'number',
      value: 60,
      quick: 15,
      min: 5,
      max: 3600,
      help: 'measured at each number of targets',
    },
    settle: { kind: 'number', value: 45, quick: 10, min: 1, max: 600, help: 'seconds before' },
    targets: {
      kind: 'number',
      value: 0,
      min: 0,
      max: 500,
      whole: true,
      help: 'this number of targets only; 0: 1, 10, 50 and 200',
    },
  },
  async measure(run) {
    requireProc()
    const measured: Measured[] = []
    const asked = run.options.choice('of')
    for (const dimension of DIMENSIONS)
      if (asked === 'all' || asked === dimension) measured.push(...(await measure(run, dimension)))
    const marked = measured.flatMap((m) => m.curves.filter((c) => c.marks.length > 0))
    return {
      figures: measured,
      markdown: measured.map(section).join('\n\n'),
      headlines: headlines(measured, marked),
      versions: [],
      problems: [],
    }
  },
})
