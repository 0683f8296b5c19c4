/**
 * How often instruments can be read so that watching is expected to stay within its budget, by what their last readings cost: before
 * it is overspent. What was spent in fact is `cost-budget.ts`, which takes further steps where this was not enough. Pure.
 */
import type { SnapshotName } from './collector.ts'
import { FRESH_SHARE } from './collector-runner.ts'

/** What must be known of an instrument to plan it. */
export interface Planned {
  readonly name: SnapshotName
  /** Its own interval, ms at pace 1. */
  readonly everyMs: number
  /** `slow`: facts that change by the day; `quick`: what finds trouble; `kept`: read at its own interval whatever it costs. */
  readonly kind: 'slow' | 'quick' | 'kept'
}

/** What the plan has to fit into. */
export interface PlanRoom {
  /** The budget, ms of statement time a second. */
  readonly budget: number
  /** How often the budget may be spent so that what finds trouble is read in time: 1 as a rule. */
  readonly patience: number
  /** What is spent on no instrument’s account, ms a second: questions, and readings several instruments share. */
  readonly elsewhere: number
}

/** By how much the interval of a quick instrument is multiplied, step by step: 10 s become a minute at most. */
export const STRETCHES = [1, 2, 3, 4, 6] as const
/** A slow instrument’s part of the budget: two of them leave four fifths of it to what finds trouble. */
const SLOW_SHARE = 0.1
/** A quarter of an hour becomes a day at most: facts older than that are no longer those of today. */
export const SLOW_TIMES_MAX = 96
/** Part of the budget the plan is made for; the rest is for what costs more than it did. */
const PLANNED_SHARE = 0.9
/** A quick instrument that takes no more than this part of the budget is not what is dear. */
const DEAR_SHARE = 0.25
/** Readings the cost of the next one is told by: the middle one, or the cheaper of two. */
const READINGS = 3
/**
 * Readings before a quick instrument is planned: the first reads more than the others, and three windows are what tells a lasting trouble,
 * also one that was there before us.
 */
const QUICK_READINGS = 4

/**
 * By how much the interval of each instrument is multiplied (1: not at all). A slow one has a fixed part of the budget. The quick ones
 * have what all others leave: the dearest is read less often first, as long as it is a dear one and it is too much.
 * @param costMs statement time the next reading of an instrument is expected to cost, ms; absent: nothing is known of it
 */
export function plannedTimes(
  instruments: readonly Planned[],
  costMs: ReadonlyMap<SnapshotName, number>,
  { budget, patience, elsewhere }: PlanRoom,
): ReadonlyMap<SnapshotName, number> {
  const times = new Map<SnapshotName, number>(instruments.map(({ name }) => [name, 1]))
  const rate = (one: Planned): number =>
    expectedRate(one, costMs.get(one.name) ?? 0, times.get(one.name) ?? 1)
  for (const one of instruments.filter(({ kind }) => kind === 'slow'))
    times.set(one.name, Math.min(SLOW_TIMES_MAX, Math.max(1, Math.ceil(rate(one) / (SLOW_SHARE * budget)))))
  const total = (): number => instruments.reduce((sum, one) => sum + rate(one), elsewhere)
  const next = (one: Planned): number | undefined => STRETCHES.find((by) => by > (times.get(one.name) ?? 1))
  while (total() > PLANNED_SHARE * patience * budget) {
    const [dearest] = instruments
      .filter((one) => one.kind === 'quick' && rate(one) > DEAR_SHARE * patience * budget)
      .flatMap((one) => {
        const by = next(one)
        return by === undefined ? [] : [{ name: one.name, by, rate: rate(one) }]
      })
      .toSorted((a, b) => b.rate - a.rate)
    if (dearest === undefined) break
    times.set(dearest.name, dearest.by)
  }
  return times
}

/** Statement time a second, ms, of an instrument whose readings cost `costMs`, asked for as often as it gives a new one. */
export function expectedRate({ everyMs }: Pick<Planned, 'everyMs'>, costMs: number, times: number): number {
  return (1000 * costMs) / (everyMs * times * FRESH_SHARE)
}

/** What the last readings of each instrument cost. */
export class ReadingCosts {
  readonly #open = new Map<SnapshotName, number>()
  readonly #ended = new Map<SnapshotName, readonly number[]>()

  /** Adds a statement of `ms` to the reading of `name` that is being made. */
  add(name: SnapshotName, ms: number): void {
    this.#open.set(name, (this.#open.get(name) ?? 0) + ms)
  }

  /** The reading of `name` is over; one that failed counts if it cost more than those that did not: it will be tried again. */
  end(name: SnapshotName, how: 'read' | 'failed' = 'read'): void {
    const cost = this.#open.get(name) ?? 0
    this.#open.delete(name)
    const before = this.#ended.get(name) ?? []
    if (how === 'failed' && cost <= Math.max(0, ...before)) return
    this.#ended.set(name, [...before, cost].slice(-QUICK_READINGS))
  }

  /**
   * Cost of the next reading of each instrument, ms: of three readings the middle one, of two the cheaper, so that one hiccup is no
   * cost. Of a slow instrument one reading is enough: the second may be hours away.
   */
  expected(instruments: readonly Planned[]): ReadonlyMap<SnapshotName, number> {
    return new Map(
      instruments.flatMap(({ name, kind }) => {
        const ended = this.#ended.get(name) ?? []
        if (ended.length < (kind === 'quick' ? QUICK_READINGS : 1)) return []
        const last = ended.slice(-READINGS).toSorted((a, b) => a - b)
        return [[name, last[Math.floor((last.length - 1) / 2)] ?? 0] as const]
      }),
    )
  }
}
