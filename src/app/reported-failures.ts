/**
 * An instrument that reads the store instead of the target: which kinds of failure applications met on it since the look
 * before. Whatever comes of it goes the ordinary way of detection; nothing else turns a report into an issue.
 */
import type { Observer, Reading } from '../core/observer.ts'
import type {
  ReportedFailure,
  ReportedFailureWindow,
  StoreSnapshots,
  TargetFailure,
} from '../core/reported-failures.ts'
import type { ObservePort } from '../core/store-ports.ts'
import { fromMs, toMs, type UtcTime } from '../core/time.ts'
import { ERROR_TYPES, isErrorType } from '../recovery/index.ts'

/** How far back kinds of failure are listed, ms: those that have calmed down show as met by nobody. */
const LISTED_MS = 900_000
/** Counts that are remembered; beyond it the oldest is forgotten, and its next call counts as one. */
const REMEMBERED_MOST = 2_000

/** The instrument of one target. */
export class ReportedFailures {
  readonly #targetId: number
  readonly #port: Pick<ObservePort, 'read' | 'targetFailures'>
  /** Calls counted so far, by signature. */
  readonly #counts = new Map<string, number>()
  #lookedAt: UtcTime | null = null

  constructor(targetId: number, port: Pick<ObservePort, 'read' | 'targetFailures'>) {
    this.#targetId = targetId
    this.#port = port
  }

  /** What was met since the look before. The first look only counts: what lies before it may be long over. */
  async read(): Promise<Reading<ReportedFailureWindow>> {
    const now = await this.#port.read.now()
    const listed = await this.#port.targetFailures(this.#targetId, fromMs(toMs(now) - LISTED_MS))
    const before = this.#lookedAt
    this.#lookedAt = now
    const failures = listed.flatMap((each) => this.#inWindow(each, before))
    if (before === null)
      return {
        known: false,
        because: 'reports are counted from now on',
        toProceed: 'Wait for the next window.',
      }
    const elapsedMs = toMs(now) - toMs(before)
    const value = { windowStart: before, windowEnd: now, elapsedMs, failures }
    return { known: true, value, at: now, source: 'errors that applications reported' }
  }

  #inWindow(failure: TargetFailure, before: UtcTime | null): readonly ReportedFailure[] {
    const { met, firstSeenAt, lastSeenAt, ...kind } = failure
    const earlier = this.#counts.get(kind.signature)
    this.#remember(kind.signature, met)
    if (before === null || !isErrorType(kind.failureType)) return []
    const { strategy } = ERROR_TYPES[kind.failureType]
    return [{ ...kind, strategy, met: metSince({ met, firstSeenAt, lastSeenAt, earlier, before }) }]
  }

  #remember(signature: string, met: number): void {
    this.#counts.delete(signature)
    this.#counts.set(signature, met)
    if (this.#counts.size <= REMEMBERED_MOST) return
    const [oldest] = this.#counts.keys()
    if (oldest !== undefined) this.#counts.delete(oldest)
  }
}

/** Of one whose earlier count is not known: all of it if it is new, else at least the call it was seen at. */
function metSince(seen: {
  readonly met: number
  readonly firstSeenAt: UtcTime
  readonly lastSeenAt: UtcTime
  readonly earlier: number | undefined
  readonly before: UtcTime
}): number {
  if (seen.earlier !== undefined) return Math.max(0, seen.met - seen.earlier)
  if (toMs(seen.firstSeenAt) >= toMs(seen.before)) return seen.met
  return toMs(seen.lastSeenAt) > toMs(seen.before) ? Math.min(1, seen.met) : 0
}

/** How each instrument that reads the store is read. */
export type StoreInstruments = {
  readonly [K in keyof StoreSnapshots]: () => Promise<Reading<StoreSnapshots[K]>>
}

/** The observer of a target, with the instruments that read the store beside its own. */
export function withStoreInstruments(
  observer: Observer<never, never>,
  ofStore: StoreInstruments,
): Observer<never, never> {
  const read = (name: string): Promise<Reading<unknown>> =>
    Object.hasOwn(ofStore, name) ? ofStore[name as keyof StoreSnapshots]() : observer.read(name as never)
  return new Proxy(observer, {
    get: (of, key) => {
      if (key === 'read') return read
      const value: unknown = Reflect.get(of, key, of)
      return typeof value === 'function' ? value.bind(of) : value
    },
  })
}
