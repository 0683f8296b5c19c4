/** Another attempt at a whole transaction after a collision: bounded, with a growing, random delay. */
import { setTimeout as sleep } from 'node:timers/promises'
import { DbmedicError } from '../../core/errors.ts'
import { refusalText } from '../schema/rules.ts'
import { Collision, DuplicateRow, type FailureContext, failureOf } from './failures.ts'

/** Attempts at most. With the delays below a transaction gives up after 4 s on average. */
const ATTEMPTS = 12
const FIRST_DELAY_MS = 5
const LONGEST_DELAY_MS = 800

/**
 * Runs `work` until it succeeds, fails for good, or has collided too often.
 * @throws DbmedicError DBM_STORE_BUSY after the last attempt; whatever `work` throws, put in our terms.
 */
export async function withAttempts<T>(work: () => Promise<T>, context: FailureContext): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      const failure = failureOf(error, context)
      if (failure instanceof DuplicateRow) {
        throw new DbmedicError('DBM_STORE_REFUSED', { rule: refusalText('GOV-006') }, failure)
      }
      if (!(failure instanceof Collision)) throw failure
      if (attempt === ATTEMPTS) {
        throw new DbmedicError('DBM_STORE_BUSY', { address: context.address, attempts: attempt }, failure)
      }
      // Full jitter: two that collided must not meet again.
      await sleep(Math.random() * Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt))
    }
  }
}
