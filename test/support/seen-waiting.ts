/** Waits until a server itself shows that a statement has arrived or that somebody waits, as tests need before they go on. */
import type { Connection } from 'mysql2/promise'
import { until } from './until.ts'

/** The server renews INNODB_TRX only when nobody has read it for 100 ms (CACHE_MIN_IDLE_TIME in trx0i_s.cc). */
const TRX_CACHE_MS = 130
const WHO = 'information_schema.PROCESSLIST WHERE ID = ?'

/** Asks as root until there is a row. */
async function untilRow(
  root: Connection,
  [sql, ...values]: readonly [string, ...(string | number)[]],
  everyMs?: number,
): Promise<void> {
  const isThere = async (): Promise<boolean> => {
    const [rows] = await root.query(sql, values)
    return (rows as unknown[]).length > 0
  }
  await until(isThere, `${sql} ${values.join()}`, undefined, everyMs)
}

/** Until the server works on this very text, on whichever connection. */
export const untilArrived = (root: Connection, text: string): Promise<void> =>
  untilRow(root, ['SELECT 1 FROM information_schema.PROCESSLIST WHERE INFO = ?', text])

/** Until this connection waits for a row that another has locked. */
export const untilWaitsForRow = (root: Connection, connectionId: number | string): Promise<void> =>
  untilRow(
    root,
    [
      "SELECT 1 FROM information_schema.INNODB_TRX WHERE trx_state = 'LOCK WAIT' AND trx_mysql_thread_id = ?",
      connectionId,
    ],
    TRX_CACHE_MS,
  )

/** Until this connection waits for a table that another uses or alters. */
export const untilWaitsForTable = (root: Connection, connectionId: number | string): Promise<void> =>
  untilRow(root, [`SELECT 1 FROM ${WHO} AND STATE = 'Waiting for table metadata lock'`, connectionId])

/** Until this connection is inside a SLEEP(), with every lock its statement takes before. */
export const untilSleeps = (root: Connection, connectionId: number | string): Promise<void> =>
  untilRow(root, [`SELECT 1 FROM ${WHO} AND STATE = 'User sleep'`, connectionId])

/** Until this connection has been idle for so many whole seconds, as the server counts them. */
export const untilIdle = (root: Connection, connectionId: number | string, seconds: number): Promise<void> =>
  untilRow(root, [`SELECT 1 FROM ${WHO} AND COMMAND = 'Sleep' AND TIME >= ?`, connectionId, seconds])
