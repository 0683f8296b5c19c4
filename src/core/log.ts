/**
 * One structured line a happening. Values are facts about our own work: ids, counts, durations, names of
 * objects. Never a secret, a literal of a statement or a value of a row.
 */

/** A line of the log. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  /** The stage or role that speaks: `detect`, `analyze`, `decide`, `approve`, `execute`, `verify`, `learn`. */
  readonly stage: string
  readonly message: string
  readonly [field: string]: string | number | boolean | null | undefined
}

/** Where lines go. */
export type Log = (line: LogLine) => void
