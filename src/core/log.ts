/**
 * One structured line a happening. Values are facts about our own work: ids, counts, durations, names of
 * objects. Never a secret, a literal of a statement or a value of a row.
 */
import { DbmedicError } from './errors.ts'

/** A line of the log. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  /** The stage or role that speaks: `detect`, `analyze`, `decide`, `approve`, `execute`, `verify`, `learn`. */
  readonly stage: string
  readonly message: string
  readonly [field: string]: string | number | boolean | null | undefined
}

/** What a line says of an error: its message and, where it is one of the table, its code and the next step. */
export function errorFields(error: unknown): {
  readonly message: string
  readonly code?: string
  readonly next?: string
} {
  if (error instanceof DbmedicError) return { message: error.message, code: error.code, next: error.hint }
  return { message: error instanceof Error ? error.message : 'unknown failure' }
}

/** Where lines go. */
export type Log = (line: LogLine) => void

/** The same log for what is about one target: each line names it. */
export const forTarget =
  (log: Log, targetName: string): Log =>
  (line) =>
    log({ target: targetName, ...line })
