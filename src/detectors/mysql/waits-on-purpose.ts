/** Statement classes whose time is asked for: a client that lets the server wait, for a name, for a replica, or for nothing. */
import type { StatementDelta } from '../../engines/mysql/shapes.ts'

/**
 * Functions of both flavours that wait as long as they are told to, as fingerprints write a call.
 * https://dev.mysql.com/doc/refman/8.4/en/locking-functions.html, …/miscellaneous-functions.html, …/gtid-functions.html,
 * https://mariadb.com/kb/en/miscellaneous-functions/
 */
const WAITING =
  /\b(?:sleep|get_lock|master_pos_wait|source_pos_wait|master_gtid_wait|wait_for_executed_gtid_set|wait_until_sql_thread_after_gtids) ?\(/

/**
 * Whether a class waits because it says so: it calls such a function and reads no row; MySQL counts one for a SELECT without a
 * table. One that reads rows waits once for each, which is work that grows with a table.
 */
export const waitsOnPurpose = ({
  calls,
  fingerprint,
  rowsExamined,
}: Pick<StatementDelta, 'calls' | 'fingerprint' | 'rowsExamined'>): boolean =>
  rowsExamined <= calls && WAITING.test(fingerprint)
