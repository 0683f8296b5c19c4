/** Scrapes many exporters on the schedule, from the bench's own process. */
import type { RunningExporter } from './mysqld-exporter.ts'
import { dueBetween } from './scrape-schedule.ts'

/** How often it is looked what is due, ms. */
const TURN_MS = 250

/** Scrapes every exporter on schedule, spread over the interval as Prometheus spreads its targets. */
export class Scraper {
  readonly #exporters: readonly RunningExporter[]
  readonly #failed: Map<string, number>
  #timer: NodeJS.Timeout | null = null
  #running = new Set<Promise<void>>()
  #lastSeconds = -1
  #beganMs = performance.now()
  #error: unknown = null

  /** @param failed is filled with the collectors that failed, and how often */
  constructor(exporters: readonly RunningExporter[], failed: Map<string, number>) {
    this.#exporters = exporters
    this.#failed = failed
  }

  /** Begins; the first round is everything. */
  start(): void {
    this.#beganMs = performance.now()
    this.#timer = setInterval(() => this.#turn(), TURN_MS)
  }

  /** Throws what the first failed scrape threw. */
  mustRun(): void {
    if (this.#error !== null) throw this.#error
  }

  /** Ends it and waits for what is on its way. */
  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer)
    await Promise.all(this.#running)
  }

  #turn(): void {
    const seconds = (performance.now() - this.#beganMs) / 1000
    for (const [i, exporter] of this.#exporters.entries()) {
      const offset = (5 * i) / this.#exporters.length
      const [from, to] = [this.#lastSeconds - offset, seconds - offset]
      if (to < 0) continue
      for (const group of dueBetween(from, to)) {
        const scrape = exporter.scrape(group.collectors).then(
          ({ failed }) => {
            for (const name of failed) this.#failed.set(name, (this.#failed.get(name) ?? 0) + 1)
          },
          (error: unknown) => {
            this.#error ??= error
          },
        )
        this.#running.add(scrape)
        void scrape.finally(() => this.#running.delete(scrape))
      }
    }
    this.#lastSeconds = seconds
  }
}
