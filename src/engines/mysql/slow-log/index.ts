// What the rest of the project may use from this folder.

export {
  type DigestSlowLogOptions,
  digestSlowLog,
  type SlowLogClass,
  type SlowLogDigest,
} from './digest-slow-log.ts'
export type { SlowLogEvent } from './event.ts'
export type { LoggedPlanRow } from './logged-plan.ts'
export type { SlowLogReading } from './read-slow-log.ts'
export type { SlowLogContext, SlowLogEntry } from './slow-log-entry.ts'
export { SlowLogParser, type SlowLogParserOptions } from './slow-log-parser.ts'
export { SLOW_LOG_TABLE_SQL, type SlowLogTableRow, slowLogEventOfRow } from './slow-log-table.ts'
export {
  type SlowLogTailLook,
  type SlowLogTailOptions,
  type SlowLogTailState,
  TAIL_BYTES_PER_SECOND,
  tailSlowLog,
} from './tail-slow-log.ts'
export type { SeriesSummary } from './value-series.ts'
