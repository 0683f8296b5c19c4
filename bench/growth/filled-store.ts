/** A store with many events, issues and samples, written through the ports of the roles as the pipeline writes them. */
import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { configSchema, type Installation, mirrorCatalogue, openInstallation } from '../../src/app/index.ts'
import type { MetricSample, NewDetectionEvent } from '../../src/core/nouns.ts'
import { fromMs } from '../../src/core/time.ts'

/** Events of one fingerprint, samples of one series, and events of one issue. */
const EVENTS_A_FINGERPRINT = 50
const EVENTS_AN_ISSUE = 100
const TARGETS = 10
const SERIES = 100
const WINDOW_MS = 10_000
const BATCH = 1000
const INSTANCE = 'bench-instance'

/** A store that can be filled further. */
export interface FilledStore {
  readonly installation: Installation
  readonly targetIds: readonly number[]
  /** Fills up to so many events and samples. */
  fill(events: number, signal: AbortSignal): Promise<void>
  /** An event and a sample that are not in it yet. */
  nextEvents(count: number): readonly NewDetectionEvent[]
  nextSamples(count: number): readonly MetricSample[]
  /** The newest window of a sample, ms since the epoch. */
  readonly newestMs: () => number
  readonly fingerprintOf: (event: number) => string
  /** A series of the first target. */
  readonly seriesKey: string
  remove(): Promise<void>
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

const seriesKeyOf = (series: number): string => sha256(`series ${series}`).slice(0, 32)

/** An empty store in a folder of its own. */
export async function filledStore(): Promise<FilledStore> {
  const home = await mkdtemp(join(tmpdir(), 'dbmedic-bench-store-'))
  const config = configSchema.parse({
    store: join(home, 'dbmedic.sqlite'),
    keyring: join(home, 'keyring'),
    targets: Array.from({ length: TARGETS }, (_, i) => ({
      name: `target-${i}`,
      engine: 'mysql',
      monitor: { user: 'nobody', password: 'none' },
    })),
  })
  const installation = await openInstallation(config, () => undefined)
  await mirrorCatalogue(installation)
  const targetIds = (await installation.store.read.targets()).map((t) => t.targetId)
  return new Filling(installation, targetIds, home)
}

class Filling implements FilledStore {
  readonly installation: Installation
  readonly targetIds: readonly number[]
  readonly seriesKey = seriesKeyOf(0)
  readonly #home: string
  readonly #beganMs = Date.now() - 86_400_000
  #events = 0
  #samples = 0
  #issues = 0

  constructor(installation: Installation, targetIds: readonly number[], home: string) {
    this.installation = installation
    this.targetIds = targetIds
    this.#home = home
  }

  async fill(events: number, signal: AbortSignal): Promise<void> {
    const { observe } = this.installation.store
    while (this.#events < events) {
      signal.throwIfAborted()
      await observe?.appendEvents(this.nextEvents(Math.min(BATCH, events - this.#events)))
      await observe?.appendSamples(this.nextSamples(Math.min(BATCH, events - this.#samples)))
      await this.#openIssues()
    }
  }

  nextEvents(count: number): readonly NewDetectionEvent[] {
    return Array.from({ length: count }, () => this.#event(this.#events++))
  }

  nextSamples(count: number): readonly MetricSample[] {
    return Array.from({ length: count }, () => this.#sample(this.#samples++))
  }

  readonly newestMs = (): number => this.#windowOf(this.#samples - 1)

  readonly fingerprintOf = (event: number): string =>
    sha256(`fingerprint ${Math.floor(event / EVENTS_A_FINGERPRINT)}`)

  async remove(): Promise<void> {
    await this.installation.store.close()
    await rm(this.#home, { recursive: true, force: true })
  }

  /** One issue for every hundred events; nine of ten are over. */
  async #openIssues(): Promise<void> {
    const { reason } = this.installation.store
    if (reason === null) return
    for (; this.#issues < this.#events / EVENTS_AN_ISSUE; this.#issues += 1) {
      const event = this.#issues * EVENTS_AN_ISSUE
      const [row] = await reason.read.events({ issueFingerprint: this.fingerprintOf(event), limit: 1 })
      if (row === undefined) continue
      const issueId = await reason.openIssue({
        targetId: row.targetId,
        instanceUid: row.instanceUid,
        issueCategory: row.issueCategory,
        issueFingerprint: row.issueFingerprint,
        ruleId: row.ruleId,
        severity: row.severityIndicator,
        affectedResourceType: row.affectedResourceType,
        affectedResourceName: row.affectedResourceName,
        occurrenceCount: 1,
        firstOccurrenceEventId: row.eventId,
        lastDetectionEventId: row.eventId,
        recurrenceOfIssueId: null,
      })
      if (issueId !== null && this.#issues % 10 !== 0)
        await reason.moveIssue(issueId, 'DETECTED', 'CANCELLED')
    }
  }

  #windowOf(sample: number): number {
    return this.#beganMs + Math.floor(sample / (TARGETS * SERIES)) * WINDOW_MS
  }

  #event(k: number): NewDetectionEvent {
    const fingerprint = Math.floor(k / EVENTS_A_FINGERPRINT)
    const endMs = Date.now()
    const context = JSON.stringify({
      key: `shop.orders_${fingerprint}`,
      workload: 10,
      limit: 1,
      facts: { calls: k },
    })
    return {
      targetId: this.targetIds[fingerprint % TARGETS] ?? 1,
      instanceUid: INSTANCE,
      eventTimestamp: fromMs(endMs),
      detectionSource: 'PERFORMANCE_SCHEMA',
      eventKind: 'BREACH',
      ruleId: 'mysql/slow-statement',
      ruleVersion: 1,
      severityIndicator: 'WARNING',
      issueCategory: 'QUERY_PERFORMANCE',
      issueFingerprint: this.fingerprintOf(k),
      affectedResourceType: 'statement',
      affectedResourceName: `SELECT * FROM orders_${fingerprint} WHERE status = ?`,
      metricName: 'mean_ms',
      metricValue: 120.5,
      metricUnit: 'ms',
      windowStart: fromMs(endMs - WINDOW_MS),
      windowEnd: fromMs(endMs),
      epoch: fromMs(this.#beganMs),
      partial: false,
      opensAtOnce: false,
      dedupeKey: sha256(`event ${k}`),
      rawContext: context,
    }
  }

  #sample(k: number): MetricSample {
    const startMs = this.#windowOf(k)
    return {
      targetId: this.targetIds[k % TARGETS] ?? 1,
      instanceUid: INSTANCE,
      epoch: fromMs(this.#beganMs),
      seriesKind: 'statement',
      seriesKey: seriesKeyOf(Math.floor(k / TARGETS) % SERIES),
      windowStart: fromMs(startMs),
      windowEnd: fromMs(startMs + WINDOW_MS),
      calls: 120,
      totalMs: 480.25,
      measures: {
        lock_ms: 1.5,
        rows_examined: 12_000,
        rows_sent: 120,
        rows_affected: 0,
        tmp_disk_tables: 0,
        errors: 0,
      },
    }
  }
}
