/** Pairs of sides, with and without the watcher, in an order drawn for each pair from a stated seed. */
import { seededRandom } from '../../src/core/random.ts'
import { usageOf } from '../support/process-usage.ts'
import type { BenchRun } from '../support/run-bench.ts'
import type { DbmedicFolder, StartedDbmedic } from '../support/started-dbmedic.ts'
import { type CostReader, costBetween, type TargetCost } from '../support/target-cost.ts'
import { type Pinning, pin } from './pinning.ts'
import { runWorkload, type SysbenchFigures, type SysbenchTarget, type Workload } from './sysbench.ts'

/** One side of a pair. */
export interface Side extends SysbenchFigures {
  /** Processor time of the server while it was measured, percent of one core. */
  readonly serverCpuPercent: number
  readonly watched: Watched | null
}

/** What is known of the watcher on the side that has it. */
export interface Watched {
  /** While it was measured. */
  readonly cost: TargetCost
  /** From before its start to after its end: with what a beginning costs. */
  readonly wholeLife: TargetCost
  readonly cpuPercent: number
}

/** One pair. */
export interface Pair {
  readonly first: 'with' | 'without'
  readonly with: Side
  readonly without: Side
}

/** Everything a pair needs. */
export interface PairsSetup {
  readonly run: BenchRun
  readonly workload: Workload
  readonly target: SysbenchTarget
  readonly serverPid: number
  readonly reader: CostReader
  readonly dbmedic: DbmedicFolder
  readonly pinning: Pinning | null
}

const WATCHING_MS = 30_000

/** Runs the pairs asked for. @throws Interrupted, and what sysbench or dbmedic says. */
export async function runPairs(setup: PairsSetup): Promise<readonly Pair[]> {
  const { options, say } = setup.run
  const random = seededRandom(options.number('seed'))
  const pairs: Pair[] = []
  for (let i = 0; i < options.number('pairs'); i += 1) {
    const first: Pair['first'] = random() < 0.5 ? 'with' : 'without'
    // Both sides of a pair draw the same rows.
    const seed = options.number('seed') + i + 1
    const isWatching = !options.flag('null')
    const one = await side(setup, { watched: isWatching && first === 'with', seed })
    const two = await side(setup, { watched: isWatching && first !== 'with', seed })
    const pair: Pair = { first, with: first === 'with' ? one : two, without: first === 'with' ? two : one }
    pairs.push(pair)
    const of = `${setup.workload} pair ${i + 1}/${options.number('pairs')} (${first} first)`
    const ratio = pair.with.transactionsPerSecond / pair.without.transactionsPerSecond
    say(
      `${of}: ${pair.without.transactionsPerSecond.toFixed(1)} transactions/s without, ` +
        `${pair.with.transactionsPerSecond.toFixed(1)} with: ${ratio.toFixed(4)}; ours ` +
        `${pair.with.watched?.cost.sharePercent?.toFixed(3) ?? '-'} %`,
    )
  }
  return pairs
}

async function side(
  setup: PairsSetup,
  how: { readonly watched: boolean; readonly seed: number },
): Promise<Side> {
  if (!how.watched) return measured(setup, how.seed, null)
  const before = await setup.reader.now()
  const dbmedic = setup.dbmedic.start()
  try {
    await dbmedic.watching(WATCHING_MS)
    if (setup.pinning !== null) pin(dbmedic.pid, setup.pinning.others)
    const one = await measured(setup, how.seed, dbmedic)
    await dbmedic.stop()
    if (one.watched === null) return one
    const wholeLife = costBetween(before, await setup.reader.now())
    return { ...one, watched: { ...one.watched, wholeLife } }
  } finally {
    await dbmedic.stop()
  }
}

/** Warms up with the same workload, then measures. */
async function measured(setup: PairsSetup, seed: number, dbmedic: StartedDbmedic | null): Promise<Side> {
  const { options, signal } = setup.run
  const { workload, target, reader, serverPid } = setup
  await runWorkload(target, { workload, seconds: options.number('warmup'), seed: seed + 1_000_000, signal })
  dbmedic?.mustRun()
  const [before, cpuBefore] = [await reader.now(), cpuNow(serverPid, dbmedic)]
  const figures = await runWorkload(target, { workload, seconds: options.number('seconds'), seed, signal })
  const [after, cpuAfter] = [await reader.now(), cpuNow(serverPid, dbmedic)]
  dbmedic?.mustRun()
  const cost = costBetween(before, after)
  const percent = (from: number, to: number): number => (100 * (to - from)) / cost.seconds
  return {
    ...figures,
    serverCpuPercent: percent(cpuBefore.server, cpuAfter.server),
    watched:
      dbmedic === null
        ? null
        : { cost, wholeLife: cost, cpuPercent: percent(cpuBefore.dbmedic, cpuAfter.dbmedic) },
  }
}

const cpuNow = (serverPid: number, dbmedic: StartedDbmedic | null) => ({
  server: usageOf(serverPid).cpuSeconds,
  dbmedic: dbmedic === null ? 0 : usageOf(dbmedic.pid).cpuSeconds,
})
