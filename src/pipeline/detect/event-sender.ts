/**
 * Gets events into the store. What a store could not take is kept, within a bound, and sent again before
 * newer events; an event the store's own rules refuse is dropped by itself and never holds up the others.
 */
import { DbmedicError } from '../../core/errors.ts'
import type { Log } from '../../core/log.ts'
import type { NewDetectionEvent } from '../../core/nouns.ts'
import type { ObservePort } from '../../core/store-ports.ts'

/** Events kept while the store cannot be written; the oldest are dropped beyond it. */
export const UNSENT_MOST = 1_000

/** Sends events of one target in order. */
export class EventSender {
  readonly #port: ObservePort
  readonly #log: Log
  #unsent: readonly NewDetectionEvent[] = []

  constructor(port: ObservePort, log: Log) {
    this.#port = port
    this.#log = log
  }

  /** Sends what waits and `events`. Gives how many were new. @throws what the store throws; they wait then. */
  async send(events: readonly NewDetectionEvent[]): Promise<number> {
    const all = [...this.#unsent, ...events]
    if (all.length === 0) return 0
    try {
      const added = await this.#append(all)
      this.#unsent = []
      return added
    } catch (error) {
      const dropped = Math.max(0, all.length - UNSENT_MOST)
      this.#unsent = all.slice(dropped)
      if (dropped > 0)
        this.#log({
          level: 'error',
          stage: 'detect',
          message: 'events lost: the store cannot be written',
          dropped,
        })
      throw error
    }
  }

  async #append(events: readonly NewDetectionEvent[]): Promise<number> {
    try {
      return await this.#port.appendEvents(events)
    } catch (error) {
      if (!isRefusal(error)) throw error
      return this.#oneByOne(events)
    }
  }

  /** Events stored before a failure are skipped by their dedupe key when they are sent again. */
  async #oneByOne(events: readonly NewDetectionEvent[]): Promise<number> {
    let added = 0
    for (const event of events) {
      try {
        added += await this.#port.appendEvents([event])
      } catch (error) {
        if (!isRefusal(error)) throw error
        this.#log({
          level: 'error',
          stage: 'detect',
          message: `the store refused an event: ${error.message}`,
          rule: event.ruleId,
        })
      }
    }
    return added
  }
}

const isRefusal = (error: unknown): error is DbmedicError =>
  error instanceof DbmedicError && error.code === 'DBM_STORE_REFUSED'
