/**
 * Which plan the busiest statement classes have, over time: kind `plan`, key the fingerprint id, one window a stretch
 * in which the plan was the same at both ends. What a plan was cannot be asked afterwards; with this on record a
 * change of it can be told from other reasons to be slow.
 */
import type { SeriesWindow } from '../../core/engine.ts'
import type { Reading } from '../../core/observer.ts'
import { toMs } from '../../core/time.ts'
import type { PlanNode, StatementPlan, StatementWindow } from './shapes.ts'

/** Plans are asked for this often, ms, at pace 1, … */
const TURN_MS = 60_000
/** … this many at once: each is one EXPLAIN of a few milliseconds. */
const PLANS_A_TURN = 5
/** A plan is asked for again after this long, ms, at pace 1. */
const AGE_MS = 300_000
/** Classes followed; the one planned longest ago goes first. */
const CLASSES_MAX = 50
/** Steps of a plan on record, and characters of one. */
const STEPS_MAX = 20
const STEP_CHARACTERS_MAX = 220

/** What plans are watched with. */
export interface PlanSource {
  /** Windows of statement classes, oldest first. */
  statements(): readonly StatementWindow[]
  plan(fingerprintId: string): Promise<Reading<StatementPlan>>
  /** False: nothing is asked for now (the target is busy, or watching too dear). */
  mayAsk(): boolean
}

interface Followed {
  /** Null: it could not be planned; asked again when it is old. */
  readonly plan: StatementPlan | null
  readonly plannedMs: number
  /** What it did since, window by window. */
  readonly since: Stretch | null
}

interface Stretch {
  readonly windowStart: string
  readonly windowEnd: string
  readonly epoch: string
  readonly calls: number
  readonly totalMs: number
}

/** Follows the plans of one target. */
export class PlanWatch {
  readonly #source: PlanSource
  readonly #pace: number
  readonly #now: () => number
  readonly #followed = new Map<string, Followed>()
  #turnMs = Number.NEGATIVE_INFINITY
  #seenTo = ''

  constructor(source: PlanSource, pace: number, now: () => number = () => performance.now()) {
    this.#source = source
    this.#pace = pace
    this.#now = now
  }

  /** Counts what the classes did, and asks for some plans if it is time. Gives the stretches that ended. */
  async windows(): Promise<readonly SeriesWindow[]> {
    const windows = this.#source.statements().filter((window) => window.windowEnd > this.#seenTo)
    for (const window of windows) this.#count(window)
    this.#seenTo = windows.at(-1)?.windowEnd ?? this.#seenTo
    const newest = this.#source.statements().at(-1)
    if (newest === undefined || this.#now() - this.#turnMs < TURN_MS * this.#pace) return []
    if (!this.#source.mayAsk()) return []
    this.#turnMs = this.#now()
    const ended: SeriesWindow[] = []
    for (const id of this.#due(newest)) ended.push(...(await this.#planAgain(id)))
    return ended
  }

  #count(window: StatementWindow): void {
    for (const one of window.statements) {
      const followed = this.#followed.get(one.fingerprintId)
      if (followed === undefined || one.partial) continue
      const { since } = followed
      const isSameLife = since?.epoch === window.epoch
      this.#followed.set(one.fingerprintId, {
        ...followed,
        since: {
          windowStart: isSameLife ? since.windowStart : window.windowStart,
          windowEnd: window.windowEnd,
          epoch: window.epoch,
          calls: (isSameLife ? since.calls : 0) + one.calls,
          totalMs: (isSameLife ? since.totalMs : 0) + one.totalMs,
        },
      })
    }
  }

  /** The busiest classes whose plan is unknown or old. */
  #due(newest: StatementWindow): readonly string[] {
    const oldMs = this.#now() - AGE_MS * this.#pace
    const busiest = newest.statements.toSorted((a, b) => b.totalMs - a.totalMs).slice(0, CLASSES_MAX)
    return [...new Set(busiest.map((one) => one.fingerprintId))]
      .filter((id) => (this.#followed.get(id)?.plannedMs ?? Number.NEGATIVE_INFINITY) <= oldMs)
      .slice(0, PLANS_A_TURN)
  }

  /** What a class did while its plan changed belongs to neither plan. */
  async #planAgain(id: string): Promise<readonly SeriesWindow[]> {
    const before = this.#followed.get(id)
    const reading = await this.#source.plan(id)
    const plan = reading.known ? reading.value : null
    // What ended while it was being planned is counted with the next stretch.
    this.#follow(id, { plan, plannedMs: this.#now(), since: null })
    const since = before?.since ?? null
    if (plan === null || since === null || before?.plan?.planHash !== plan.planHash) return []
    if (since.calls === 0 || toMs(since.windowEnd) < toMs(since.windowStart)) return []
    return [{ ...since, seriesKind: 'plan', seriesKey: id, measures: planMeasures(plan) }]
  }

  /** Follows a class as the newest; the one planned longest ago makes room. */
  #follow(id: string, followed: Followed): void {
    this.#followed.delete(id)
    this.#followed.set(id, followed)
    const [oldest] = this.#followed.keys()
    if (this.#followed.size > CLASSES_MAX && oldest !== undefined) this.#followed.delete(oldest)
  }
}

/**
 * A plan as names of measures: `plan <hash>` is 1, and each step, `01 shop.orders ref by_customer`, is the number of
 * rows expected of it. No value of a row is in it.
 */
export function planMeasures(plan: Pick<StatementPlan, 'planHash' | 'nodes'>): SeriesWindow['measures'] {
  const steps = plan.nodes
    .slice(0, STEPS_MAX)
    .map((node, at): [string, number] => [
      `${String(at + 1).padStart(2, '0')} ${stepText(node)}`,
      Math.max(0, Math.round(node.estimatedRows)),
    ])
  return { [`plan ${plan.planHash}`]: 1, ...Object.fromEntries(steps) }
}

function stepText({ schema, table, alias, access, key }: PlanNode): string {
  const name =
    table === null ? (alias ?? 'a derived table') : `${schema === null ? '' : `${schema}.`}${table}`
  return [name, access, ...(key === null ? [] : [key])].join(' ').slice(0, STEP_CHARACTERS_MAX)
}
