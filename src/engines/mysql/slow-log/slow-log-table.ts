// Rows of the table mysql.slow_log (log_output=TABLE) as the same events the file gives. The query belongs to
// the collector; this is the mapping.

import { parseAccount } from './account.ts'
import type { SlowLogEvent } from './event.ts'

/**
 * Reads rows newer than a moment. `CONVERT` because `sql_text` is a BLOB; the time is compared as text of the session's
 * zone, which the session guards set to UTC. For MySQL 8.0 to 9 and MariaDB 10.6 to 11.8.
 */
export const SLOW_LOG_TABLE_SQL = `SELECT start_time AS start_time, user_host AS user_host,
  TIME_TO_SEC(query_time) AS query_seconds, MICROSECOND(query_time) AS query_micros,
  TIME_TO_SEC(lock_time) AS lock_seconds, MICROSECOND(lock_time) AS lock_micros,
  rows_sent AS rows_sent, rows_examined AS rows_examined, db AS db, thread_id AS thread_id,
  LENGTH(sql_text) AS sql_bytes, CONVERT(LEFT(sql_text, ?) USING utf8mb4) AS sql_text
 FROM mysql.slow_log WHERE start_time > ? ORDER BY start_time LIMIT ?`

/** A row of {@link SLOW_LOG_TABLE_SQL}, as a driver returns it with `dateStrings`. */
export interface SlowLogTableRow {
  /** `2026-11-21 04:44:59.395632`, in UTC. */
  readonly start_time: string
  /** `root[root] @ localhost []`. */
  readonly user_host: string
  readonly query_seconds: number | string
  readonly query_micros: number | string
  readonly lock_seconds: number | string
  readonly lock_micros: number | string
  readonly rows_sent: number | string
  readonly rows_examined: number | string
  readonly db: string | null
  readonly thread_id: number | string
  /** Length of the whole statement, to tell whether `sql_text` is all of it. */
  readonly sql_bytes: number | string
  readonly sql_text: string | null
}

/**
 * The event of a row, or undefined when the row lacks its text or a time (rows can be edited). The server keeps no more
 * than 838:59:59 in `query_time`, and leaves out what `log_slow_extra` and plans add to the file.
 */
export function slowLogEventOfRow(row: SlowLogTableRow): SlowLogEvent | undefined {
  const at = Date.parse(`${row.start_time.replace(' ', 'T')}Z`)
  const queryTimeSeconds = secondsOf(row.query_seconds, row.query_micros)
  if (row.sql_text === null || Number.isNaN(at) || queryTimeSeconds === undefined) return undefined
  const { user, host } = parseAccount(row.user_host)
  const isAdministrator = ADMINISTRATOR_COMMANDS.has(row.sql_text)
  return {
    at,
    startedAt: undefined,
    user,
    host,
    connectionId: countOf(row.thread_id),
    database: row.db || undefined,
    databaseInferred: false,
    queryTimeSeconds,
    lockTimeSeconds: secondsOf(row.lock_seconds, row.lock_micros),
    rowsSent: countOf(row.rows_sent),
    rowsExamined: countOf(row.rows_examined),
    rowsAffected: undefined,
    bytesSent: undefined,
    kind: isAdministrator ? 'administrator' : 'statement',
    text: isAdministrator ? `administrator command: ${row.sql_text}` : row.sql_text,
    truncated: Number(row.sql_bytes) > Buffer.byteLength(row.sql_text),
    attributes: {},
    plan: undefined,
  }
}

/** What the table shows for protocol commands: their bare names, which no statement can be. */
const ADMINISTRATOR_COMMANDS: ReadonlySet<string> = new Set([
  ...['Ping', 'Quit', 'Init DB', 'Prepare', 'Close stmt', 'Reset stmt', 'Change user', 'Statistics', 'Debug'],
  ...['Reset Connection', 'Refresh', 'Set option', 'Binlog Dump', 'Register Slave', 'Field List'],
])

function secondsOf(seconds: number | string, micros: number | string): number | undefined {
  const whole = Number(seconds)
  const value = (Math.trunc(whole) * 1e6 + Number(micros)) / 1e6
  return Number.isFinite(value) && value >= 0 ? value : undefined
}

function countOf(value: number | string): number | undefined {
  const count = Number(value)
  return Number.isSafeInteger(count) && count >= 0 ? count : undefined
}
