/** Puts on record what watching a target costs, every five minutes: one small row, read for /metrics. */
import type { MetricSample } from '../../core/nouns.ts'
import type { Identity, ObserverCost } from '../../core/observer.ts'
import { fromMs, toMs, type UtcTime } from '../../core/time.ts'
import { COST_EVERY_MS, COST_SERIES, COST_WINDOW_MS, costMeasures } from '../../core/watching-cost.ts'

/** When the next record of one target is due. The first comes with the first whole window: beginnings cost more. */
export class CostRecord {
  readonly #targetId: number
  readonly #paceFactor: number
  #dueMs: number | null = null

  /** @param paceFactor multiplies the interval; 1 normally, less in laboratories */
  constructor(targetId: number, paceFactor: number) {
    this.#targetId = targetId
    this.#paceFactor = paceFactor
  }

  /** Is one due at `nowMs` (ms, any steady origin)? Due is due until `written` is told of it. */
  isDue(nowMs: number): boolean {
    this.#dueMs ??= nowMs + COST_WINDOW_MS * this.#paceFactor
    return this.#dueMs <= nowMs
  }

  /** The record of `nowMs` is on record. */
  written(nowMs: number): void {
    this.#dueMs = nowMs + COST_EVERY_MS * this.#paceFactor
  }

  /** The minute before `at`, a moment of the store's clock. */
  sample(cost: ObserverCost, { instanceUid, epoch }: Identity, at: UtcTime): MetricSample {
    return {
      ...COST_SERIES,
      targetId: this.#targetId,
      instanceUid,
      epoch,
      windowStart: fromMs(toMs(at) - COST_WINDOW_MS),
      windowEnd: at,
      calls: 1,
      totalMs: cost.busyMsPerSecond * (COST_WINDOW_MS / 1000),
      measures: costMeasures(cost),
    }
  }
}
