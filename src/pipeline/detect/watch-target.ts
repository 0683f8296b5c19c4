/**
 * Watches one target: runs each detector at its cadence, turns findings into events, notices restarts,
 * and follows resources that fired until they are well. It never interprets and never blocks another
 * target; what fails is logged and tried again at the next window.
 */
import type { Json, Sha256 } from '../../core/canonical.ts'
import type { Detector, Finding } from '../../core/detector.ts'
import type { SeriesWindow } from '../../core/engine.ts'
import { OPEN_ISSUE_STATES } from '../../core/lifecycle.ts'
import type { Log } from '../../core/log.ts'
import type { NewDetectionEvent, Target } from '../../core/nouns.ts'
import type { Identity, Observer, ObserverCost } from '../../core/observer.ts'
import type { ObservePort } from '../../core/store-ports.ts'
import { fromMs, toMs, type UtcTime } from '../../core/time.ts'
import { CostRecord } from './cost-record.ts'
import { epochNotice } from './epoch-notice.ts'
import { EventSender } from './event-sender.ts'
import { type ClosingRule, nextTracked, type Tracked } from './hysteresis.ts'
import { FOLLOW_EVERY_MS, type OpenResource, openResources } from './open-resources.ts'
import { rollUp } from './roll-up.ts'
import { SeenReadings } from './seen-readings.ts'
import { fold } from './series-fold.ts'
import { ShedNotice } from './shed-notice.ts'
import { TargetClock } from './target-clock.ts'
import { type FindingOrigin, toEvent } from './to-event.ts'
import { levelOf, type Trouble, troubleOf } from './trouble.ts'

/** Everything a watch needs. */
export interface WatchOptions<S, Q> {
  readonly target: Target
  readonly observer: Observer<S, Q>
  readonly detectors: readonly Detector<S>[]
  readonly series: (observer: Observer<S, Q>) => Promise<readonly SeriesWindow[]>
  readonly port: ObservePort
  /** The store's clock, which everything the windows are compared with is on. */
  readonly storeNow: () => Promise<UtcTime>
  readonly sha256: Sha256
  readonly log: Log
  readonly closing: ClosingRule
  /** Detector settings: threshold by detector id and name, where it differs from the default. */
  readonly thresholds: { readonly [detectorId: string]: { readonly [name: string]: number } }
  /** Multiplies every interval; 1 normally, less in laboratories. */
  readonly paceFactor: number
  /**
   * While the target is calm the windows of a series after its first are folded into ones of about this length, ms;
   * 0 or absent: never.
   * Calm: no resource that fired is followed and no issue of the target is open.
   */
  readonly calmWindowMs?: number
  /** Within this time, ms, detectors that look rarely have their first turn; 0 or absent: at once. See `watchTarget`. */
  readonly firstRareWithinMs?: number
  /** 0..1, for the ±20 % jitter that keeps targets from beating in step. */
  readonly random: () => number
}

/** How often the series of the newest windows are kept, ms; as often as the quickest instrument. */
const SERIES_EVERY_MS = 5_000

/** The part of its interval that lies between two turns of a detector at least: a little more than between two readings. */
const LEAST_OF_INTERVAL = 0.8

/** How often it is asked whether an issue of the target is open, ms. */
const CALM_LOOK_MS = 10_000

/** A detector that looks this rarely reads something dear, ms: its first turn may wait. */
const RARE_MS = 300_000

/** Most findings kept of one detector in one window; the rest is counted in the log. */
const FINDINGS_PER_WINDOW = 50

/** Watches one target. Call `tick` often; it runs what is due. */
export class TargetWatch<S, Q> {
  readonly #options: WatchOptions<S, Q>
  #identity: Identity | null = null
  #memory = new Map<string, Map<string, Json>>()
  #tracked = new Map<string, Map<string, Tracked>>()
  #due = new Map<string, number>()
  readonly #ran = new Map<string, number>()
  readonly #readings = new SeenReadings()
  #seriesDue = 0
  #followDue = 0
  #unknown = new Map<string, string>()
  /** What a warning was said of, of these. */
  readonly #warned = new Set<string>()
  #kept = new Map<string, string>()
  /** Folded windows that are not on record yet. */
  #held: ReadonlyMap<string, SeriesWindow> = new Map()
  /** Windows on record that are being summed up into ten minutes. */
  #rolling: ReadonlyMap<string, SeriesWindow> = new Map()
  #calm = { at: Number.NEGATIVE_INFINITY, is: false }
  readonly #sender: EventSender
  readonly #clock: TargetClock
  readonly #shed: ShedNotice
  readonly #cost: CostRecord

  constructor(options: WatchOptions<S, Q>) {
    this.#options = options
    this.#sender = new EventSender(options.port, options.log)
    this.#shed = new ShedNotice(options.log, options.target.targetName)
    this.#cost = new CostRecord(options.target.targetId, options.paceFactor)
    this.#clock = new TargetClock(options.target.targetName, options)
  }

  /** Who the target was when it last answered. */
  get identity(): Identity | null {
    return this.#identity
  }

  /** Instruments that could not be read at their last turn, and why. */
  get unknown(): ReadonlyMap<string, string> {
    return this.#unknown
  }

  /**
   * Runs every detector that is due at `nowMs` and appends what they found. Gives the number of new events.
   */
  async tick(nowMs: number): Promise<number> {
    const due = this.#options.detectors.filter((d) => this.#dueMs(d, nowMs) <= nowMs)
    const seriesDue = this.#seriesDue <= nowMs
    if (due.length === 0 && !seriesDue) return 0
    const identity = await this.#whoAnswers()
    const events: NewDetectionEvent[] = []
    if (identity.change !== null) events.push(identity.change)
    if (identity.now === null) return this.#postpone(due, nowMs)
    await this.#followOpen(identity.now, nowMs)
    // The window an event speaks of is on record before the event, so that who reads one finds the other.
    if (seriesDue) await this.#keepSeries(identity.now, nowMs)
    for (const detector of due) {
      events.push(...(await this.#run(detector, identity.now, nowMs)))
      this.#readings.seen(detector)
      this.#ran.set(detector.id, nowMs)
      this.#due.set(detector.id, nowMs + this.#interval(detector.everyMs * this.#stretchOf(detector)))
    }
    this.#hurry()
    this.#shed.look(this.#options.observer.cost(), nowMs)
    await this.#keepCost(identity.now, nowMs)
    if (this.#held.size > 0 && events.some((event) => event.eventKind === 'BREACH'))
      await this.#write(identity.now, [], 0).catch((error: unknown) =>
        this.#note('series', troubleOf(error, 'the series were not kept')),
      )
    return this.#sender.send(events)
  }

  #dueMs({ id, everyMs }: Detector<S>, nowMs: number): number {
    const known = this.#due.get(id)
    if (known !== undefined) return known
    const { firstRareWithinMs = 0, random } = this.#options
    const isPutOff = everyMs >= RARE_MS && firstRareWithinMs > 0
    const dueMs = isPutOff ? nowMs + firstRareWithinMs * random() : nowMs
    this.#due.set(id, dueMs)
    return dueMs
  }

  #interval(everyMs: number): number {
    const jitter = 0.8 + 0.4 * this.#options.random()
    return Math.max(200, everyMs * this.#options.paceFactor * jitter)
  }

  /**
   * An instrument that is read less often gives the same window in between, which must not be counted again; one that is
   * read more often is looked at as often.
   */
  #stretchOf(detector: Detector<S>): number {
    return stretchOf(detector, this.#options.observer.cost().stretched)
  }

  /** Detectors that a reading was made without are due as soon as they may be: the next one would take its place. */
  #hurry(): void {
    const { detectors, observer, paceFactor } = this.#options
    const { stretched } = observer.cost()
    for (const detector of detectors.filter((d) => this.#readings.isNewTo(d))) {
      const leastMs = LEAST_OF_INTERVAL * detector.everyMs * stretchOf(detector, stretched) * paceFactor
      const ran = this.#ran.get(detector.id) ?? Number.NEGATIVE_INFINITY
      this.#due.set(detector.id, Math.min(this.#due.get(detector.id) ?? 0, ran + leastMs))
    }
  }

  #postpone(due: readonly Detector<S>[], nowMs: number): number {
    for (const detector of due) this.#due.set(detector.id, nowMs + this.#interval(detector.everyMs))
    this.#seriesDue = nowMs + this.#interval(10_000)
    return 0
  }

  async #whoAnswers(): Promise<{ now: Identity | null; change: NewDetectionEvent | null }> {
    const reading = await this.#options.observer.identity()
    if (!reading.known) {
      this.#note('identity', reading)
      return { now: null, change: null }
    }
    this.#again('identity', 'the target answers again')
    const before = this.#identity
    const now = reading.value
    if (before?.instanceUid !== now.instanceUid) this.#clock.forget()
    await this.#clock.measure(reading.at)
    if (before?.instanceUid !== now.instanceUid) {
      await this.#options.port.setTargetIdentity(this.#options.target.targetId, now.instanceUid)
      await this.#recoverTracked(now)
    }
    // Only now: what threw above must be tried again at the next tick.
    this.#identity = now
    const moved = before !== null && Math.abs(toMs(before.epoch) - toMs(now.epoch)) > 5000
    if (before === null || (!moved && before.instanceUid === now.instanceUid)) return { now, change: null }
    this.#memory.clear()
    this.#kept.clear()
    // Of the server’s earlier life, and not to be written under the name of the present one.
    this.#held = new Map()
    this.#rolling = new Map()
    return { now, change: epochNotice(this.#options, { before, now, at: reading.at }) }
  }

  /** After a restart of ours, resources with an open issue go on being followed from their last event. */
  async #recoverTracked({ instanceUid }: Identity): Promise<void> {
    this.#tracked.clear()
    for (const { ruleId, key, workload } of await this.#openResources(instanceUid))
      this.#trackedOf(ruleId).set(key, { openingWorkload: workload, calmWindows: 0 })
  }

  /** And so do those whose issue opened since, by an event of a process that is no more. What fails is tried again. */
  async #followOpen({ instanceUid }: Identity, nowMs: number): Promise<void> {
    if (nowMs < this.#followDue) return
    this.#followDue = nowMs + Math.max(200, FOLLOW_EVERY_MS * this.#options.paceFactor)
    try {
      for (const { ruleId, key, workload, isCleared } of await this.#openResources(instanceUid))
        if (!isCleared && !this.#trackedOf(ruleId).has(key))
          this.#trackedOf(ruleId).set(key, { openingWorkload: workload, calmWindows: 0 })
      this.#again('open issues', 'open issues are followed again')
    } catch (error) {
      this.#note('open issues', troubleOf(error, 'open issues could not be read'))
    }
  }

  #openResources(instanceUid: string): Promise<readonly OpenResource[]> {
    const { detectors, port, target } = this.#options
    const ruleIds = detectors.map(({ id }) => id)
    return openResources(port, { targetId: target.targetId, instanceUid, ruleIds })
  }

  #trackedOf(ruleId: string): Map<string, Tracked> {
    let map = this.#tracked.get(ruleId)
    if (map === undefined) {
      map = new Map()
      this.#tracked.set(ruleId, map)
    }
    return map
  }

  #memoryOf(detectorId: string): Map<string, Json> {
    let map = this.#memory.get(detectorId)
    if (map === undefined) {
      map = new Map()
      this.#memory.set(detectorId, map)
    }
    return map
  }

  /** Logged when it begins, and again when another thing is the matter with the target than before. */
  #note(what: string, trouble: Trouble): void {
    const { because, toProceed, code } = trouble
    const before = this.#unknown.get(what)
    this.#unknown.set(what, because)
    if (before === because || (before !== undefined && what !== 'identity')) return
    const level = levelOf(toProceed)
    if (level === 'warn') this.#warned.add(what)
    this.#options.log({
      level,
      stage: 'detect',
      message: because,
      code,
      next: toProceed,
      target: this.#options.target.targetName,
      instrument: what,
    })
  }

  /** Forgets the trouble, and says that it is over if it was a warning. */
  #again(what: string, message: string): void {
    this.#unknown.delete(what)
    if (!this.#warned.delete(what)) return
    const target = this.#options.target.targetName
    this.#options.log({ level: 'info', stage: 'detect', message, target, instrument: what })
  }

  async #run(detector: Detector<S>, identity: Identity, nowMs: number): Promise<NewDetectionEvent[]> {
    const { observer, thresholds } = this.#options
    const memory = this.#memoryOf(detector.id)
    const tracked = this.#trackedOf(detector.id)
    let window: { start: string; end: string } | null = null
    const nominalMs = detector.everyMs * this.#stretchOf(detector) * this.#options.paceFactor
    try {
      const findings = await detector.detect({
        read: async (name) => {
          const reading = this.#readings.made(name, await observer.read(name))
          if (reading.known) {
            this.#again(name, `${name} is read again`)
            window = windowOf(reading.value, reading.at, nominalMs)
          } else this.#note(name, reading)
          return reading
        },
        threshold: (name) => thresholds[detector.id]?.[name] ?? defaultThreshold(detector, name),
        tracked: new Set(tracked.keys()),
        memory: { get: (key) => memory.get(key), set: (key, value) => void memory.set(key, value) },
      })
      this.#again(detector.id, `detector ${detector.id} works again`)
      const at = window ?? { start: fromMs(nowMs), end: fromMs(nowMs) }
      return this.#toEvents(detector, findings, {
        targetId: this.#options.target.targetId,
        instanceUid: identity.instanceUid,
        epoch: identity.epoch,
        windowStart: at.start,
        windowEnd: at.end,
        partial: false,
      })
    } catch (error) {
      this.#note(detector.id, troubleOf(error, `detector ${detector.id} failed`))
      return []
    }
  }

  #toEvents(detector: Detector<S>, findings: readonly Finding[], origin: FindingOrigin): NewDetectionEvent[] {
    const tracked = this.#trackedOf(detector.id)
    const { sha256, closing, log, observer, target } = this.#options
    const events: NewDetectionEvent[] = []
    const anyDetector = detector as unknown as Detector<never>
    if (findings.length > FINDINGS_PER_WINDOW) {
      log({
        level: 'warn',
        stage: 'detect',
        message: 'more findings than are kept of one window',
        target: target.targetName,
        detector: detector.id,
        found: findings.length,
        kept: FINDINGS_PER_WINDOW,
      })
    }
    for (const finding of findings.slice(0, FINDINGS_PER_WINDOW)) {
      if (!Number.isFinite(finding.metricValue)) {
        this.#note(`${detector.id} ${finding.metricName}`, {
          because: `detector ${detector.id} found a ${finding.metricName} that is no number`,
        })
        continue
      }
      const followed = tracked.get(finding.resourceKey)
      if (finding.severity === 'WARNING' || finding.severity === 'CRITICAL') {
        if (followed === undefined) observer.attend()
        tracked.set(finding.resourceKey, {
          openingWorkload: followed?.openingWorkload ?? finding.workload,
          calmWindows: 0,
        })
        events.push(toEvent(anyDetector, finding, { origin, kind: 'BREACH', sha256 }))
      } else if (finding.severity === 'INFO') {
        events.push(toEvent(anyDetector, finding, { origin, kind: 'NOTICE', sha256 }))
      } else if (followed !== undefined) {
        const next = nextTracked(
          followed,
          { value: finding.metricValue, limit: finding.limit, workload: finding.workload },
          closing,
        )
        if (next.cleared) {
          tracked.delete(finding.resourceKey)
          events.push(toEvent(anyDetector, finding, { origin, kind: 'CLEARED', sha256 }))
        } else tracked.set(finding.resourceKey, next.tracked)
      }
    }
    return events
  }

  /** Keeps the newest windows, each once. What fails is tried again with the next window; detectors go on. */
  async #keepSeries(identity: Identity, nowMs: number): Promise<void> {
    const { observer, series } = this.#options
    this.#seriesDue = nowMs + Math.max(200, SERIES_EVERY_MS * this.#options.paceFactor)
    try {
      const windows = (await series(this.#readings.noting(observer))).filter(
        (w) => this.#kept.get(seriesName(w)) !== w.windowEnd,
      )
      if (windows.length > 0) await this.#write(identity, windows, await this.#calmSpan(nowMs))
      this.#again('series', 'the series are kept again')
    } catch (error) {
      this.#note('series', troubleOf(error, 'the series were not kept'))
    }
  }

  /** Keeps what watching costs. What fails is tried again at the next turn; detectors go on. */
  async #keepCost(identity: Identity, nowMs: number): Promise<void> {
    if (!this.#cost.isDue(nowMs)) return
    const { observer, port, storeNow } = this.#options
    try {
      await port.appendSamples([this.#cost.sample(observer.cost(), identity, await storeNow())])
      this.#cost.written(nowMs)
      this.#again('cost', 'what watching costs is kept again')
    } catch (error) {
      this.#note('cost', troubleOf(error, 'what watching costs was not kept'))
    }
  }

  /** Puts windows on record, or holds them back to be folded. What fails changes nothing: it is tried again. */
  async #write(identity: Identity, windows: readonly SeriesWindow[], spanMs: number): Promise<void> {
    const { port, target } = this.#options
    const isFirst = (window: SeriesWindow): boolean => !this.#kept.has(seriesName(window))
    const { ready, pending } = fold(this.#held, windows, { spanMs, isFirst })
    if (ready.length > 0) {
      const onOurs = ready.map((w) => ({
        ...w,
        windowStart: this.#clock.onOurs(w.windowStart),
        windowEnd: this.#clock.onOurs(w.windowEnd),
      }))
      const rolled = rollUp(this.#rolling, onOurs)
      await port.appendSamples(
        [...onOurs, ...rolled.ready].map((w) => ({
          ...w,
          targetId: target.targetId,
          instanceUid: identity.instanceUid,
        })),
      )
      this.#rolling = rolled.pending
    }
    this.#held = pending
    for (const window of windows) this.#kept.set(seriesName(window), window.windowEnd)
  }

  /** How far windows are folded now, ms; 0 while there is trouble, or a run that windows will be compared around. */
  async #calmSpan(nowMs: number): Promise<number> {
    const { calmWindowMs = 0, port, target } = this.#options
    if (calmWindowMs <= 0 || [...this.#tracked.values()].some((followed) => followed.size > 0)) return 0
    if (nowMs - this.#calm.at >= CALM_LOOK_MS) {
      const open = await port.read.issues({ targetId: target.targetId, states: OPEN_ISSUE_STATES, limit: 1 })
      this.#calm = { at: nowMs, is: open.length === 0 }
    }
    return this.#calm.is ? calmWindowMs : 0
  }
}

function stretchOf<S>({ reads }: Pick<Detector<S>, 'reads'>, stretched: ObserverCost['stretched']): number {
  const times = reads.map((name) => stretched[name] ?? 1)
  return times.length === 0 ? 1 : Math.max(...times)
}

const seriesName = (window: SeriesWindow): string => `${window.seriesKind}|${window.seriesKey}`

function defaultThreshold<S>(detector: Detector<S>, name: string): number {
  const threshold = detector.thresholds[name]
  if (threshold === undefined) throw new RangeError(`detector ${detector.id} has no threshold ${name}`)
  return threshold.value
}

/** The window a reading covers: its own if it says so, else the nominal interval before it was read. */
function windowOf(value: unknown, at: string, nominalMs: number): { start: string; end: string } {
  if (typeof value === 'object' && value !== null && 'windowStart' in value && 'windowEnd' in value) {
    return { start: String(value.windowStart), end: String(value.windowEnd) }
  }
  return { start: fromMs(toMs(at) - nominalMs), end: at }
}
