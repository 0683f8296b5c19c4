/** What a failed read means for a reading: `known: false` with the reason and the next step. */
import { DbmedicError } from '../../core/errors.ts'
import { type Outcome, unknown } from './collector.ts'

/** The outcome for a read that threw `error`. Texts of the server are never in it. */
export function unknownBecause(error: unknown): Outcome<never> {
  if (error instanceof DbmedicError) return unknown(error.message, error.hint, error.code)
  if (error instanceof RangeError) return unknown(error.message, 'It is read again at the next interval.')
  const kind = error instanceof Error ? error.name : typeof error
  return unknown(
    `the reading could not be understood (${kind})`,
    'It is read again; if it stays so, please report it.',
  )
}
