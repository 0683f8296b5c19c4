/**
 * A session on a target: one persistent connection with guards, one statement at a time, each with a limit
 * on the server and a harder one here, reopened with a growing delay. Errors are `TargetError`s; neither
 * secrets nor the server's texts are in them.
 */
import type { Connection } from 'mysql2/promise'
import type { Credentials, TargetAddress } from '../../core/engine.ts'
import type { Cell, Row } from './cells.ts'
import { textOrEmpty } from './cells.ts'
import type { MysqlOptions } from './config.ts'
import { type OpenConnection, openAtAnyDoor } from './open-connection.ts'
import { ReopenDelay } from './reopen-delay.ts'
import { type SameServer, sameServer } from './same-server.ts'
import { dialectOf, readServerVersion, type ServerVersion } from './server-version.ts'
import { type SessionPurpose, sessionGuards } from './session-guards.ts'
import type { Lane } from './statement-turns.ts'
import { ADMIN_DOOR_REMEDY, type Asker, TargetError, targetError } from './target-error.ts'

/** A value bound to a `?`. 64-bit integers go as strings of digits; no value is ever written into a text. */
export type Bound = string | number | null

/** What a statement may take. */
export interface QueryLimits {
  /** Client-side limit, ms: past it the connection is destroyed and opened anew. Default: server limit + 3 s. */
  readonly timeoutMs?: number
  /** Whose turn it takes among the statements of this process on the server. Default: `reading`. */
  readonly lane?: Lane
}

/** What is known of the server a session is connected to. */
export interface SessionServer extends ServerVersion {
  /** This session's connection id, the number KILL takes. */
  readonly connectionId: string
  /** CURRENT_USER(): the account that was matched, `user@host`. */
  readonly account: string
}

/** How a session is made. */
export interface SessionSettings {
  readonly address: TargetAddress
  readonly credentials: Credentials
  readonly purpose: SessionPurpose
  readonly options: MysqlOptions
}

/** Statements that may wait for their turn; more is a sign that the target does not keep up. */
const WAITING_MAX = 64
/** The driver's own name in every statement, for whoever reads the process list of the target. */
const MARK = '/* dbmedic */ '
/** Who answers; asked before the guards. */
const WHO_SQL = 'SELECT VERSION() AS version, CONNECTION_ID() AS connection_id, CURRENT_USER() AS account'

interface Live {
  readonly connection: OpenConnection
  readonly server: SessionServer
}

/** One account's persistent connection to one target. Statements run one after the other. */
export class TargetSession {
  readonly purpose: SessionPurpose
  readonly #settings: SessionSettings
  readonly #asker: Asker
  readonly #delay = new ReopenDelay()
  readonly #sameServer: SameServer
  #live: Live | null = null
  #turn: Promise<unknown> = Promise.resolve()
  readonly #lines = new Map<Lane, Promise<unknown>>()
  readonly #waitedMs: Record<Lane, number> = { reading: 0, heavy: 0, question: 0 }
  #waiting = 0
  #closed = false
  #busyMs = 0

  constructor(settings: SessionSettings) {
    this.purpose = settings.purpose
    this.#settings = settings
    this.#sameServer = sameServer(settings.address)
    this.#asker = {
      target: settings.address.name,
      user: settings.credentials.user,
      fullRemedy: ADMIN_DOOR_REMEDY,
    }
  }

  /** The server of the open connection; `null` while there is none. */
  get server(): SessionServer | null {
    return this.#live?.server ?? null
  }

  /** User name this session logs in as. */
  get user(): string {
    return this.#settings.credentials.user
  }

  /** Time statements of this session took as seen from here, network included, ms since it was made. */
  get busyMs(): number {
    return this.#busyMs
  }

  /**
   * How long statements of a lane waited for other sessions of this process on the same server, ms since this one was made.
   * Nothing ran for them meanwhile: it is in no cost and under no limit.
   */
  waitedMs(lane: Lane): number {
    return this.#waitedMs[lane]
  }

  /**
   * The server, connecting if needed.
   * @throws TargetError when it cannot be reached, or when the delay after the last failure is not over.
   */
  open(): Promise<SessionServer> {
    return this.#counted(() => this.#inTurn(async () => (await this.#connected()).server))
  }

  /**
   * Runs one read-only statement and gives its rows. With `values` it is prepared by the server and the
   * values are bound; without, it goes as text. Column names are as the statement aliases them.
   * @throws TargetError; after DBM_TARGET_TIMEOUT by the client and DBM_TARGET_LOST the next call reconnects.
   */
  query<T extends Row = Row>(
    sql: string,
    values: readonly Bound[] = [],
    limits: QueryLimits = {},
  ): Promise<readonly T[]> {
    const run = async () => {
      const live = await this.#connected()
      this.#sameServer.own.sent(sql, dialectOf(live.server.flavour))
      const work = () => this.#run(live, () => send(live.connection.driver, MARK + sql, values), limits)
      return (await (values.length > 0 ? this.#sameServer.counted(work) : work())) as readonly T[]
    }
    return this.#counted(() => this.#inLine(limits.lane ?? 'reading', () => this.#inTurn(run)))
  }

  /** Ends the session for good; statements still waiting are refused. Never throws. */
  async close(): Promise<void> {
    this.#closed = true
    const live = this.#live
    this.#live = null
    if (live === null) return
    this.#sameServer.ended(live.server.connectionId)
    const end = live.connection.driver.end().catch(() => undefined)
    await Promise.race([end, sleep(500)])
    live.connection.destroy()
  }

  async #counted<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting >= WAITING_MAX) {
      throw new TargetError('DBM_TARGET_BUSY', { target: this.#asker.target, limit: WAITING_MAX })
    }
    this.#waiting += 1
    try {
      return await work()
    } finally {
      this.#waiting -= 1
    }
  }

  /**
   * One statement of a lane at a time takes a turn on the server, so that this session never holds two places of it. The turn
   * on the server is taken before that on this connection: a question that waits there does not hold up a reading here.
   */
  #inLine<T>(lane: Lane, work: () => Promise<T>): Promise<T> {
    const mine = (this.#lines.get(lane) ?? Promise.resolve()).then(() => {
      const sinceMs = performance.now()
      return this.#sameServer.turns.take(lane, () => {
        this.#waitedMs[lane] += performance.now() - sinceMs
        return work()
      })
    })
    this.#lines.set(
      lane,
      mine.catch(() => undefined),
    )
    return mine
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work)
    this.#turn = mine.catch(() => undefined)
    return mine
  }

  async #connected(): Promise<Live> {
    if (this.#closed) {
      throw new TargetError('DBM_TARGET_LOST', { target: this.#asker.target, reason: 'dbmedic closed it' })
    }
    if (this.#live !== null) return this.#live
    this.#delay.check()
    try {
      const live = await this.#openGuarded()
      if (this.#closed) live.connection.destroy()
      this.#live = live
      live.connection.driver.on('error', () => this.#forget(live))
      live.connection.driver.on('end', () => this.#forget(live))
      if (!this.#closed) this.#sameServer.opened(live.server.connectionId)
      return live
    } catch (error) {
      const stated = targetError(error, this.#asker)
      this.#delay.failed(stated)
      throw stated
    }
  }

  async #openGuarded(): Promise<Live> {
    const { address, credentials, options } = this.#settings
    const connection = await openAtAnyDoor({ address, credentials, options, asker: this.#asker })
    try {
      const limit = { timeoutMs: address.connectTimeoutMs }
      const ask = (sql: string) =>
        this.#bounded(connection, () => send(connection.driver, MARK + sql, []), limit.timeoutMs)
      const [row] = await ask(WHO_SQL)
      const server = this.#readServer(row)
      const guards = sessionGuards(server, this.purpose, this.#settings.options.statementTimeoutMs)
      const dialect = dialectOf(server.flavour)
      for (const sql of [WHO_SQL, ...guards]) this.#sameServer.own.sent(sql, dialect)
      for (const guard of guards) await ask(guard)
      return { connection, server }
    } catch (error) {
      connection.destroy()
      throw error
    }
  }

  #readServer(row: Row | undefined): SessionServer {
    const versionText = textOrEmpty(row?.['version'])
    const version = readServerVersion(versionText)
    if (version === null) {
      throw new TargetError('DBM_TARGET_UNSUPPORTED', { target: this.#asker.target, found: versionText })
    }
    return {
      ...version,
      connectionId: textOrEmpty(row?.['connection_id']),
      account: textOrEmpty(row?.['account']),
    }
  }

  async #run(live: Live, work: () => Promise<readonly Row[]>, limits: QueryLimits): Promise<readonly Row[]> {
    const { statementTimeoutMs, abandonAfterMs } = this.#settings.options
    const startedAt = performance.now()
    try {
      const rows = await this.#bounded(
        live.connection,
        work,
        limits.timeoutMs ?? statementTimeoutMs + abandonAfterMs,
      )
      this.#delay.succeeded()
      return rows
    } catch (error) {
      const stated = targetError(error, this.#asker)
      if (stated.errno === null || stated.code === 'DBM_TARGET_LOST') {
        this.#forget(live)
        this.#delay.failed(stated)
      }
      throw stated
    } finally {
      this.#busyMs += performance.now() - startedAt
    }
  }

  async #bounded<T>(connection: OpenConnection, work: () => Promise<T>, timeoutMs: number): Promise<T> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        connection.destroy()
        const reason = `no answer within ${timeoutMs} ms, so the connection was given up`
        reject(new TargetError('DBM_TARGET_TIMEOUT', { target: this.#asker.target, reason }))
      }, timeoutMs)
    })
    try {
      return await Promise.race([work(), late])
    } finally {
      clearTimeout(timer)
    }
  }

  #forget(live: Live): void {
    if (this.#live === live) this.#live = null
    this.#sameServer.ended(live.server.connectionId)
    live.connection.destroy()
  }
}

async function send(driver: Connection, sql: string, values: readonly Bound[]): Promise<readonly Row[]> {
  const [rows] = values.length === 0 ? await driver.query(sql) : await driver.execute(sql, [...values])
  return Array.isArray(rows) ? (rows as Row[]) : []
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref()
  })
}

export type { Cell, Row }
