/**
 * Runs one collector: at most once an interval, half as often when it was slow, never twice at a time, and always
 * with an answer. Everyone who asks within one interval gets the same reading.
 */
import type { Reading } from '../../core/observer.ts'
import { type Collector, type CollectorTarget, type SnapshotName, unknown } from './collector.ts'
import { sameEpoch } from './questions/identity.ts'
import type { MysqlSnapshots } from './shapes.ts'
import { unknownBecause } from './unknown-reading.ts'

/** Detectors come round at their interval ±20 %; a reading is new again after the shorter. */
export const FRESH_SHARE = 0.79
/**
 * The longest interval a slow collector comes to, ms at pace 1: that of one that is too dear. A machine short of
 * processors makes every reading slow, and is the one to be watched then.
 */
const BACKOFF_MAX_MS = 60_000
/** A reading that failed or was held back is tried again after this part of the interval, at the latest in a minute. */
const RETRY_SHARE = 0.5
const RETRY_MAX_MS = 60_000
/** Facts of a heavy instrument that is held back stand in for this many intervals. */
const STAND_IN_INTERVALS = 3

/** What the runner needs beside the collector. */
export interface RunnerSettings {
  /** Everything a collector may use, its interval aside; a new one for each reading. */
  readonly target: (name: SnapshotName, heavy: boolean) => Promise<Omit<CollectorTarget, 'nominalMs'>>
  /** How long readings waited for other targets on the same server so far, ms: that makes none of them slow. */
  readonly waitedMs: (heavy: boolean) => number
  /** Why this collector must not run now, or `null`. */
  readonly hold: (name: SnapshotName, heavy: boolean) => Reading<never> | null
  /** By how much the interval of this collector is multiplied now: above 1 to stay within the budget, below 1 for something new. */
  readonly stretch: (name: SnapshotName) => number
  /** A reading is over, or failed: what it cost is known. */
  readonly ended: (name: SnapshotName, how: 'read' | 'failed') => void
  readonly slowCollectorMs: number
  /** Multiplies the interval; 1 in production. */
  readonly pace: number
  readonly now?: () => number
}

/** One instrument of one target. `S` is what its collector remembers. */
export class CollectorRunner<K extends SnapshotName, S> {
  readonly #collector: Collector<K, S>
  readonly #settings: RunnerSettings
  readonly #now: () => number
  #state: S | null = null
  #life: { readonly instanceUid: string; readonly epoch: string } | null = null
  #latest: Reading<MysqlSnapshots[K]> | null = null
  #dueMs = Number.NEGATIVE_INFINITY
  /** The interval the next reading was meant for when the last one was made: the window is judged by it. */
  #meantMs: number | null = null
  #last: { readonly reading: Reading<MysqlSnapshots[K]>; readonly ms: number } | null = null
  #running: Promise<Reading<MysqlSnapshots[K]>> | null = null
  #slowdown = 1

  constructor(collector: Collector<K, S>, settings: RunnerSettings) {
    this.#collector = collector
    this.#settings = settings
    this.#now = settings.now ?? (() => performance.now())
  }

  /** The newest reading, made now if the last one is an interval old. Never throws. */
  read(): Promise<Reading<MysqlSnapshots[K]>> {
    if (this.#running !== null) return this.#running
    if (this.#latest !== null && !this.#isDue()) return Promise.resolve(this.#latest)
    this.#running = this.#collect().finally(() => {
      this.#running = null
    })
    return this.#running
  }

  /** What is read more often from now on is so at once, not from the reading after the next on. */
  #isDue(): boolean {
    const nowMs = this.#now()
    if (nowMs >= this.#dueMs) return true
    // What failed since is tried again at its own time, not by everyone who asks.
    if (this.times >= 1 || this.#last === null || this.#latest !== this.#last.reading) return false
    return nowMs - this.#last.ms >= this.#nominalMs * FRESH_SHARE
  }

  get #nominalMs(): number {
    return this.#everyMs * this.times
  }

  /** By how much its interval is multiplied now: it was slow, or too dear; below 1: something new is the matter, and it is quick. */
  get times(): number {
    const slowest = Math.max(1, BACKOFF_MAX_MS / this.#collector.everyMs)
    const stretch = this.#settings.stretch(this.#collector.name)
    return this.#slowdown > 1 ? Math.max(Math.min(slowest, this.#slowdown), stretch) : stretch
  }

  get #everyMs(): number {
    return this.#collector.everyMs * this.#settings.pace
  }

  async #collect(): Promise<Reading<MysqlSnapshots[K]>> {
    const { name, heavy } = this.#collector
    const held = this.#settings.hold(name, heavy)
    if (held !== null) return this.#tryAgain(this.#standIn() ?? held)
    const nominalMs = this.#meantMs ?? this.#nominalMs
    try {
      const target = await this.#settings.target(name, heavy)
      this.#startAnewIfMoved(target)
      const startedMs = this.#now() - this.#settings.waitedMs(heavy)
      const { outcome, state } = await this.#collector.collect({ ...target, nominalMs }, this.#state)
      this.#state = state
      this.#settings.ended(name, 'read')
      this.#paceBy(this.#now() - this.#settings.waitedMs(heavy) - startedMs)
      this.#last = { reading: outcome, ms: this.#now() }
      this.#meantMs = this.#nominalMs
      return this.#keep(outcome, this.#meantMs * FRESH_SHARE)
    } catch (error) {
      this.#settings.ended(name, 'failed')
      return this.#tryAgain(unknownBecause(error), this.times)
    }
  }

  /** Slow-changing facts stay true for a while when their instrument is held back; windows of counters do not. */
  #standIn(): Reading<MysqlSnapshots[K]> | null {
    const isRecent = this.#last !== null && this.#now() - this.#last.ms < STAND_IN_INTERVALS * this.#nominalMs
    return this.#collector.heavy && isRecent && this.#last?.reading.known ? this.#last.reading : null
  }

  #startAnewIfMoved(target: Omit<CollectorTarget, 'nominalMs'>): void {
    const { instanceUid, epoch } = target.identity
    const same = this.#life?.instanceUid === instanceUid && sameEpoch(this.#life.epoch, epoch)
    if (!same) this.#state = null
    this.#life = { instanceUid, epoch }
  }

  /** Twice as slow after a reading over the limit, back one step after one under half of it. */
  #paceBy(tookMs: number): void {
    const limit = this.#settings.slowCollectorMs
    if (tookMs > limit) this.#slowdown = Math.min(this.#slowdown * 2, 64)
    else if (tookMs < limit / 2) this.#slowdown = Math.max(1, this.#slowdown / 2)
  }

  /** What failed after much was spent on it is not tried again as often as what costs little: `times` as late. */
  #tryAgain(reading: Reading<MysqlSnapshots[K]>, times = 1): Reading<MysqlSnapshots[K]> {
    return this.#keep(reading, Math.min(this.#nominalMs * RETRY_SHARE, RETRY_MAX_MS * Math.max(1, times)))
  }

  #keep(reading: Reading<MysqlSnapshots[K]>, forMs: number): Reading<MysqlSnapshots[K]> {
    this.#latest = reading
    this.#dueMs = this.#now() + forMs
    return reading
  }
}

/** The reading of an instrument that is skipped for its cost. The log says it once for all of them: see `ObserverCost`. */
export function shedReading(name: SnapshotName, budget: string): Reading<never> {
  return unknown(
    `${name} is not read now, so that watching stays within its budget (${budget})`,
    'Wait: it is read again by itself; raise budgetPercent or budgetMsPerSecond of this target to read it always.',
  )
}

/** The reading of a heavy instrument while the target is busy. */
export function busyReading(name: SnapshotName, threadsRunning: number): Reading<never> {
  return unknown(
    `${name} is not read while ${threadsRunning} threads run on the target`,
    'It is read when the target is calmer; if the machine has more cores, say so in the option `cores`.',
  )
}
