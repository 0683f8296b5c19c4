/**
 * How far a target's clock is from the store's. Windows of a target are on its own clock; what they are compared
 * with (when a run began and ended, what "now" is) is on the store's. Unshifted, the windows before a run on a
 * target that is ahead would pass for windows after it, and prove an effect that never was.
 */
import { DbmedicError } from '../../core/errors.ts'
import { errorFields, type Log } from '../../core/log.ts'
import { CLOCK_TOLERANCE_MS, fromMs, toMs, type UtcTime } from '../../core/time.ts'

/** What a clock is measured with. */
export interface ClockParts {
  readonly storeNow: () => Promise<UtcTime>
  readonly log: Log
}

/** How often it is measured, by the target's own clock, ms. */
const MEASURE_EVERY_MS = 60_000

/** The clock of one target. */
export class TargetClock {
  readonly #target: string
  readonly #parts: ClockParts
  #offsetMs = 0
  #measuredAt: number | null = null

  constructor(target: string, parts: ClockParts) {
    this.#target = target
    this.#parts = parts
  }

  /**
   * Takes a reading of the target's clock just made. Asks the store at most once a minute of the target's clock,
   * and again at once when that was stepped back. An offset is kept until it has moved by more than the tolerance,
   * so that windows do not jitter. @throws what the store throws.
   */
  async measure(at: UtcTime): Promise<void> {
    const targetMs = toMs(at)
    const since = this.#measuredAt === null ? Number.POSITIVE_INFINITY : targetMs - this.#measuredAt
    if (since >= 0 && since < MEASURE_EVERY_MS) return
    const found = toMs(await this.#parts.storeNow()) - targetMs
    this.#measuredAt = targetMs
    const offsetMs = Math.abs(found) <= CLOCK_TOLERANCE_MS ? 0 : found
    if (
      Math.abs(offsetMs - this.#offsetMs) <= CLOCK_TOLERANCE_MS &&
      (offsetMs === 0) === (this.#offsetMs === 0)
    )
      return
    this.#offsetMs = offsetMs
    this.#say(offsetMs)
  }

  /** Another server answers: its clock is measured anew. */
  forget(): void {
    this.#measuredAt = null
  }

  /** A moment of the target's clock on the store's. */
  onOurs(time: UtcTime): UtcTime {
    return this.#offsetMs === 0 ? time : fromMs(toMs(time) + this.#offsetMs)
  }

  #say(offsetMs: number): void {
    const [target, stage] = [this.#target, 'detect']
    if (offsetMs === 0) {
      const message = 'the clock of the target agrees with the store’s again'
      this.#parts.log({ level: 'info', stage, target, message })
      return
    }
    const seconds = Math.round(Math.abs(offsetMs) / 1000)
    const direction = offsetMs < 0 ? 'ahead of' : 'behind'
    const stated = new DbmedicError('DBM_TARGET_CLOCK', { target, seconds, direction })
    this.#parts.log({ ...errorFields(stated), level: 'warn', stage, target })
  }
}
