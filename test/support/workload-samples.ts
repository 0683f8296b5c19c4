/**
 * Simulated statement classes as an observer would have sampled them: calls by a Poisson process, times that
 * wander slowly (first-order autoregression on logarithms, per class and shared by all), so that neighbouring
 * windows resemble each other as they do on real servers.
 */
import type { Decision, Execution, MetricSample } from '../../src/core/nouns.ts'
import type { VerificationPlan } from '../../src/core/plan.ts'
import { normalDraw, seededRandom } from '../../src/core/random.ts'
import type { ReadPort } from '../../src/core/store-ports.ts'
import { fromMs } from '../../src/core/time.ts'
import { BINDING, VERIFICATION } from './bindings.ts'

/** When the run started and, ten seconds later, finished. */
export const STARTED = Date.parse('2026-11-21T12:00:00Z')
/** End of the run, ms. */
export const FINISHED = STARTED + 10_000
const STEP_MS = 5_000

/** How a simulated workload behaves. */
export interface Workload {
  readonly seed: number
  /** Statement classes besides the affected one (`q0`). */
  readonly controls: number
  /** Mean calls of a class in five seconds. */
  readonly calls: number
  /** Spread, in log, of what wanders per class and of what all classes share. */
  readonly ownSpread: number
  readonly sharedSpread: number
  /** Correlation of neighbouring five-second windows, 0..1. */
  readonly memory: number
  /** Length of a window, ms; default 5,000. */
  readonly stepMs?: number
  /**
   * Exponent of Pareto's law that single calls follow: below 2 their variance is infinite. Default: a lognormal law.
   */
  readonly tail?: number
  /** Factor on the mean time of a class at a moment: what the action, a spike or a drift did. */
  readonly factor: (series: number, atMs: number) => number
  /** First and last moment. */
  readonly fromMs: number
  readonly toMs: number
}

/** A quiet but realistic workload with nothing done to it. */
export const UNCHANGED: Workload = {
  seed: 1,
  controls: 7,
  calls: 12,
  ownSpread: 0.2,
  sharedSpread: 0.2,
  memory: 0.9,
  factor: () => 1,
  fromMs: STARTED - 900_000,
  toMs: FINISHED + 30_000 + 4 * 900_000,
}

/** The samples of a workload. */
export function samplesOf(w: Workload): MetricSample[] {
  const random = seededRandom(w.seed * 2_654_435_761)
  const wander = (spread: number): (() => number) => {
    let x = normalDraw(random) * spread
    return () => {
      x = w.memory * x + Math.sqrt(1 - w.memory ** 2) * spread * normalDraw(random)
      return x
    }
  }
  const shared = wander(w.sharedSpread)
  const own = Array.from({ length: w.controls + 1 }, () => wander(w.ownSpread))
  const samples: MetricSample[] = []
  const { stepMs = STEP_MS } = w
  const oneCall = callOf(w.tail, random)
  for (let at = w.fromMs; at < w.toMs; at += stepMs) {
    const all = shared()
    for (const [series, next] of own.entries()) {
      const mean = 10 * (1 + series) * Math.exp(all + next()) * w.factor(series, at)
      const calls = poisson(w.calls, random)
      let totalMs = 0
      for (let i = 0; i < calls; i += 1) totalMs += mean * oneCall()
      samples.push(sample(`q${series}`, at, { calls, totalMs, windowEnd: fromMs(at + stepMs) }))
    }
  }
  return samples
}

/** Times of single calls, of mean 1. */
const callOf = (tail: number | undefined, random: () => number): (() => number) =>
  tail === undefined
    ? () => Math.exp(0.5 * normalDraw(random) - 0.125)
    : () => ((tail - 1) / tail) * Math.max(random(), 1e-9) ** (-1 / tail)

/** One five-second window of a series. */
export const sample = (seriesKey: string, at: number, change: Partial<MetricSample>): MetricSample => ({
  targetId: 1,
  instanceUid: 'uid-1',
  epoch: '2026-11-01T00:00:00.000000Z',
  seriesKind: 'statement',
  seriesKey,
  windowStart: fromMs(at),
  windowEnd: fromMs(at + STEP_MS),
  calls: 0,
  totalMs: 0,
  measures: {},
  ...change,
})

function poisson(mean: number, random: () => number): number {
  const limit = Math.exp(-mean)
  let product = random()
  let n = 0
  while (product > limit) {
    product *= random()
    n += 1
  }
  return n
}

/** A store that holds these samples. */
export function readerOf(samples: readonly MetricSample[]): ReadPort {
  return {
    samples: async (q: Parameters<ReadPort['samples']>[0]) =>
      samples
        .filter(
          (s) =>
            s.seriesKind === q.seriesKind &&
            (q.seriesKey === null || s.seriesKey === q.seriesKey) &&
            s.windowStart >= q.from &&
            s.windowStart <= q.to,
        )
        .slice(0, q.limit),
  } as unknown as ReadPort
}

/** A completed run on `statement:q0` and its decision, measured by this plan. */
export function runOf(
  plan: Partial<VerificationPlan> = {},
  executionId = 1,
): { execution: Execution; decision: Decision } {
  const verification = { ...VERIFICATION, affectedSeries: ['statement:q0'], ...plan }
  return {
    execution: {
      executionId,
      executionStatus: 'COMPLETED',
      executionOutcome: 'SUCCESS',
      startedAt: fromMs(STARTED),
      finishedAt: fromMs(FINISHED),
    } as Execution,
    decision: { targetId: 1, bindingText: JSON.stringify({ ...BINDING, verification }) } as Decision,
  }
}
