/** Waits until what happens has come to rest, so that many changes at once are one. */

/** How long it waits, ms. */
export interface SettledOptions {
  /** Nothing may have happened for this long. */
  readonly quietMs: number
  /** From the first thing that happened it waits no longer than this. */
  readonly longestMs: number
}

/** Does something once after any number of notices. */
export class Settled {
  readonly #options: SettledOptions
  readonly #then: () => void
  #quiet: NodeJS.Timeout | undefined
  #longest: NodeJS.Timeout | undefined

  /** @param then - never called while nothing was noticed */
  constructor(options: SettledOptions, then: () => void) {
    this.#options = options
    this.#then = then
  }

  /** Something happened. */
  notice(): void {
    clearTimeout(this.#quiet)
    this.#quiet = setTimeout(() => this.#end(), this.#options.quietMs)
    this.#longest ??= setTimeout(() => this.#end(), this.#options.longestMs)
  }

  /** What was noticed is forgotten. */
  stop(): void {
    clearTimeout(this.#quiet)
    clearTimeout(this.#longest)
    this.#longest = undefined
  }

  #end(): void {
    this.stop()
    this.#then()
  }
}
