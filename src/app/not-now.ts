/** What stands against a change in the records themselves, said before the store would refuse it. */
import type { Refusal } from '../core/errors.ts'

/** A refusal for what is so now: why, and what would let it proceed. */
export const notNow = (because: string, toProceed: string): Refusal => ({
  refused: true,
  code: 'DBM_PRECONDITION_FAILED',
  because,
  toProceed,
})
