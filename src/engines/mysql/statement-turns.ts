/**
 * How many statements of this process run on one server at a time. Many targets may share a server (a schema each), and
 * hundreds of sessions that read at once wait for its processors and for each other: what is then counted is waiting.
 */

/**
 * What a statement is for. `reading`: instruments that are read all the time, which must not wait for anything long; `heavy`:
 * catalogs and sizes; `question`: answers to other roles, plans included.
 */
export type Lane = 'reading' | 'heavy' | 'question'

/** Statements of a lane that run on one server at once. The lanes do not wait for each other. */
export const AT_ONCE: Readonly<Record<Lane, number>> = { reading: 3, heavy: 1, question: 2 }

/** The turns of one server. First come, first served, so nobody is passed over; a turn ends with its statement. */
export class StatementTurns {
  readonly #running: Record<Lane, number> = { reading: 0, heavy: 0, question: 0 }
  readonly #waiting: Record<Lane, (() => void)[]> = { reading: [], heavy: [], question: [] }

  /** Does `work` when its turn comes. It must end by itself, and wait for no other turn. Rejects as it does. */
  async take<T>(lane: Lane, work: () => Promise<T>): Promise<T> {
    await this.#granted(lane)
    try {
      return await work()
    } finally {
      this.#pass(lane)
    }
  }

  #granted(lane: Lane): Promise<void> {
    if (this.#running[lane] < AT_ONCE[lane]) {
      this.#running[lane] += 1
      return Promise.resolve()
    }
    return new Promise((resolve) => {
      this.#waiting[lane].push(resolve)
    })
  }

  /** Hands the turn to the next one, or back. */
  #pass(lane: Lane): void {
    const next = this.#waiting[lane].shift()
    if (next === undefined) this.#running[lane] -= 1
    else next()
  }
}
