/**
 * What a read that failed means for the answer: `known: false` with a reason and a next step. Server messages
 * are not passed on, because those of a planned statement can hold its literals; numbers and meanings are.
 */
import { DbmedicError } from '../../../core/errors.ts'

/** Why something is not known. */
export interface Unknown {
  readonly because: string
  readonly toProceed: string
}

/** Reasons worth more words than the error table has; numbers are the same in MySQL and MariaDB. */
const MEANINGS: ReadonlyMap<number, Unknown> = new Map([
  [
    1205,
    {
      because: 'a lock on the object was not free within the limit (error 1205)',
      toProceed: 'Ask again when the DDL or LOCK TABLES on the object has ended.',
    },
  ],
  [
    1146,
    {
      because: 'a table or view it needs is not there (error 1146)',
      toProceed:
        'Check that the sys and performance_schema schemas are installed, and the tables the statement names.',
    },
  ],
])

/** The server's error number of a failed read; null where the server did not speak. */
export function errorNumber(error: unknown): number | null {
  if (typeof error !== 'object' || error === null || !('errno' in error)) return null
  return typeof error.errno === 'number' ? error.errno : null
}

/** True where the server says the account lacks a privilege. */
export function isDenied(error: unknown): boolean {
  return [1044, 1095, 1142, 1143, 1227, 1345, 1370].includes(errorNumber(error) ?? 0)
}

/** The answer for a read that rejected with `error`. */
export function unknownBecause(error: unknown): Unknown {
  const meaning = MEANINGS.get(errorNumber(error) ?? 0)
  if (meaning !== undefined) return meaning
  if (error instanceof DbmedicError) return { because: error.message, toProceed: error.hint }
  if (error instanceof RangeError) return { because: error.message, toProceed: 'Run: dbmedic check <target>' }
  return {
    because: 'the answer could not be read',
    toProceed: 'It is asked again; if it stays so, report it.',
  }
}
