/** What is the matter with a target's instrument, and how loud it is said. */
import { errorFields } from '../../core/log.ts'

/** What is the matter, as a reading or an error states it. */
export interface Trouble {
  readonly because: string
  readonly toProceed?: string | undefined
  readonly code?: string | undefined
}

/** Trouble an error is. @param what what was not done for it */
export function troubleOf(error: unknown, what: string): Trouble {
  const { message, code, next } = errorFields(error)
  return { because: `${what}: ${message}`, toProceed: next, code }
}

/** How loud trouble is: what passes with a little time hardly, what no one can mend not much, all else is a warning. */
export function levelOf(toProceed: string | undefined): 'debug' | 'info' | 'warn' {
  if (toProceed?.startsWith('Wait') === true) return 'debug'
  return toProceed?.startsWith('Nothing to do') === true ? 'info' : 'warn'
}
