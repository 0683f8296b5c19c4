// Decides whether something that may be repeated is repeated: attempts, budget, breaker; and how long to pause before.

import type { FullRetryOptions } from './guard-options.ts'
import type { GuardStatistics } from './statistics.ts'

/** Repetitions there are without any calls before, so that a quiet application can repeat at all. */
const RESERVE = 10
/** Most repetitions that calls without failures save up. */
const SAVED_MAX = 100

/** One for each guard. */
export class RetryGate {
  readonly #options: FullRetryOptions
  readonly #statistics: GuardStatistics
  readonly #now: () => number
  readonly #random: () => number
  #tokens = RESERVE
  #failedInARow = 0
  #openUntil = 0

  constructor(
    options: FullRetryOptions,
    statistics: GuardStatistics,
    { now = () => performance.now(), random = Math.random } = {},
  ) {
    this.#options = options
    this.#statistics = statistics
    this.#now = now
    this.#random = random
  }

  /** A call or transaction begins. */
  begin(): void {
    if (this.#tokens < SAVED_MAX) this.#tokens += this.#options.budget
  }

  /** It succeeded, after `repeated` repetitions. */
  succeeded(repeated: number): void {
    this.#failedInARow = 0
    if (repeated > 0) this.#statistics.recovered += 1
  }

  /** It failed for good with a failure of the kind that repetitions are for. */
  failed(): void {
    this.#failedInARow += 1
    if (this.#failedInARow >= this.#options.breakerAfter)
      this.#openUntil = this.#now() + this.#options.breakerMs
  }

  /**
   * How long to pause before repetition `attempt` (0 is the first), ms; null if it is not to be made. After the breaker's time is
   * over one failure opens it again, because the row is only ended by a success.
   */
  pauseBefore(attempt: number): number | null {
    const { attempts, baseMs, capMs } = this.#options
    if (attempt >= attempts) return null
    if (this.#now() < this.#openUntil) {
      this.#statistics.deniedByBreaker += 1
      return null
    }
    if (this.#tokens < 1) {
      this.#statistics.deniedByBudget += 1
      return null
    }
    this.#tokens -= 1
    this.#statistics.retries += 1
    return this.#random() * Math.min(capMs, baseMs * 2 ** attempt)
  }
}
