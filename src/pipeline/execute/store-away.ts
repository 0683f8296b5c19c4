/** Waiting for a store that cannot be used just now: its server restarts, its disk is full, its file is locked. */
import { setTimeout as sleep } from 'node:timers/promises'
import { DbmedicError } from '../../core/errors.ts'

const AWAY: readonly string[] = [
  'DBM_STORE_UNREACHABLE',
  'DBM_STORE_REPLACED',
  'DBM_STORE_BUSY',
  'DBM_STORE_FULL',
  'DBM_STORE_READ_ONLY',
]
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 2_000

/** Is it the store that is away, so that the same write may succeed later? */
export const isStoreAway = (error: unknown): boolean =>
  error instanceof DbmedicError && AWAY.includes(error.code)

/** How long to go on. */
export interface Patience {
  /** Asked after each failure; false: the failure is thrown. */
  readonly goOn: () => boolean
  /** Default: sleeps. */
  readonly wait?: (ms: number) => Promise<unknown>
}

/**
 * Does `work` until the store answers. Only for work that may be done twice. `tries` says how often it failed
 * before: then what it wrote may be stored already. @throws what `work` throws for any other reason.
 */
export async function whenStoreIsBack<T>(
  work: (tries: number) => Promise<T>,
  { goOn, wait = sleep }: Patience,
): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await work(tries)
    } catch (error) {
      if (!isStoreAway(error) || !goOn()) throw error
      await wait(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(tries, 8)))
    }
  }
}
