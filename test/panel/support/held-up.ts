/** The trouble of a forgotten transaction, as the target itself tells it and as the store has measured it. */
import mysql, { type RowDataPacket } from 'mysql2/promise'
import type { Installation } from '../../../src/app/index.ts'
import type { Decision } from '../../../src/core/nouns.ts'

/** A reading is taken every second or so; on a busy machine fewer, ms. */
const PATIENCE_MS = 60_000
const EVERY_MS = 250
/** Who waits for longer is held up: the others of the demonstration take turns within milliseconds, s. */
const LONG_SECONDS = 2

/** What the target says. */
export interface Looks {
  /** Connections that others wait for while they themselves wait for nobody. */
  blockers(): Promise<readonly number[]>
  /** Transactions that have waited for longer than two seconds. */
  longWaits(): Promise<number>
  /** Is the connection in a transaction? */
  isOpen(connectionId: number): Promise<boolean>
  close(): Promise<void>
}

/** Looks at the first target of an installation through its monitor's account. */
export async function lookAtTarget({ config }: Installation): Promise<Looks> {
  const [target] = config.targets
  if (target?.monitor === undefined) throw new Error('there is no target')
  const { host, port, monitor } = target
  const password = process.env[monitor.password.replace(/^env:/, '')] ?? ''
  const connection = await mysql.createConnection({ host, port, user: monitor.user, password })
  const column = async (text: string, values: number[] = []): Promise<readonly number[]> => {
    const [rows] = await connection.query<RowDataPacket[]>(text, values)
    return rows.map((row) => Number(row['n']))
  }
  return {
    blockers: () =>
      column(`SELECT DISTINCT b.trx_mysql_thread_id AS n FROM information_schema.innodb_lock_waits w
        JOIN information_schema.innodb_trx b ON b.trx_id = w.blocking_trx_id WHERE b.trx_state = 'RUNNING'`),
    longWaits: async () =>
      (
        await column(`SELECT COUNT(*) AS n FROM information_schema.innodb_trx
          WHERE trx_wait_started < NOW() - INTERVAL ${LONG_SECONDS} SECOND`)
      )[0] ?? 0,
    isOpen: async (connectionId) =>
      (
        await column('SELECT 1 AS n FROM information_schema.innodb_trx WHERE trx_mysql_thread_id = ?', [
          connectionId,
        ])
      ).length > 0,
    close: () => connection.end(),
  }
}

/**
 * Waits until the store holds as many readings of the trouble as a judgement of the run will ask for. A busy machine takes
 * fewer in a second; a run that ends the trouble before would be undecided.
 */
export async function measuredBefore(
  { store: { read } }: Installation,
  { issueId, targetId }: Decision,
  readings: number,
): Promise<void> {
  const from = (await read.issue(issueId))?.openedAt
  if (from === undefined) throw new Error(`there is no issue ${issueId}`)
  const series = { targetId, seriesKind: 'server', seriesKey: 'waits' }
  for (const until = Date.now() + PATIENCE_MS; Date.now() < until; ) {
    const samples = await read.samples({ ...series, from, to: await read.now(), limit: 1000 })
    if (samples.reduce((sum, { calls }) => sum + calls, 0) >= readings) return
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS))
  }
  throw new Error(`the trouble was not read ${readings} times within ${PATIENCE_MS / 1000} s`)
}
