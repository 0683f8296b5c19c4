/**
 * What a session of ours tells the server before it asks anything: limits of time, no waiting for locks,
 * nothing written, times in UTC. They hold for the session; no global setting is touched.
 */
import type { ServerVersion } from './server-version.ts'

/** What the session is for. The planner keeps the server's sql_mode: it plans the application's statements. */
export type SessionPurpose = 'monitor' | 'planner'

/** A metadata or table lock is waited for this long, seconds; the least the servers take is 1. */
const LOCK_WAIT_SECONDS = 2
/** Our own statements are written for these modes. */
const OWN_SQL_MODE = 'NO_ENGINE_SUBSTITUTION'

/**
 * The statements that guard a session, in order. They need no privilege.
 * MySQL: `max_execution_time` limits SELECT only (https://dev.mysql.com/doc/refman/8.4/en/server-system-variables.html);
 * `information_schema_stats_expiry=0` makes sizes current instead of up to a day old.
 * MariaDB: `max_statement_time` limits every statement (https://mariadb.com/kb/en/server-system-variables/#max_statement_time).
 */
export function sessionGuards(
  server: ServerVersion,
  purpose: SessionPurpose,
  statementTimeoutMs: number,
): readonly string[] {
  const seconds = (statementTimeoutMs / 1000).toFixed(3)
  const own =
    server.flavour === 'mariadb'
      ? [`max_statement_time=${seconds}`]
      : [`max_execution_time=${Math.round(statementTimeoutMs)}`, 'information_schema_stats_expiry=0']
  const settings = [
    ...own,
    `lock_wait_timeout=${LOCK_WAIT_SECONDS}`,
    'innodb_lock_wait_timeout=1',
    "time_zone='+00:00'",
    "lc_messages='en_US'",
    'autocommit=1',
    'group_concat_max_len=65536',
    `sql_mode=${purpose === 'planner' ? '@@GLOBAL.sql_mode' : `'${OWN_SQL_MODE}'`}`,
  ]
  return [
    `SET SESSION ${settings.join(', ')}`,
    'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED, READ ONLY',
  ]
}
