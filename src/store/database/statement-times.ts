/** How long the statements of this process take at the store: what makes every page slow shows here first. */

/** A statement that takes longer is slow, ms: people notice what takes half a second. */
export const SLOW_STATEMENT_MS = 500
/** The slowest is kept for so many minutes. */
const MINUTES = 60
const MINUTE_MS = 60_000

/** What was measured. */
export interface StatementFigures {
  /** Statements since the process opened the store, and those of them that were slow. */
  readonly total: number
  readonly slow: number
  /** The longest of the last hour, ms; null: none was sent. */
  readonly slowestMs: number | null
}

/**
 * Counts statements of all roles of one process. Measured is what the store takes (and the network to it), not the wait for a
 * connection or for the process’s own turn.
 */
export class StatementTimes {
  #total = 0
  #slow = 0
  /** The longest of each minute, by the minute's number modulo their count. */
  readonly #longest = Array.from({ length: MINUTES }, () => ({ minute: -1, ms: 0 }))
  readonly #now: () => number

  /** @param now ms of a clock that is never set */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** Times what is done at once; what throws took its time, too. */
  of<T>(work: () => T): T {
    const began = this.#now()
    try {
      return work()
    } finally {
      this.took(this.#now() - began)
    }
  }

  /** Times what is waited for. */
  async waiting<T>(work: () => Promise<T>): Promise<T> {
    const began = this.#now()
    try {
      return await work()
    } finally {
      this.took(this.#now() - began)
    }
  }

  /** Counts a statement that took so long, ms. */
  took(ms: number): void {
    this.#total += 1
    if (ms > SLOW_STATEMENT_MS) this.#slow += 1
    const minute = this.#minute()
    const kept = this.#longest[minute % MINUTES]
    if (kept === undefined) return
    if (kept.minute !== minute) [kept.minute, kept.ms] = [minute, 0]
    kept.ms = Math.max(kept.ms, ms)
  }

  /** As it stands now. */
  figures(): StatementFigures {
    const since = this.#minute() - MINUTES
    const recent = this.#longest.filter(({ minute }) => minute > since && minute >= 0)
    return {
      total: this.#total,
      slow: this.#slow,
      slowestMs: recent.length === 0 ? null : Math.max(...recent.map(({ ms }) => ms)),
    }
  }

  #minute(): number {
    return Math.floor(this.#now() / MINUTE_MS)
  }
}
