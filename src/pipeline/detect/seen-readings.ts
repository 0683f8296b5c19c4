/**
 * Which reading of an instrument each detector has seen. Detectors share readings and come round at times of their own, so
 * that one may be made for another, or for the series, and be replaced by the next before a detector's turn: what only that
 * window tells, a deadlock say, would be lost. A detector that has not seen the newest comes round before that.
 */
import type { Detector } from '../../core/detector.ts'
import type { Observer, Reading } from '../../core/observer.ts'

/** The newest readings of one target, and who has seen them. */
export class SeenReadings {
  #newest = new Map<string, object>()
  #seen = new Map<string, object>()

  /** Notes that the instrument's newest reading is this one, and gives it back. One that failed holds nothing to be lost. */
  made<R extends { readonly known: boolean }>(name: string, reading: R): R {
    if (reading.known) this.#newest.set(name, reading)
    return reading
  }

  /** The same observer, whose readings are noted. */
  noting<S, Q>(observer: Observer<S, Q>): Observer<S, Q> {
    const read = async <K extends keyof S & string>(name: K): Promise<Reading<S[K]>> =>
      this.made(name, await observer.read(name))
    return new Proxy(observer, {
      get: (of, key) => {
        if (key === 'read') return read
        const value: unknown = Reflect.get(of, key, of)
        return typeof value === 'function' ? value.bind(of) : value
      },
    })
  }

  /** Notes that the detector has seen what there is, also where it did not ask for all it may read. */
  seen<S>({ id, reads }: Pick<Detector<S>, 'id' | 'reads'>): void {
    for (const name of reads) {
      const newest = this.#newest.get(name)
      if (newest !== undefined) this.#seen.set(`${id}|${name}`, newest)
    }
  }

  /** Whether a reading was made since that the detector has not seen. */
  isNewTo<S>({ id, reads }: Pick<Detector<S>, 'id' | 'reads'>): boolean {
    return reads.some((name) => this.#newest.get(name) !== this.#seen.get(`${id}|${name}`))
  }
}
