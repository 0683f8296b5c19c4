/**
 * Rounds of three sides under one sysbench that never stops: dbmedic paused, dbmedic watching, and dbmedic paused while a
 * placebo uses as much processor time and asks the server nothing. Sides of a round follow each other at once, so that a
 * machine that is faster in one minute than in the next moves them alike; their order is drawn from a stated seed.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { seededRandom } from '../../src/core/random.ts'
import { usageOf } from '../support/process-usage.ts'
import { type BenchRun, Interrupted } from '../support/run-bench.ts'
import type { DbmedicFolder, StartedDbmedic } from '../support/started-dbmedic.ts'
import { type CostReader, costBetween, type TargetCost } from '../support/target-cost.ts'
import { type Pinning, pin } from './pinning.ts'
import { Placebo } from './placebo.ts'
import { type RunningSysbench, type SysbenchTarget, startWorkload, type Workload } from './sysbench.ts'

/** The three sides of a round. */
export const SIDES = ['without', 'with', 'placebo'] as const
/** One of them. */
export type SideName = (typeof SIDES)[number]

/** What was measured on one side. */
export interface Side {
  /** Mean of its whole seconds. */
  readonly transactionsPerSecond: number
  /** Median over its seconds of each second's 95th percentile, ms. */
  readonly p95Ms: number
  readonly errors: number
  /** Processor time of the server, percent of one core. */
  readonly serverCpuPercent: number
  /** Processor time of dbmedic, or of the placebo on its side; percent of one core. */
  readonly otherCpuPercent: number
  readonly cost: TargetCost
}

/** One round. */
export interface Round {
  readonly order: readonly SideName[]
  readonly sides: Readonly<Record<SideName, Side>>
}

/** The rounds of one workload, and what dbmedic's beginning cost: from before its start until the first round. */
export interface Rounds {
  readonly start: TargetCost
  readonly rounds: readonly Round[]
}

/** Everything they need. */
export interface RoundsSetup {
  readonly run: BenchRun
  readonly workload: Workload
  readonly target: SysbenchTarget
  readonly serverPid: number
  readonly reader: CostReader
  readonly dbmedic: DbmedicFolder
  readonly pinning: Pinning | null
}

const WATCHING_MS = 30_000
/** Before anything is known of dbmedic here, percent of one core. */
const FIRST_PLACEBO_PERCENT = 3
/** A server's load settles on its feet again after a switch; that second belongs to neither side. */
const SETTLE_MS = 1000

/** Runs the rounds asked for. @throws Interrupted, and what sysbench or dbmedic says. */
export async function runRounds(setup: RoundsSetup): Promise<Rounds> {
  const { run, pinning } = setup
  const before = await setup.reader.now()
  const dbmedic = setup.dbmedic.start()
  const placebo = Placebo.start(FIRST_PLACEBO_PERCENT)
  let sysbench: RunningSysbench | null = null
  try {
    await dbmedic.watching(WATCHING_MS)
    if (pinning !== null) for (const pid of [dbmedic.pid, placebo.pid]) pin(pid, pinning.others)
    sysbench = startWorkload(setup.target, {
      workload: setup.workload,
      seconds: secondsOf(run),
      seed: run.options.number('seed'),
      signal: run.signal,
    })
    await pause(run, run.options.number('warmup') * 1000)
    const start = costBetween(before, await setup.reader.now())
    return { start, rounds: await allRounds(setup, { dbmedic, placebo, sysbench }) }
  } finally {
    dbmedic.resume()
    placebo.stop()
    await sysbench?.stop()
    await dbmedic.stop()
  }
}

/** Longer than the rounds take: sysbench is stopped when they are over. */
const secondsOf = ({ options }: BenchRun): number =>
  60 + options.number('warmup') + options.number('rounds') * SIDES.length * (options.number('seconds') + 10)

interface Players {
  readonly dbmedic: StartedDbmedic
  readonly placebo: Placebo
  readonly sysbench: RunningSysbench
}

async function allRounds(setup: RoundsSetup, players: Players): Promise<readonly Round[]> {
  const { options, say } = setup.run
  const random = seededRandom(options.number('seed'))
  const rounds: Round[] = []
  for (let i = 0; i < options.number('rounds'); i += 1) {
    const order = shuffled(SIDES, random)
    const sides = new Map<SideName, Side>()
    for (const name of order) sides.set(name, await side(setup, players, name))
    const round: Round = { order, sides: Object.fromEntries(sides) as Record<SideName, Side> }
    rounds.push(round)
    players.placebo.use(Math.max(0.1, round.sides.with.otherCpuPercent))
    const { without, with: watched, placebo } = round.sides
    const ratio = (one: Side): string =>
      (one.transactionsPerSecond / without.transactionsPerSecond).toFixed(4)
    say(
      `${setup.workload} round ${i + 1}/${options.number('rounds')}: ${without.transactionsPerSecond.toFixed(1)} ` +
        `transactions/s without; with ${ratio(watched)}, placebo ${ratio(placebo)}; ours ${watched.cost.sharePercent?.toFixed(3) ?? '-'} %`,
    )
  }
  return rounds
}

async function side(setup: RoundsSetup, players: Players, name: SideName): Promise<Side> {
  const { run, reader, serverPid } = setup
  const { dbmedic, placebo, sysbench } = players
  const isNull = run.options.flag('null')
  dbmedic.mustRun()
  sysbench.mustRun()
  if (name === 'with' && !isNull) dbmedic.resume()
  else dbmedic.pause()
  if (name === 'placebo' && !isNull) placebo.resume()
  else placebo.pause()
  await pause(run, SETTLE_MS)
  const other = name === 'placebo' ? placebo.pid : dbmedic.pid
  const cpuNow = () => ({ server: usageOf(serverPid).cpuSeconds, other: usageOf(other).cpuSeconds })
  const [before, cpuBefore, from] = [await reader.now(), cpuNow(), sysbench.seen()]
  await pause(run, run.options.number('seconds') * 1000)
  const [after, cpuAfter, to] = [await reader.now(), cpuNow(), sysbench.seen()]
  const cost = costBetween(before, after)
  return {
    // The first line told of a second that began before.
    ...sysbench.between(from + 1, to),
    serverCpuPercent: (100 * (cpuAfter.server - cpuBefore.server)) / cost.seconds,
    otherCpuPercent: (100 * (cpuAfter.other - cpuBefore.other)) / cost.seconds,
    cost,
  }
}

/** Fisher and Yates 1938, as Durstenfeld 1964 programs it. */
function shuffled<T>(list: readonly T[], random: () => number): readonly T[] {
  const some = [...list]
  for (let i = some.length - 1; i > 0; i -= 1) {
    const j = Math.floor(random() * (i + 1))
    const [a, b] = [some[i] as T, some[j] as T]
    some[i] = b
    some[j] = a
  }
  return some
}

async function pause(run: BenchRun, ms: number): Promise<void> {
  try {
    await sleep(ms, undefined, { signal: run.signal })
  } catch {
    throw new Interrupted('interrupted; everything was stopped and removed')
  }
}
