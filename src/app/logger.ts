/** The structured log: one JSON line a happening on standard error, or a readable line on a terminal. */
import { pino } from 'pino'
import type { Log } from '../core/log.ts'

/** Options of the log. */
export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent'
}

/** A log on standard error. Standard output belongs to results. */
export function createLog(options: LogOptions): Log {
  const logger = pino(
    { level: options.level, base: null, timestamp: pino.stdTimeFunctions.isoTime, messageKey: 'message' },
    pino.destination({ dest: 2, sync: true }),
  )
  return ({ level, message, ...fields }) => logger[level](fields, message)
}
