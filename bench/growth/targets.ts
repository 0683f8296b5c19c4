/** Growth with the number of targets one process watches: 1, 10, 50, 200, sharing one server, each with its own accounts. */
import type { ServerFlavour } from '../../src/lab/servers/index.ts'
import { spreadOver } from '../support/cloned-accounts.ts'
import { usageOf } from '../support/process-usage.ts'
import type { BenchRun } from '../support/run-bench.ts'
import { type Place, startPlace } from '../support/shop-place.ts'
import { dbmedicFolder } from '../support/started-dbmedic.ts'
import { type CostOfClass, costBetween, costliestLines } from '../support/target-cost.ts'
import { mixedLoad } from '../ten-targets/mixed-load.ts'
import { storeBytes } from '../ten-targets/store-size.ts'
import type { Curve } from './slopes.ts'

const WATCHING_MS = 180_000
const LOAD_PER_SECOND = 20
const BUDGET_MS_PER_SECOND = 2
/** What one process may take: one core half, and memory of a small machine. */
const CPU_PERCENT_MOST = 50
const RSS_MIB_MOST = 1024

interface TargetsFigures {
  readonly targets: number
  readonly startSeconds: number
  readonly rssMiB: number
  readonly cpuPercent: number
  readonly msPerSecond: number
  readonly statementsPerSecond: number
  readonly storeBytesPerSecond: number
  /** Of all targets together. */
  readonly costliest: readonly CostOfClass[]
  /** How much slower a target is read than a single one is: 1 is as quick. */
  readonly notes: readonly string[]
}

/** Measures; `notes` holds what the program logged at each size. */
export async function targetGrowth(
  run: BenchRun,
  flavour: ServerFlavour,
): Promise<{ readonly curves: readonly Curve[]; readonly notes: readonly string[] }> {
  const only = run.options.number('targets')
  const usual = run.options.flag('quick') ? [1, 5] : [1, 10, 50, 200]
  const sizes = only === 0 ? usual : [only]
  const place = await startPlace(run, flavour)
  const { server, accounts } = place
  const load = mixedLoad({ host: server.host, port: server.port, ...accounts.application }, LOAD_PER_SECOND)
  run.onEnd(() => load.stop())
  const found: TargetsFigures[] = []
  for (const targets of sizes) {
    const one = await measure(run, place, targets)
    found.push(one)
    run.say(
      `${server.version}, ${targets} targets: ${one.rssMiB.toFixed(0)} MiB, ${one.cpuPercent.toFixed(1)} % of a core, ` +
        `${one.msPerSecond.toFixed(2)} ms/s and ${one.statementsPerSecond.toFixed(1)} statements/s a target\n${costliestLines(one.costliest)}`,
    )
  }
  await load.stop()
  await server.stop()
  return {
    curves: curves(found, server.version),
    notes: found.flatMap((f) => f.notes.map((note) => `${f.targets} targets on ${server.version}: ${note}`)),
  }
}

async function measure(run: BenchRun, place: Place, targets: number): Promise<TargetsFigures> {
  const { reader } = place
  const folder = await dbmedicFolder(await spreadOver([place], targets))
  run.onEnd(() => folder.remove())
  const startedMs = performance.now()
  const dbmedic = folder.start()
  run.onEnd(() => dbmedic.stop())
  await dbmedic.watching(WATCHING_MS)
  const startSeconds = (performance.now() - startedMs) / 1000
  await run.wait(run.options.number('settle') * 1000)
  const now = async () => ({
    cost: await reader.now(),
    used: usageOf(dbmedic.pid),
    bytes: storeBytes(folder.storeFile),
  })
  const before = await now()
  await run.wait(run.options.number('seconds') * 1000)
  dbmedic.mustRun()
  const after = await now()
  const cost = costBetween(before.cost, after.cost)
  await dbmedic.stop()
  await folder.remove()
  return {
    targets,
    startSeconds,
    rssMiB: after.used.rssMiB,
    cpuPercent: (100 * (after.used.cpuSeconds - before.used.cpuSeconds)) / cost.seconds,
    msPerSecond: cost.msPerSecond / targets,
    statementsPerSecond: cost.statementsPerSecond / targets,
    storeBytesPerSecond: Math.max(0, after.bytes - before.bytes) / cost.seconds,
    costliest: cost.costliest,
    notes: folder.notes().map((note) => `${note.times} × ${note.message}`),
  }
}

function curves(found: readonly TargetsFigures[], version: string): readonly Curve[] {
  const curve = (
    name: string,
    of: (f: TargetsFigures) => number,
    more: Pick<Curve, 'unit' | 'expected' | 'most'>,
  ) => ({
    name: `${name}, ${version}`,
    points: found.map((f) => ({ size: f.targets, value: of(f) })),
    ...more,
  })
  return [
    curve('memory', (f) => f.rssMiB, { unit: 'MiB', expected: 'linear', most: RSS_MIB_MOST }),
    curve('processor', (f) => f.cpuPercent, {
      unit: '% of a core',
      expected: 'linear',
      most: CPU_PERCENT_MOST,
    }),
    curve('statement time a target', (f) => f.msPerSecond, {
      unit: 'ms/s',
      expected: 'flat',
      most: BUDGET_MS_PER_SECOND,
    }),
    curve('statements a target (fewer: its rounds are late, or skipped)', (f) => f.statementsPerSecond, {
      unit: '/s',
      expected: 'flat',
      most: null,
    }),
    curve('start until all are watched', (f) => f.startSeconds, { unit: 's', expected: 'linear', most: 60 }),
    curve('store', (f) => f.storeBytesPerSecond / 1024, { unit: 'KiB/s', expected: 'linear', most: null }),
  ]
}
