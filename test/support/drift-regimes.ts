/**
 * What happens to statement times on servers nobody changed anything on: steps, trends, bursts, heavy tails, batches, and
 * classes that wander alone or in groups. Each is drawn from a seed, so that how often a verification takes it for the
 * work of an action can be counted, and counted again.
 */
import { verifyRun } from '../../src/app/index.ts'
import type { VerificationPlan } from '../../src/core/plan.ts'
import { normalDraw, seededRandom } from '../../src/core/random.ts'
import { fromMs } from '../../src/core/time.ts'
import type { Verdict } from '../../src/core/vocabulary.ts'
import { FINISHED, readerOf, runOf, samplesOf, UNCHANGED, type Workload } from './workload-samples.ts'

/** Factor on the mean time of a class at a moment; class 0 is the affected one. */
type Factor = Workload['factor']

/** One kind of drift: what a seed makes of it. */
export type Regime = (random: () => number) => Partial<Workload>

const AFTER_MS = 900_000
const SETTLE_MS = 30_000
const LOOKS = 4
/** Time a drift's moments are drawn from: the window before and the two after, which decide most verdicts. */
const FROM = UNCHANGED.fromMs
const TO = FINISHED + SETTLE_MS + 2 * AFTER_MS

const between = (random: () => number, low: number, high: number): number => low + (high - low) * random()
const either = (random: () => number, factor: number): number => (random() < 0.5 ? factor : 1 / factor)

/** A step at a drawn moment, of a drawn size, of the classes that `concerns` says. */
function step(random: () => number, concerns: (series: number) => boolean): Factor {
  const from = between(random, FROM, TO)
  const size = either(random, between(random, 1.4, 3))
  return (series, at) => (concerns(series) && at >= from ? size : 1)
}

/** A straight line on logarithms over the whole time, of a drawn slope. */
function trend(random: () => number, concerns: (series: number) => boolean): Factor {
  const whole = Math.log(either(random, between(random, 1.5, 4)))
  return (series, at) => (concerns(series) ? Math.exp((whole * (at - FROM)) / (TO - FROM)) : 1)
}

/** Half a minute to three minutes in which `concerns` is two to five times as slow, about every ten minutes. */
function bursts(random: () => number, concerns: (series: number) => boolean): Factor {
  const all: { readonly from: number; readonly to: number; readonly size: number }[] = []
  for (let at = FROM; at < UNCHANGED.toMs; at += 600_000 * -Math.log(Math.max(1e-9, random())))
    all.push({ from: at, to: at + between(random, 30_000, 180_000), size: between(random, 2, 5) })
  return (series, at) =>
    concerns(series) ? (all.find((one) => at >= one.from && at < one.to)?.size ?? 1) : 1
}

/** Classes in groups (of a table, a disk), each of which wanders slowly by itself. */
function groups(random: () => number, count: number): Factor {
  const STEP = 30_000
  const paths = Array.from({ length: count }, () => {
    const path: number[] = []
    let x = normalDraw(random) * 0.25
    for (let at = FROM; at < UNCHANGED.toMs; at += STEP) {
      x = 0.97 * x + Math.sqrt(1 - 0.97 ** 2) * 0.25 * normalDraw(random)
      path.push(x)
    }
    return path
  })
  return (series, at) => Math.exp(paths[series % count]?.[Math.floor((at - FROM) / STEP)] ?? 0)
}

/** Twelve minutes of every hour in which everything is slower, some classes more. */
function hourly(random: () => number): Factor {
  const phase = between(random, 0, 3_600_000)
  const size = between(random, 1.3, 2.5)
  return (series, at) => ((at - FROM + phase) % 3_600_000 < 720_000 ? size ** (0.7 + 0.1 * (series % 7)) : 1)
}

const everybody = (): boolean => true
const affected = (series: number): boolean => series === 0

/** Every kind of drift that is counted. */
export const REGIMES: { readonly [name: string]: Regime } = {
  'nothing but noise': () => ({}),
  'the server wanders slowly': () => ({ sharedSpread: 0.35, memory: 0.995 }),
  'each class wanders slowly': () => ({ ownSpread: 0.25, memory: 0.995 }),
  'classes wander in two groups': (r) => ({ factor: groups(r, 2) }),
  'classes wander in three groups': (r) => ({ factor: groups(r, 3) }),
  'the server steps once': (r) => ({ factor: step(r, everybody) }),
  'the affected class steps once': (r) => ({ factor: step(r, affected) }),
  'an untouched class steps once': (r) => ({ factor: step(r, (series) => series === 1) }),
  'the server trends': (r) => ({ factor: trend(r, everybody) }),
  'the affected class trends': (r) => ({ factor: trend(r, affected) }),
  'the server has bursts': (r) => ({ factor: bursts(r, everybody) }),
  'the affected class has bursts': (r) => ({ factor: bursts(r, affected) }),
  'a batch comes every hour': (r) => ({ factor: hourly(r) }),
  'single calls have heavy tails': () => ({ tail: 1.5 }),
  'two controls, slow wandering': () => ({ controls: 2, ownSpread: 0.25, memory: 0.995 }),
  'no control, slow wandering': () => ({ controls: 0, ownSpread: 0.15, memory: 0.995 }),
}

/** What an action did, from the end of its run on. */
export const EFFECTS: { readonly [name: string]: Factor } = {
  nothing: () => 1,
  'halves the affected class': (series, at) => (series === 0 && at >= FINISHED ? 0.5 : 1),
  'takes four fifths off the affected class': (series, at) => (series === 0 && at >= FINISHED ? 0.2 : 1),
  'doubles the affected class': (series, at) => (series === 0 && at >= FINISHED ? 2 : 1),
  'doubles the whole server': (_series, at) => (at >= FINISHED ? 2 : 1),
  'triples one untouched class': (series, at) => (series === 1 && at >= FINISHED ? 3 : 1),
}

/** How many runs came to which verdict. */
export type Counted = Record<Verdict, number>

/** Verdicts of runs with an effect amid a drift, one a seed, as the executor comes to them. */
export async function countVerdicts(
  regime: Regime,
  effect: Factor,
  given: { readonly seeds: number; readonly plan?: Partial<VerificationPlan> },
): Promise<Counted> {
  const count: Counted = { improved: 0, no_effect: 0, regressed: 0, undecided: 0 }
  for (let seed = 1; seed <= given.seeds; seed += 1) {
    const drawn = { ...UNCHANGED, ...regime(seededRandom(seed * 7919)), seed }
    const factor: Factor = (series, at) => drawn.factor(series, at) * effect(series, at)
    const verdict = await verdictOf({ ...drawn, factor }, given.plan ?? {})
    count[verdict] += 1
  }
  return count
}

async function verdictOf(workload: Workload, plan: Partial<VerificationPlan>): Promise<Verdict> {
  const { execution, decision } = runOf({ minimumGainPercent: 20, ...plan }, workload.seed)
  const read = readerOf(samplesOf(workload))
  const onset = execution.startedAt ?? fromMs(FROM)
  for (let look = 1; look <= LOOKS; look += 1) {
    const now = fromMs(FINISHED + SETTLE_MS + look * AFTER_MS)
    const row = await verifyRun({ execution, decision, onset, now, read })
    if (row !== null) return row.verdict
  }
  throw new Error('there was no verdict after the last look')
}
