/**
 * Who a target is, remembered. A connection ends with its server, so a new one is asked in full; in between the uid
 * alone is asked every 5 s, for proxies that change the server behind a connection, and all of it every minute. The
 * epoch is kept to the letter while it is the same life of the server (its clock is stepped by NTP, its start is not).
 */
import type { Identity } from '../../core/observer.ts'
import { fromMs, toMs, type UtcTime } from '../../core/time.ts'
import { textOrEmpty, utcTime } from './cells.ts'
import { targetNow } from './collector.ts'
import type { SessionServer, TargetSession } from './connect.ts'
import { readIdentity, sameEpoch } from './questions/identity.ts'
import type { Reader } from './questions/question.ts'

/** Within this time callers share one answer, ms. */
const FRESH_MS = 5_000
/** After this time everything is asked again, ms. */
const WHOLE_MS = 60_000

/** An identity and the target's clock when it was read. */
export interface DatedIdentity {
  readonly identity: Identity
  readonly at: UtcTime
}

interface Remembered extends DatedIdentity {
  readonly server: SessionServer
  /** Ours, after the answer. */
  readonly ms: number
  readonly wholeMs: number
}

/** The identity of the server behind one session. */
export class KnownIdentity {
  readonly #session: TargetSession
  readonly #reader: () => Reader
  #latest: Remembered | null = null

  constructor(session: TargetSession, reader: () => Reader) {
    this.#session = session
    this.#reader = reader
  }

  /** The identity now. @throws TargetError; RangeError where the server does not say since when it runs. */
  async now(): Promise<DatedIdentity> {
    const server = await this.#session.open()
    const known = this.#latest
    const nowMs = performance.now()
    if (known !== null && known.server === server) {
      if (nowMs - known.ms < FRESH_MS) return known
      const at = nowMs - known.wholeMs < WHOLE_MS ? await this.#sameServer(known, server) : null
      if (at !== null) {
        this.#latest = { ...known, at, ms: nowMs }
        return this.#latest
      }
    }
    return this.#whole(server)
  }

  /** The target's clock now, by the newest reading and ours since. @throws RangeError before the first reading. */
  clock(): UtcTime {
    if (this.#latest === null) throw new RangeError('the clock of the target was not read yet')
    const { at, ms } = this.#latest
    return fromMs(toMs(at) + (performance.now() - ms))
  }

  /** The target's clock if the uid is still the one known; `null` if it is another's, or there is none to ask for. */
  async #sameServer(known: Remembered, server: SessionServer): Promise<UtcTime | null> {
    if (known.identity.weak) return null
    const uid = server.flavour === 'mysql' ? '@@server_uuid' : '@@server_uid'
    const [row] = await this.#reader().query(`SELECT ${uid} AS uid, UTC_TIMESTAMP(6) AS now`)
    return textOrEmpty(row?.['uid']) === known.identity.instanceUid ? utcTime(row?.['now']) : null
  }

  async #whole(server: SessionServer): Promise<DatedIdentity> {
    const known = this.#latest
    const read = await readIdentity(this.#reader())
    const at = await targetNow(this.#reader())
    const isSame =
      known?.identity.instanceUid === read.instanceUid && sameEpoch(known.identity.epoch, read.epoch)
    const identity = isSame ? { ...read, epoch: known.identity.epoch } : read
    const ms = performance.now()
    this.#latest = { identity, at, server, ms, wholeMs: ms }
    return this.#latest
  }
}
