// Sends reports in batches. Bounded in memory and in time; whatever the other side does, the application notices nothing.

import { randomUUID } from 'node:crypto'
import type { FailureReport } from './failure-report.ts'
import { type ReportingOptions, reportingAddress } from './guard-options.ts'
import { type KeptBatch, Spool } from './spool.ts'
import type { GuardStatistics } from './statistics.ts'

/** One kind of failure with how often it happened since the last batch; the fields of the first time. */
export interface CountedReport extends FailureReport {
  readonly count: number
  readonly lastAt: string
  readonly longestMs: number
}

/** What is sent: `POST` of this as JSON, with `Idempotency-Key` and the token. */
export interface ReportBatch {
  readonly form: 'dbmedic-failures-1'
  readonly application: string | null
  /** Random, for the life of the process. */
  readonly process: string
  /** Failures that were not described because too many waited, since the last batch. */
  readonly dropped: number
  readonly failures: readonly CountedReport[]
}

const DEFAULTS = { everyMs: 5000, timeoutMs: 5000, pendingMax: 500 }
const BATCH_MAX = 100
const SPOOL_BYTES = 5 * 1_048_576
const BACKOFF_MAX_MS = 300_000
/** Answers that the same batch would get again. */
const HOPELESS: ReadonlySet<number> = new Set([400, 413, 422])

/** One for each guard with an address. */
export class Reporter {
  readonly #address: URL
  readonly #options: Required<Omit<ReportingOptions, 'url' | 'spool'>>
  readonly #spool: Spool | null
  readonly #application: string | null
  readonly #statistics: GuardStatistics
  readonly #process = randomUUID()
  #pending = new Map<string, CountedReport>()
  /** A batch that was sent and not taken yet; kept as it is, so that it counts once. */
  #waiting: KeptBatch | null = null
  #timer: NodeJS.Timeout | null = null
  #failures = 0
  #dropped = 0
  #isClosed = false
  #turn: Promise<void> = Promise.resolve()

  constructor(options: ReportingOptions, application: string | null, statistics: GuardStatistics) {
    this.#address = reportingAddress(options)
    this.#options = { ...DEFAULTS, ...options }
    const { spool } = options
    this.#spool = spool === undefined ? null : new Spool(spool.folder, spool.maxBytes ?? SPOOL_BYTES)
    // What an earlier process left is sent soon, whether or not anything fails now.
    if (this.#spool !== null) this.#schedule(this.#options.everyMs)
    this.#application = application
    this.#statistics = statistics
  }

  /** Takes one report; one of a kind that waits already is counted with it. */
  add(report: FailureReport): void {
    const { callSite: site } = report
    const key = JSON.stringify([
      report.signature,
      report.statement?.fingerprint,
      site?.file,
      site?.line,
      report.outcome,
    ])
    const there = this.#pending.get(key)
    if (there === undefined && this.#pending.size >= this.#options.pendingMax) this.drop()
    else if (there === undefined)
      this.#pending.set(key, { ...report, count: 1, lastAt: report.at, longestMs: report.durationMs })
    else
      this.#pending.set(key, {
        ...there,
        count: there.count + 1,
        lastAt: report.at,
        longestMs: Math.max(there.longestMs, report.durationMs),
      })
    this.#schedule(this.#options.everyMs)
  }

  /** Counts a failure that will not be described. */
  drop(): void {
    this.#dropped += 1
    this.#statistics.dropped += 1
  }

  /** Sends what waits, one batch after the other until one is not taken. One at a time; never rejects. */
  flush(): Promise<void> {
    this.#turn = this.#turn.then(() => this.#sendAll())
    return this.#turn
  }

  async #sendAll(): Promise<void> {
    for (;;) {
      const kept = (await this.#spool?.oldest()) ?? null
      const batch = kept ?? this.#waiting ?? this.#nextBatch()
      if (batch === null) return
      if (kept === null) this.#waiting = batch
      const isTaken = await this.#isTaken(batch)
      if (kept === null) await this.#settle(batch, isTaken)
      else if (isTaken) await this.#spool?.forget(kept)
      if (!isTaken) return
    }
  }

  /** A batch of this process: done with, or kept on disk, or kept as it is. */
  async #settle(batch: KeptBatch, isTaken: boolean): Promise<void> {
    if (isTaken || (await this.#spool?.keep(batch)) === true) this.#waiting = null
  }

  /** Sends what waits, once, and stops. */
  async close(): Promise<void> {
    this.#isClosed = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    await this.flush()
    if (this.#spool === null) return
    // The server is away: what is left outlives the process, as far as there is room.
    for (let batch = this.#waiting ?? this.#nextBatch(); batch !== null; batch = this.#nextBatch())
      if (!(await this.#spool.keep(batch))) this.#statistics.dropped += batch.count
    this.#waiting = null
  }

  #nextBatch(): KeptBatch | null {
    if (this.#pending.size === 0) return null
    const taken = [...this.#pending].slice(0, BATCH_MAX)
    for (const [key] of taken) this.#pending.delete(key)
    const failures = taken.map(([, report]) => report)
    const batch: ReportBatch = {
      form: 'dbmedic-failures-1',
      application: this.#application,
      process: this.#process,
      dropped: this.#dropped,
      failures,
    }
    this.#dropped = 0
    const count = failures.reduce((sum, { count: n }) => sum + n, 0)
    return { key: randomUUID(), body: JSON.stringify(batch), count }
  }

  async #isTaken({ key, body, count }: KeptBatch): Promise<boolean> {
    const status = await this.#post(key, body)
    if (status !== null && status >= 200 && status < 300) {
      this.#statistics.reported += count
      this.#failures = 0
      return true
    }
    if (status !== null && HOPELESS.has(status)) {
      this.#statistics.dropped += count
      return true
    }
    this.#statistics.postponed += 1
    this.#failures += 1
    const bound = Math.min(BACKOFF_MAX_MS, this.#options.everyMs * 2 ** this.#failures)
    this.#schedule(this.#options.everyMs + Math.random() * bound)
    return false
  }

  async #post(key: string, body: string): Promise<number | null> {
    try {
      const answer = await fetch(this.#address, {
        method: 'POST',
        body,
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${this.#options.token}`,
          'idempotency-key': key,
        },
        // The token goes to the address it is meant for and nowhere else.
        redirect: 'error',
        signal: AbortSignal.timeout(this.#options.timeoutMs),
      })
      await answer.body?.cancel()
      return answer.status
    } catch {
      return null
    }
  }

  #schedule(ms: number): void {
    if (this.#timer !== null || this.#isClosed) return
    this.#timer = setTimeout(() => {
      this.#timer = null
      void this.flush()
    }, ms)
    this.#timer.unref()
  }
}
