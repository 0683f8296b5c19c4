/**
 * Says which instruments are skipped so that watching stays within its budget: a change of the set, at most once in
 * ten minutes for a target, because the set may go up and down by the minute on a server near the budget.
 */
import type { Log } from '../../core/log.ts'
import type { ObserverCost } from '../../core/observer.ts'

/** Least time between two lines of a target, ms. */
export const SHED_NOTICE_MS = 600_000

/** What was said last of one target. */
export class ShedNotice {
  readonly #log: Log
  readonly #targetName: string
  #said = ''
  #saidMs = Number.NEGATIVE_INFINITY

  constructor(log: Log, targetName: string) {
    this.#log = log
    this.#targetName = targetName
  }

  /** Logs the set at `nowMs` (ms, any steady origin) if it is another than was said last, and it is time. */
  look(cost: ObserverCost, nowMs: number): void {
    const { shed, shedsMuch, busyMsPerSecond, allowedMsPerSecond } = cost
    const skipped = shed.join(', ')
    if (skipped === this.#said || nowMs - this.#saidMs < SHED_NOTICE_MS) return
    this.#said = skipped
    this.#saidMs = nowMs
    const figures = {
      target: this.#targetName,
      costMsPerSecond: rounded(busyMsPerSecond),
      budgetMsPerSecond: rounded(allowedMsPerSecond),
    }
    if (skipped === '') {
      const message = 'every instrument is read again'
      this.#log({ level: 'info', stage: 'detect', message, ...figures })
      return
    }
    this.#log({
      level: shedsMuch ? 'warn' : 'info',
      stage: 'detect',
      message: `not read for now, so that watching stays within its budget: ${skipped}`,
      ...figures,
      next: 'They are read again by themselves; raise budgetPercent or budgetMsPerSecond of this target to read them always.',
    })
  }
}

const rounded = (ms: number): number => Math.round(ms * 100) / 100
