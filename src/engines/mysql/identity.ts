/**
 * Who a target is, remembered: asked again when its connection was reopened and every two seconds, and the epoch
 * kept to the letter while it is the same life of the server (its clock is stepped by NTP, its start is not).
 */
import type { Identity } from '../../core/observer.ts'
import type { SessionServer, TargetSession } from './connect.ts'
import { readIdentity, sameEpoch } from './questions/identity.ts'
import type { Reader } from './questions/question.ts'

/** Within this time callers share one answer, ms. */
const FRESH_MS = 2_000

/** The identity of the server behind one session. */
export class KnownIdentity {
  readonly #session: TargetSession
  readonly #reader: () => Reader
  #latest: {
    readonly identity: Identity
    readonly server: SessionServer | null
    readonly ms: number
  } | null = null

  constructor(session: TargetSession, reader: () => Reader) {
    this.#session = session
    this.#reader = reader
  }

  /** The identity now. @throws TargetError; RangeError where the server does not say since when it runs. */
  async now(): Promise<Identity> {
    const server = await this.#session.open()
    const known = this.#latest
    const isFresh = known !== null && known.server === server && performance.now() - known.ms < FRESH_MS
    if (isFresh) return known.identity
    const read = await readIdentity(this.#reader())
    const isSame =
      known?.identity.instanceUid === read.instanceUid && sameEpoch(known.identity.epoch, read.epoch)
    const identity = isSame && known !== null ? { ...read, epoch: known.identity.epoch } : read
    this.#latest = { identity, server: this.#session.server, ms: performance.now() }
    return identity
  }
}
