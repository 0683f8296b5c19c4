/** Work under one name, one piece after the other: what was counted before is counted when the next one begins. */

/** A line for each name that has work. Names of finished work are forgotten. */
export class InTurn {
  readonly #last = new Map<string, Promise<unknown>>()

  /** Runs the work when all work before it under this name has ended, however it ended. @throws what the work throws */
  async run<T>(name: string, work: () => Promise<T>): Promise<T> {
    const mine = (this.#last.get(name) ?? Promise.resolve()).then(work)
    const ended = mine.catch(() => undefined)
    this.#last.set(name, ended)
    try {
      return await mine
    } finally {
      if (this.#last.get(name) === ended) this.#last.delete(name)
    }
  }
}
