/**
 * Who a target is, remembered: asked again when its connection was reopened and every two seconds, and the epoch
 * kept to the letter while it is the same life of the server (its clock is stepped by NTP, its start is not).
 */
import type { Identity } from '../../core/observer.ts'
import type { UtcTime } from '../../core/time.ts'
import { targetNow } from './collector.ts'
import type { SessionServer, TargetSession } from './connect.ts'
import { readIdentity, sameEpoch } from './questions/identity.ts'
import type { Reader } from './questions/question.ts'

/** Within this time callers share one answer, ms. */
const FRESH_MS = 2_000

/** An identity and the target's clock when it was read. */
export interface DatedIdentity {
  readonly identity: Identity
  readonly at: UtcTime
}

interface Remembered extends DatedIdentity {
  readonly server: SessionServer
  readonly ms: number
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
    if (known !== null && known.server === server && performance.now() - known.ms < FRESH_MS) return known
    const read = await readIdentity(this.#reader())
    const at = await targetNow(this.#reader())
    const isSame =
      known?.identity.instanceUid === read.instanceUid && sameEpoch(known.identity.epoch, read.epoch)
    const identity = isSame ? { ...read, epoch: known.identity.epoch } : read
    this.#latest = { identity, at, server, ms: performance.now() }
    return this.#latest
  }
}
