/** How long to leave a target alone after a failure: doubling from 0.5 s to 60 s, each ±20 %, so that many watchers spread. */
import type { TargetError } from './target-error.ts'

const FIRST_MS = 500
const LONGEST_MS = 60_000
const JITTER = 0.2

/** Clock (ms, monotonic) and randomness (0..1), replaceable in tests. */
export interface DelaySources {
  readonly now: () => number
  readonly random: () => number
}

const REAL: DelaySources = { now: () => performance.now(), random: Math.random }

/** Remembers failures in a row; a statement that succeeded forgets them. */
export class ReopenDelay {
  readonly #sources: DelaySources
  #failures = 0
  #notBefore = 0
  #last: TargetError | null = null

  constructor(sources: DelaySources = REAL) {
    this.#sources = sources
  }

  /** Notes a failure. The first is followed by 0.5 s of quiet, each further one by twice as much, at most 60 s. */
  failed(error: TargetError): void {
    const delay = Math.min(LONGEST_MS, FIRST_MS * 2 ** this.#failures)
    this.#failures = Math.min(this.#failures + 1, 30)
    this.#last = error
    this.#notBefore = this.#sources.now() + delay * (1 - JITTER + 2 * JITTER * this.#sources.random())
  }

  succeeded(): void {
    this.#failures = 0
    this.#notBefore = 0
    this.#last = null
  }

  /** @throws TargetError the last failure again, while the quiet after it lasts: the target is not asked. */
  check(): void {
    if (this.#last !== null && this.#sources.now() < this.#notBefore) throw this.#last
  }
}
