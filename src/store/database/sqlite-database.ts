/**
 * The embedded store: one connection for every role, one statement at a time. A transaction is IMMEDIATE, so
 * that it holds the file's single writer from its first statement and never fails in the middle for a lock.
 */
import type Database from 'better-sqlite3'
import type { Compilable } from 'kysely'
import type { AccountRole } from '../schema/access.ts'
import { withAttempts } from './attempts.ts'
import type { FailureContext } from './failures.ts'
import { failureOf } from './failures.ts'
import { StatementTimes } from './statement-times.ts'
import type { Cell, Probe, Runner, StoreDatabase, Written } from './store-database.ts'

/** Statements kept prepared. Texts vary little: a list of ids is padded to a power of two. */
const PREPARED_MOST = 500
/**
 * How long SQLite itself waits for another process, ms. Its wait blocks this whole process, so it is short
 * and `withAttempts` waits instead.
 */
const BUSY_TIMEOUT_MS = 15
/** So long may work follow on work before the process looks at its timers, sockets and signals, ms. */
const BREATH_MS = 10

/** What else a connection is given. */
export interface ConnectionOptions {
  readonly probe?: Probe
  /** Asked before every statement and transaction; throws where the path holds another file than was opened. */
  readonly requireSameFile?: () => void
}

/** What all roles of one process share: the connection, a queue, and who is writing now. */
export class SqliteConnection {
  readonly address: string
  readonly times = new StatementTimes()
  private readonly database: Database.Database
  private readonly prepared = new Map<string, Database.Statement>()
  private tail: Promise<unknown> = Promise.resolve()
  private role = ''
  private breathedAt = performance.now()
  private readonly probe: Probe

  private readonly requireSameFile: () => void

  constructor(database: Database.Database, address: string, options: ConnectionOptions = {}) {
    this.database = database
    this.address = address
    this.probe = options.probe ?? (() => undefined)
    this.requireSameFile = options.requireSameFile ?? (() => undefined)
    database.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`)
    // The roles share one connection: the triggers' question who is writing is answered by turn.
    database.function('dbm_role', () => this.role)
  }

  /** Runs `work` when everything before it has ended. */
  inTurn<T>(role: string, work: () => Promise<T>): Promise<T> {
    const turn = this.tail.then(async () => {
      await this.breathe()
      this.requireSameFile()
      this.role = role
      return work()
    })
    this.tail = turn.catch(() => undefined)
    return turn
  }

  /** BEGIN IMMEDIATE, `work`, COMMIT; ROLLBACK if anything throws. */
  async transaction<T>(work: () => Promise<T>): Promise<T> {
    this.execute('BEGIN IMMEDIATE')
    try {
      const result = await work()
      this.execute('COMMIT')
      return result
    } catch (error) {
      // A full disk or an I/O error has rolled back already.
      if (this.database.inTransaction) this.database.exec('ROLLBACK')
      throw error
    }
  }

  rows(sql: string, cells: readonly Cell[]): unknown[] {
    return this.probed(sql, (statement) => {
      if (statement.reader) return statement.all(...cells)
      statement.run(...cells)
      return []
    })
  }

  write(sql: string, cells: readonly Cell[]): Written {
    const { changes, lastInsertRowid } = this.probed(sql, (statement) => statement.run(...cells))
    return { rows: changes, id: Number(lastInsertRowid) }
  }

  /** Closes it when everything that was asked for has ended. */
  async close(): Promise<void> {
    await this.tail
    this.prepared.clear()
    this.database.close()
  }

  /**
   * Statements hold the process up, and one that follows on another does so before anything else has its turn: what
   * many ask for at once, or one asks for in many statements, would keep signals and other requests waiting for all of it.
   */
  private async breathe(): Promise<void> {
    if (performance.now() - this.breathedAt < BREATH_MS) return
    await new Promise((resolve) => setImmediate(resolve))
    this.breathedAt = performance.now()
  }

  private execute(sql: string): void {
    this.probed(sql, (statement) => statement.run())
  }

  private probed<T>(sql: string, work: (statement: Database.Statement) => T): T {
    this.probe(sql, 'before')
    const done = this.times.of(() => work(this.prepare(sql)))
    this.probe(sql, 'after')
    return done
  }

  private prepare(sql: string): Database.Statement {
    const known = this.prepared.get(sql)
    if (known !== undefined) return known
    if (this.prepared.size >= PREPARED_MOST) {
      const [oldest] = this.prepared.keys()
      if (oldest !== undefined) this.prepared.delete(oldest)
    }
    const statement = this.database.prepare(sql)
    this.prepared.set(sql, statement)
    return statement
  }
}

/** One role's door to the shared connection. */
export function sqliteDatabase(connection: SqliteConnection, role: AccountRole): StoreDatabase {
  const context: FailureContext = { address: connection.address, role }
  const inside = runner(connection, context)
  const alone = <T>(work: (within: Runner) => Promise<T>): Promise<T> =>
    withAttempts(() => connection.inTurn(role, () => work(inside)), context)
  return {
    dialect: 'sqlite',
    times: connection.times,
    all: (query) => alone((within) => within.all(query)),
    first: (query) => alone((within) => within.first(query)),
    write: (query) => alone((within) => within.write(query)),
    transaction: (work) =>
      withAttempts(() => connection.inTurn(role, () => connection.transaction(() => work(inside))), context),
    close: async () => undefined,
  }
}

function runner(connection: SqliteConnection, context: FailureContext): Runner {
  const guarded = async <T>(work: () => T): Promise<T> => {
    try {
      return work()
    } catch (error) {
      throw failureOf(error, context)
    }
  }
  const all = <R>(query: Compilable<R>): Promise<R[]> => {
    const { sql, parameters } = query.compile()
    return guarded(() => connection.rows(sql, parameters as readonly Cell[]) as R[])
  }
  return {
    dialect: 'sqlite',
    all,
    first: async (query) => (await all(query))[0] ?? null,
    write: (query) => {
      const { sql, parameters } = query.compile()
      return guarded(() => connection.write(sql, parameters as readonly Cell[]))
    },
  }
}
