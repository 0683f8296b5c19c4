/**
 * What all sessions of this process on one server have in common: what they sent, which connections are theirs, and whose
 * turn it is. Several targets may be schemas of one server; what one of them sends is no application's work to another.
 */
import type { TargetAddress } from '../../core/engine.ts'
import { OwnStatements } from './own-statements.ts'
import { StatementTurns } from './statement-turns.ts'
import { SharedBoards } from './status-board.ts'

/** How many prepared statements our sessions have run. */
export interface PreparedCalls {
  readonly sent: number
  /** Those that ended, well or not: the server has counted these for certain. */
  readonly answered: number
}

/** One server as this process uses it. */
export class SameServer {
  /** Status of the whole server. */
  readonly boards = new SharedBoards()
  /** Classes of all that is sent to it. */
  readonly own = new OwnStatements()
  readonly turns = new StatementTurns()
  readonly #connections = new Set<string>()
  #sent = 0
  #answered = 0

  /** Ids of the connections our sessions have now. */
  get connections(): ReadonlySet<string> {
    return this.#connections
  }

  get preparedCalls(): PreparedCalls {
    return { sent: this.#sent, answered: this.#answered }
  }

  /** Notes a connection of ours. */
  opened(connectionId: string): void {
    this.#connections.add(connectionId)
  }

  /** Notes that it ended. */
  ended(connectionId: string): void {
    this.#connections.delete(connectionId)
  }

  /** Runs a prepared statement, and counts it. Rejects as it does. */
  async counted<T>(work: () => Promise<T>): Promise<T> {
    this.#sent += 1
    try {
      return await work()
    } finally {
      this.#answered += 1
    }
  }
}

/** Servers by where they are; as many as there are addresses in the configuration, so none is ever forgotten. */
const SERVERS = new Map<string, SameServer>()

/**
 * The server at this address: one for each host and port, or socket file, as they are written. Two names of one server are
 * taken for two.
 */
export function sameServer({
  host,
  port,
  socketPath,
}: Pick<TargetAddress, 'host' | 'port' | 'socketPath'>): SameServer {
  const place = socketPath ?? `${host.toLowerCase()}:${port}`
  const known = SERVERS.get(place) ?? new SameServer()
  SERVERS.set(place, known)
  return known
}
