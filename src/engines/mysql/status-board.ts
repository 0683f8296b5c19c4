/** The server's status as it was read, and how targets of one server share a reading. */
import type { UtcTime } from '../../core/time.ts'

/** Status at one moment of the target's clock. */
export interface StatusBoard {
  readonly at: UtcTime
  /** By lower-case name; what the server does not have, or is no number, is absent. */
  readonly values: Readonly<Record<string, number>>
}

/**
 * Status boards that several targets read at about the same time, each read by one of them for all. By whom and of what is
 * the caller's key.
 */
export class SharedBoards {
  readonly #latest = new Map<string, { readonly readMs: number; readonly board: Promise<StatusBoard> }>()

  /**
   * The board of this age (ms) at most, else a new one. One that somebody else could not read is read again: their
   * connection is not ours. Rejects as `read` does.
   */
  async read(key: string, maxAgeMs: number, read: () => Promise<StatusBoard>): Promise<StatusBoard> {
    const readMs = performance.now()
    const latest = this.#latest.get(key)
    if (latest !== undefined && readMs - latest.readMs < maxAgeMs) return latest.board.catch(read)
    const board = read()
    this.#forgetOlder(readMs - maxAgeMs)
    this.#latest.set(key, { readMs, board })
    board.catch(() => {
      if (this.#latest.get(key)?.board === board) this.#latest.delete(key)
    })
    return board
  }

  /** Servers are started anew, and accounts change: keys of former times are kept no longer than they serve. */
  #forgetOlder(thanMs: number): void {
    for (const [key, { readMs }] of this.#latest) if (readMs < thanMs) this.#latest.delete(key)
  }
}
