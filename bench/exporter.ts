/**
 * `npm run bench -- exporter`: memory, processor time and statement time of `dbmedic start`, beside Debian's
 * prometheus-mysqld-exporter reading the same tables at the same intervals, on the same servers under the same load.
 */
import mysql from 'mysql2/promise'
import type { ServerFlavour } from '../src/lab/servers/index.ts'
import { type FoundExporter, findExporter, startExporter } from './exporter/mysqld-exporter.ts'
import { COLLECTORS } from './exporter/scrape-schedule.ts'
import { Scraper } from './exporter/scraper.ts'
import { spreadOver } from './support/cloned-accounts.ts'
import { markdownTable } from './support/markdown-table.ts'
import { requireProc, usageOf } from './support/process-usage.ts'
import { type BenchRun, runBench } from './support/run-bench.ts'
import { chosenServers, SERVER_OPTION } from './support/server-choice.ts'
import { type Place, startPlace } from './support/shop-place.ts'
import { dbmedicFolder } from './support/started-dbmedic.ts'
import { CostReader, costBetween } from './support/target-cost.ts'
import { mixedLoad } from './ten-targets/mixed-load.ts'

const EXPORTER = { user: 'exporter', password: 'Only-for-benches-1' }
const WATCHING_MS = 120_000

/** One tool over one number of targets. Sums over its processes and the servers. */
interface ToolFigures {
  readonly processes: number
  readonly rssMiB: number
  /** Share of one core, percent. */
  readonly cpuPercent: number
  /** Statement time on the servers a target, ms/s, and statements a second. */
  readonly msPerSecond: number
  readonly statementsPerSecond: number
  /** The same from its start on, with what only a beginning reads. */
  readonly wholeLifeMsPerSecond: number
  /** What it could not do. */
  readonly notes: readonly string[]
}

interface Comparison {
  readonly version: string
  readonly targets: number
  readonly servers: number
  readonly dbmedic: ToolFigures
  readonly exporter: ToolFigures | null
}

async function onFlavour(run: BenchRun, flavour: ServerFlavour, found: FoundExporter): Promise<Comparison[]> {
  const { options } = run
  const most = options.number('most')
  const sizes = [...new Set([1, 10, 50, 200].filter((n) => n < most).concat(most))]
  const places: Place[] = []
  for (let i = 0; i < Math.min(options.number('servers'), most); i += 1) {
    const place = await startPlace(run, flavour)
    await allowExporter(place)
    const { server, accounts } = place
    const load = mixedLoad(
      { host: server.host, port: server.port, ...accounts.application },
      options.number('load'),
    )
    run.onEnd(() => load.stop())
    places.push(place)
    run.say(`server ${i + 1}: ${server.version}`)
  }
  const results: Comparison[] = []
  for (const targets of sizes) {
    const used = places.slice(0, targets)
    const dbmedic = await measureDbmedic(run, used, targets)
    const exporter =
      'missing' in found
        ? null
        : await measureExporter(run, { program: found.program, places: used, targets })
    const one = { version: places[0]?.server.version ?? '', targets, servers: used.length, dbmedic, exporter }
    run.say(headline(one))
    results.push(one)
  }
  for (const { server } of places) await server.stop()
  return results
}

/** As its documentation says: https://github.com/prometheus/mysqld_exporter#required-grants */
async function allowExporter({ server }: Place): Promise<void> {
  const root = await mysql.createConnection(server.rootUri)
  try {
    await root.query(`CREATE USER '${EXPORTER.user}'@'%' IDENTIFIED BY '${EXPORTER.password}'`)
    const replica = server.flavour === 'mariadb' ? 'REPLICATION CLIENT, SLAVE MONITOR' : 'REPLICATION CLIENT'
    await root.query(`GRANT PROCESS, ${replica}, SELECT ON *.* TO '${EXPORTER.user}'@'%'`)
  } finally {
    root.destroy()
  }
}

async function measureDbmedic(
  run: BenchRun,
  places: readonly Place[],
  targets: number,
): Promise<ToolFigures> {
  const folder = await dbmedicFolder(await spreadOver(places, targets))
  run.onEnd(() => folder.remove())
  const readers = places.map((place) => place.reader)
  const whole = await Promise.all(readers.map((reader) => reader.now()))
  const dbmedic = folder.start()
  run.onEnd(() => dbmedic.stop())
  await dbmedic.watching(WATCHING_MS)
  await run.wait(run.options.number('settle') * 1000)
  const figures = await between({
    run,
    readers,
    pids: [dbmedic.pid],
    targets,
    whole,
    during: () => undefined,
  })
  dbmedic.mustRun()
  await dbmedic.stop()
  return { ...figures, notes: folder.notes().map((note) => `${note.times} × ${note.message}`) }
}

async function measureExporter(
  run: BenchRun,
  how: { readonly program: string; readonly places: readonly Place[]; readonly targets: number },
): Promise<ToolFigures> {
  const { program, places, targets } = how
  const readers = await Promise.all(places.map(({ server }) => CostReader.open(server, [EXPORTER.user])))
  const whole = await Promise.all(readers.map((reader) => reader.now()))
  const exporters = []
  for (let i = 0; i < targets; i += 1) {
    const { host, port } = (places[i % places.length] as Place).server
    const exporter = await startExporter(program, { host, port, ...EXPORTER }, COLLECTORS)
    run.onEnd(() => exporter.stop())
    exporters.push(exporter)
  }
  const failed = new Map<string, number>()
  const scraper = new Scraper(exporters, failed)
  scraper.start()
  await run.wait(run.options.number('settle') * 1000)
  const pids = exporters.map((exporter) => exporter.pid)
  const figures = await between({ run, readers, pids, targets, whole, during: () => scraper.mustRun() })
  await scraper.stop()
  for (const exporter of exporters) await exporter.stop()
  for (const reader of readers) reader.close()
  return { ...figures, notes: [...failed].map(([name, times]) => `${times} × ${name} failed`) }
}

interface Between {
  readonly run: BenchRun
  readonly readers: readonly CostReader[]
  readonly pids: readonly number[]
  readonly targets: number
  /** The servers' figures before the tool was started. */
  readonly whole: readonly Awaited<ReturnType<CostReader['now']>>[]
  readonly during: () => void
}

/** The figures of the measured seconds. */
async function between({
  run,
  readers,
  pids,
  targets,
  whole,
  during,
}: Between): Promise<Omit<ToolFigures, 'notes'>> {
  const used = () => pids.map((pid) => usageOf(pid))
  const [before, usedBefore] = [await Promise.all(readers.map((r) => r.now())), used()]
  await run.wait(run.options.number('seconds') * 1000)
  during()
  const [after, usedAfter] = [await Promise.all(readers.map((r) => r.now())), used()]
  const costs = after.map((now, i) => costBetween(before[i] ?? now, now))
  const lives = after.map((now, i) => costBetween(whole[i] ?? now, now))
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
  const seconds = costs[0]?.seconds ?? 1
  return {
    processes: pids.length,
    rssMiB: sum(usedAfter.map((u) => u.rssMiB)),
    cpuPercent:
      (100 * (sum(usedAfter.map((u) => u.cpuSeconds)) - sum(usedBefore.map((u) => u.cpuSeconds)))) / seconds,
    msPerSecond: sum(costs.map((c) => c.msPerSecond)) / targets,
    statementsPerSecond: sum(costs.map((c) => c.statementsPerSecond)) / targets,
    wholeLifeMsPerSecond: sum(lives.map((c) => c.msPerSecond)) / targets,
  }
}

function markdownOf(results: readonly Comparison[], seconds: number): string {
  const heads = [
    'server, targets',
    'tool',
    'processes',
    'RSS MiB',
    'CPU %',
    'ms/s a target',
    'with start',
    'statements/s a target',
  ]
  const rows = results.flatMap((r) => [row(r, 'dbmedic', r.dbmedic), row(r, 'exporter', r.exporter)])
  const notes = results.flatMap((r) => [
    ...r.dbmedic.notes.map((note) => `- dbmedic, ${r.targets} targets, logged ${note}`),
    ...(r.exporter?.notes ?? []).map((note) => `- exporter, ${r.targets} targets: ${note}`),
  ])
  return [
    markdownTable(heads, rows),
    '',
    `- ${seconds} s each, one after the other on the same servers under the same load. CPU: of one core. ms/s: statement time by the servers’ own figures.`,
    '- The exporter has one process a target (its multi-target mode came with 0.15). It keeps nothing and judges nothing: Prometheus and alert rules are beside it; dbmedic’s figures hold its store, its detection and the questions of an analysis.',
    '- What both read every 900 s is in “with start”, not in the measured seconds.',
    ...notes,
  ].join('\n')
}

function row(r: Comparison, tool: string, f: ToolFigures | null): string[] {
  const title = `${r.version}, ${r.targets} on ${r.servers}`
  if (f === null) return [title, tool, '-', '-', '-', '-', '-', '-']
  return [
    title,
    tool,
    String(f.processes),
    f.rssMiB.toFixed(0),
    f.cpuPercent.toFixed(2),
    f.msPerSecond.toFixed(2),
    f.wholeLifeMsPerSecond.toFixed(2),
    f.statementsPerSecond.toFixed(2),
  ]
}

function headline(r: Comparison): string {
  const told = (f: ToolFigures): string =>
    `${f.rssMiB.toFixed(0)} MiB, ${f.cpuPercent.toFixed(1)} % of a core, ${f.msPerSecond.toFixed(2)} ms/s a target`
  const peer = r.exporter === null ? 'not here' : told(r.exporter)
  return `${r.version}, ${r.targets} targets: dbmedic ${told(r.dbmedic)}; exporter ${peer}`
}

await runBench({
  name: 'exporter',
  title: 'Beside the Prometheus exporter',
  purpose:
    'Memory, processor and statement time of dbmedic beside prometheus-mysqld-exporter on the same tables, intervals and servers.',
  options: {
    server: SERVER_OPTION,
    most: {
      kind: 'number',
      value: 50,
      quick: 4,
      min: 1,
      max: 200,
      whole: true,
      help: 'targets at most: 1, 10, 50, …',
    },
    servers: {
      kind: 'number',
      value: 5,
      quick: 2,
      min: 1,
      max: 20,
      whole: true,
      help: 'private servers they share',
    },
    seconds: { kind: 'number', value: 90, quick: 20, min: 10, max: 3600, help: 'measured, each' },
    settle: { kind: 'number', value: 30, quick: 8, min: 1, max: 600, help: 'seconds before' },
    load: { kind: 'number', value: 40, min: 1, max: 500, help: 'statements a second on each server' },
  },
  async measure(run) {
    requireProc()
    const found = await findExporter(run.say)
    if ('missing' in found) run.say(`prometheus-mysqld-exporter SKIPPED: ${found.missing}`)
    const results: Comparison[] = []
    for (const flavour of await chosenServers(run)) results.push(...(await onFlavour(run, flavour, found)))
    return {
      figures: results,
      markdown: markdownOf(results, run.options.number('seconds')),
      headlines: results.map(headline),
      versions: [
        ...results.map((r) => r.version),
        'missing' in found
          ? `prometheus-mysqld-exporter is not here: ${found.missing}`
          : `prometheus-mysqld-exporter ${found.version}`,
      ],
      problems: [],
    }
  },
})
