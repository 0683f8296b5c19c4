/** How often and how long data files were read, which no status counter says. */
import { number } from '../cells.ts'
import type { CollectorTarget } from '../collector.ts'

/** The two counters, named like those of the status: reads of data files, and the time they took, microseconds. */
export const FILE_READS = { count: 'data_file_reads', waitedUs: 'data_file_read_us' } as const

/**
 * One row of the Performance Schema's file summary. MySQL 8.0+ and MariaDB 10.6+ count and time this instrument
 * unless it was switched off (https://dev.mysql.com/doc/refman/8.4/en/performance-schema-file-summary-tables.html,
 * https://mariadb.com/kb/en/performance-schema-file_summary_by_event_name-table/). Times there are in picoseconds. A
 * read a session waits for is timed in whole; one ahead of it only until it was handed to the system.
 */
const READS_SQL = `SELECT COUNT_READ AS read_count, FLOOR(SUM_TIMER_READ / 1000000) AS read_us
FROM performance_schema.file_summary_by_event_name WHERE EVENT_NAME = 'wait/io/file/innodb/innodb_data_file'`

/** Reads them; empty where the Performance Schema is off or may not be read. */
export async function readFileReads(
  target: Pick<CollectorTarget, 'query'>,
): Promise<Readonly<Record<string, number>>> {
  const [row] = await target.query(READS_SQL).catch(() => [])
  const [count, waitedUs] = [number(row?.['read_count']), number(row?.['read_us'])]
  return count === null || waitedUs === null
    ? {}
    : { [FILE_READS.count]: count, [FILE_READS.waitedUs]: waitedUs }
}
