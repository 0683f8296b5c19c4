// What a guard counted.

/** Counts since the guard was made. */
export interface GuardStatistics {
  /** Calls that went through: statements, connections asked for, transactions. */
  calls: number
  /** Failures seen, repeated ones included. */
  failures: number
  /** Repetitions made. */
  retries: number
  /** Calls and transactions that succeeded after a repetition. */
  recovered: number
  /** Repetitions that were allowed by the kind of failure and not made: the budget was used up, or the breaker open. */
  deniedByBudget: number
  deniedByBreaker: number
  /** Transactions whose COMMIT was sent and never answered: nobody knows, and they are not repeated. */
  unknownOutcomes: number
  /** Failures that were described and sent, and those dropped because too many waited. */
  reported: number
  dropped: number
  /** Batches the server did not take at first. */
  postponed: number
}

/** All zero. */
export const newStatistics = (): GuardStatistics => ({
  calls: 0,
  failures: 0,
  retries: 0,
  recovered: 0,
  deniedByBudget: 0,
  deniedByBreaker: 0,
  unknownOutcomes: 0,
  reported: 0,
  dropped: 0,
  postponed: 0,
})
