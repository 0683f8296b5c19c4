// What one entry of a slow log says, in one shape for MySQL, MariaDB, Percona Server and the table mysql.slow_log.

import type { LoggedPlanRow } from './logged-plan.ts'

/** One statement as the server's slow log recorded it. Times are in seconds, as in the log; absent values are undefined. */
export interface SlowLogEvent {
  /**
   * When, in milliseconds since 1970 UTC: the `# Time:` of the entry when it names its zone (MySQL 5.7+; the end of the
   * statement), else `SET timestamp` (MariaDB; its start), else the local `# Time:` read with the `utcOffsetMinutes` of
   * the reader. A `SET timestamp` that is further from `# Time:` than zones can be was set by the session and is passed over.
   */
  readonly at: number | undefined
  /** `SET timestamp` in milliseconds: when the statement began, as the session sees it. */
  readonly startedAt: number | undefined
  readonly user: string | undefined
  /** The host's name, or its address when the server resolved none. */
  readonly host: string | undefined
  /** The connection's id (PROCESSLIST_ID, what KILL takes). */
  readonly connectionId: number | undefined
  /** The default database: `Schema:`, else `use`, else that of the entry before (see `databaseInferred`). */
  readonly database: string | undefined
  /** True when the entry names no database: the server writes `use` only when it differs from the entry before. */
  readonly databaseInferred: boolean
  readonly queryTimeSeconds: number
  readonly lockTimeSeconds: number | undefined
  readonly rowsSent: number | undefined
  readonly rowsExamined: number | undefined
  readonly rowsAffected: number | undefined
  readonly bytesSent: number | undefined
  /** `administrator` for the protocol's commands (Ping, Quit, Prepare), whose text is `administrator command: ...`. */
  readonly kind: 'statement' | 'administrator'
  /** The statement as logged, with its literals, without the closing semicolon. Mask before storing. */
  readonly text: string
  /** True when the statement was longer than the reader keeps; `text` is its beginning. */
  readonly truncated: boolean
  /** Every further `Name: value` of the entry's header, as written (log_slow_extra, log_slow_verbosity, Percona). */
  readonly attributes: Readonly<Record<string, string>>
  /** The plan MariaDB logged with it (log_slow_verbosity=explain), with the rows actually read. */
  readonly plan: readonly LoggedPlanRow[] | undefined
}
