/** Recording things of which the store may refuse one: a refusal must not keep the others from being recorded. */
import { DbmedicError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'

/** What the log says of a refusal: what was refused, and of which row if it has a number. */
export interface Refused {
  readonly message: string
  readonly [field: string]: string | number
}

/** Records one. A refusal by the store is logged, and counts as not recorded. @throws what the store throws otherwise */
export async function unlessRefused(
  record: () => Promise<boolean>,
  log: Log,
  refused: Refused,
): Promise<boolean> {
  try {
    return await record()
  } catch (error) {
    if (!(error instanceof DbmedicError) || error.code !== 'DBM_STORE_REFUSED') throw error
    log({ level: 'warn', stage: 'recovery', ...refused, because: error.message })
    return false
  }
}
