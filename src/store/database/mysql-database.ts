/**
 * A store on the MySQL family: one pool a role, logged in with that role's account. Statements go prepared,
 * values beside them, whole numbers as whole numbers (MariaDB would compare a key with a double).
 */
import type { Compilable } from 'kysely'
import mysql from 'mysql2'
import type { Pool, PoolConnection, ResultSetHeader } from 'mysql2/promise'
import { withAttempts } from './attempts.ts'
import { type FailureContext, failureOf } from './failures.ts'
import { StatementTimes } from './statement-times.ts'
import type { Cell, Probe, Runner, StoreDatabase, Written } from './store-database.ts'

/** How long one statement may take, ms; beyond it the connection is given up. */
const STATEMENT_MS = 30_000

/** Who looks at what is sent. */
export interface Watching {
  readonly probe: Probe
  readonly times: StatementTimes
}

/** One role's store. `close` ends its pool. */
export function mysqlDatabase(
  pool: Pool,
  context: FailureContext,
  { probe = () => undefined, times = new StatementTimes() }: Partial<Watching> = {},
): StoreDatabase {
  const watching = { probe, times }
  const held = async <T>(work: (connection: PoolConnection) => Promise<T>): Promise<T> => {
    const connection = await pool.getConnection()
    try {
      return await work(connection)
    } finally {
      connection.release()
    }
  }
  const alone = <T>(work: (within: Runner) => Promise<T>): Promise<T> =>
    withAttempts(() => held((connection) => work(runner(connection, context, watching))), context)
  return {
    dialect: 'mysql',
    times,
    all: (query) => alone((within) => within.all(query)),
    first: (query) => alone((within) => within.first(query)),
    write: (query) => alone((within) => within.write(query)),
    transaction: (work) =>
      withAttempts(
        () =>
          held((connection) =>
            inTransaction(connection, probe, () => work(runner(connection, context, watching))),
          ),
        context,
      ),
    close: () => pool.end(),
  }
}

async function inTransaction<T>(
  connection: PoolConnection,
  probe: Probe,
  work: () => Promise<T>,
): Promise<T> {
  probe('BEGIN', 'before')
  await connection.query('START TRANSACTION')
  try {
    const result = await work()
    probe('COMMIT', 'before')
    await connection.query('COMMIT')
    probe('COMMIT', 'after')
    return result
  } catch (error) {
    // A connection that cannot roll back is not given to anybody else.
    await connection.query('ROLLBACK').catch(() => connection.destroy())
    throw error
  }
}

function runner(connection: PoolConnection, context: FailureContext, { probe, times }: Watching): Runner {
  const send = async (query: Compilable<unknown>): Promise<unknown> => {
    const { sql, parameters } = query.compile()
    try {
      probe(sql, 'before')
      const cells = (parameters as readonly Cell[]).map(bound)
      const [result] = await times.waiting(() => connection.execute({ sql, timeout: STATEMENT_MS }, cells))
      probe(sql, 'after')
      return result
    } catch (error) {
      throw failureOf(error, context)
    }
  }
  const all = async <R>(query: Compilable<R>): Promise<R[]> => {
    const rows = await send(query)
    return Array.isArray(rows) ? (rows as R[]) : []
  }
  return {
    dialect: 'mysql',
    all,
    first: async (query) => (await all(query))[0] ?? null,
    write: async (query): Promise<Written> => {
      const { affectedRows, insertId } = (await send(query)) as ResultSetHeader
      return { rows: affectedRows, id: insertId }
    },
  }
}

type Bound = string | Buffer | null | number | ReturnType<typeof mysql.TypedParameter.LONGLONG>

function bound(cell: Cell): Bound {
  return typeof cell === 'number' && Number.isSafeInteger(cell) ? mysql.TypedParameter.LONGLONG(cell) : cell
}
