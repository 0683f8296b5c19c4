/**
 * Asks one database questions on a connection that cannot write, in a process of its own: what SQLite does cannot be
 * interrupted from within. The process is there while somebody asks, and for some seconds after.
 */
import { realpathSync } from 'node:fs'
import type { Json } from '../../core/canonical.ts'
import type { Identity, Reading } from '../../core/observer.ts'
import { ConnectionProcess, type NewOrder } from './act/connection-process.ts'
import { isWal, type Place, readIdentity } from './identity.ts'

/**
 * Longest question, ms. In WAL mode a reader holds up nobody. With a rollback journal nobody can COMMIT while it reads,
 * so it is ended within the 5 s that drivers wait for a lock unless they are told otherwise.
 */
const LONGEST_MS = { wal: 120_000, rollback: 5_000 }
/** How long the process stays when nobody asks, ms: the questions of one proposal follow one another at once. */
const STAY_MS = 5_000

interface Open {
  /** Whose process it is; another file under the same path has another. */
  readonly instanceUid: string
  readonly process: ConnectionProcess
}

/** The questions of one database; one at a time, so that each has its time for itself. */
export class DatabaseReader {
  readonly #place: Place
  #open: Open | null = null
  #last: Promise<unknown> = Promise.resolve()
  #leave: NodeJS.Timeout | null = null

  constructor(place: Place) {
    this.#place = place
  }

  /** Never rejects: what cannot be told is unknown. */
  ask(kind: string, params: Json): Promise<Reading<unknown>> {
    const answer = this.#last.then(() => this.#askNow(kind, params))
    this.#last = answer
    return answer
  }

  /** Ends the process. */
  async close(): Promise<void> {
    if (this.#leave !== null) clearTimeout(this.#leave)
    const open = this.#open
    this.#open = null
    await open?.process.kill()
  }

  async #askNow(kind: string, params: Json): Promise<Reading<unknown>> {
    const identity = readIdentity(this.#place)
    if (!identity.known) return identity
    if (this.#leave !== null) clearTimeout(this.#leave)
    try {
      return await this.#askProcess(await this.#opened(identity.value), {
        longestMs: isWal(identity.value) ? LONGEST_MS.wal : LONGEST_MS.rollback,
        order: { is: 'ask', kind, params },
      })
    } catch {
      await this.close()
      return unknown('the file could not be opened')
    } finally {
      this.#stay()
    }
  }

  /** The time of a question is the database's; it does not begin before the process is there. */
  async #askProcess(
    { process }: Open,
    { order, longestMs }: { readonly order: NewOrder; readonly longestMs: number },
  ): Promise<Reading<unknown>> {
    const late = setTimeout(() => void this.close(), longestMs)
    try {
      const reply = await process.order(order)
      return reply.is === 'answer' ? reply.reading : unknown('the question was not answered')
    } catch {
      await this.close()
      return unknown(`it was not answered within ${longestMs / 1000} s, or its process was ended`)
    } finally {
      clearTimeout(late)
    }
  }

  async #opened({ instanceUid }: Identity): Promise<Open> {
    if (this.#open !== null && this.#open.instanceUid !== instanceUid) await this.close()
    if (this.#open === null) {
      const process = await ConnectionProcess.open(realpathSync(this.#place.file), 'read')
      this.#open = { instanceUid, process }
    }
    return this.#open
  }

  #stay(): void {
    this.#leave = setTimeout(() => void this.close(), STAY_MS).unref()
  }
}

const unknown = (because: string): Extract<Reading<never>, { readonly known: false }> => ({
  known: false,
  because,
  toProceed: 'Ask again when the database has less to do; in WAL mode a question may take longer.',
})
