/**
 * Says which instruments are skipped or read less often so that watching stays within its budget: a change of the set, at most once in
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
    const { shedsMuch, busyMsPerSecond, allowedMsPerSecond } = cost
    const said = whatIsLess(cost)
    if (said === this.#said || nowMs - this.#saidMs < SHED_NOTICE_MS) return
    this.#said = said
    this.#saidMs = nowMs
    const figures = {
      target: this.#targetName,
      costMsPerSecond: rounded(busyMsPerSecond),
      budgetMsPerSecond: rounded(allowedMsPerSecond),
    }
    if (said === '') {
      const message = 'every instrument is read again'
      this.#log({ level: 'info', stage: 'detect', message, ...figures })
      return
    }
    this.#log({
      level: shedsMuch ? 'warn' : 'info',
      stage: 'detect',
      message: said,
      ...figures,
      next: 'They are read as before by themselves; raise budgetPercent or budgetMsPerSecond of this target to read them always.',
    })
  }
}

/** One sentence; empty if every instrument is read as often as it should be. */
function whatIsLess({ shed, stretched }: ObserverCost): string {
  const slower = Object.entries(stretched)
    .filter(([, times]) => times > 1)
    .map(([name, times]) => `${name} (1/${rounded(times)})`)
  const parts = [
    ...(shed.length === 0
      ? []
      : [`not read for now, so that watching stays within its budget: ${shed.join(', ')}`]),
    ...(slower.length === 0 ? [] : [`read less often, for what it costs: ${slower.join(', ')}`]),
  ]
  return parts.join('; ')
}

const rounded = (ms: number): number => Math.round(ms * 100) / 100
