/**
 * Cancels what runs on another connection of the same account, which needs no privilege for that. Its own
 * connection is opened beforehand, because a server in trouble may have none left.
 *
 * A server all of whose connections are taken keeps one more for an account like the executor's, and only one. Statements that
 * end at once (KILL) may go without a watchdog there: they are what makes room again.
 */

import type { OpenConnection } from '../open-connection.ts'
import { TargetError } from '../target-error.ts'

const NO_SUCH_THREAD = 1094
/** The kill itself is short; past this its connection is given up, ms. */
const KILL_MS = 5_000

/** Does a statement of a plan end at once, whatever the server does? KILL sets a flag and does not wait for its session. */
export const endsAtOnce = (text: string): boolean =>
  /^KILL (CONNECTION|QUERY|QUERY ID) [0-9]{1,20}$/.test(text)

/** A second connection that can say KILL QUERY. */
export class Watchdog {
  readonly #open: () => Promise<OpenConnection>
  readonly #connectionId: string
  #connection: OpenConnection | null

  /**
   * `open` opens only to the server that has the session `connectionId` (digits from its own CONNECTION_ID()), which a
   * number alone does not say; `connection` is null where there was none to have.
   */
  constructor(open: () => Promise<OpenConnection>, connection: OpenConnection | null, connectionId: string) {
    if (!/^[0-9]{1,20}$/.test(connectionId)) throw new RangeError('a connection id is digits')
    this.#open = open
    this.#connection = connection
    this.#connectionId = connectionId
  }

  /** Does its connection answer, or a new one in its place? One that died unnoticed would cancel nothing. */
  async isReady(): Promise<boolean> {
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      try {
        this.#connection ??= await this.#open()
        await this.#connection.driver.query({ sql: 'DO 0', timeout: KILL_MS })
        return true
      } catch {
        this.close()
      }
    }
    return false
  }

  /** Says KILL QUERY; opens a new connection if its own is gone. Never throws: false if it could not be said. */
  async killQuery(): Promise<boolean> {
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      const outcome = await this.#try()
      if (outcome !== 'lost') return outcome === 'said'
    }
    return false
  }

  async #try(): Promise<'said' | 'refused' | 'lost'> {
    try {
      this.#connection ??= await this.#open()
      await this.#connection.driver.query({ sql: `KILL QUERY ${this.#connectionId}`, timeout: KILL_MS })
      return 'said'
    } catch (error) {
      const errno = error instanceof TargetError ? error.errno : Number((error as { errno?: unknown }).errno)
      if (errno === NO_SUCH_THREAD) return 'refused'
      this.close()
      return 'lost'
    }
  }

  /** Ends its connection. */
  close(): void {
    this.#connection?.destroy()
    this.#connection = null
  }
}
