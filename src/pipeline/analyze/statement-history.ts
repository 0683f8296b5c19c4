/**
 * How a statement class behaves now against its own past, from the samples in the store. Baseline: the
 * median over windows of the same hour of up to seven earlier days; failing that, the earlier windows of
 * the last two hours. Samples of what is now may be stored later than the event that tells of it; the event's own figures
 * then stand for them. The window in which the trouble began is of both times, so it is left out once there is another.
 */
import { beganOnOurs, clockShift } from '../../core/event-clock.ts'
import type { DetectionEvent, EvidenceQuestion, Issue, MetricSample } from '../../core/nouns.ts'
import type { Reading } from '../../core/observer.ts'
import type { ReadPort } from '../../core/store-ports.ts'
import { fromMs, toMs, type UtcTime } from '../../core/time.ts'

/** Per-call figures over some windows. */
export interface SeriesProfile {
  readonly calls: number
  readonly callsPerSecond: number
  readonly meanMs: number
  readonly lockMsPerCall: number
  readonly rowsExaminedPerCall: number
  readonly rowsSentPerCall: number
  readonly rowsAffectedPerCall: number
  readonly timeSharePercent: number
}

/** The answer to `statement-history`. */
export interface SeriesHistory {
  readonly fingerprintId: string
  readonly current: SeriesProfile
  /** True: nothing is on record since the trouble but the window in which it began. */
  readonly isFirstWindow: boolean
  readonly baseline: SeriesProfile | null
  readonly baselineFrom: string
  readonly planHashes: readonly PlanProfile[]
}

/** One plan the class was seen with over the last week. */
export interface PlanProfile {
  readonly planHash: string
  readonly calls: number
  readonly meanMs: number
  /** In order, with the rows expected of each. */
  readonly steps: readonly { readonly step: string; readonly rows: number }[]
  readonly lastSeenAt: UtcTime
}

/** How long "now" is, seconds, and how many calls a baseline needs. */
export interface HistorySettings {
  readonly currentSeconds: number
  readonly baselineSeconds: number
  readonly minimumCalls: number
}

/** What is read of an event: when it was recorded, by the store's clock, and its window, by the target's. */
type Told = Pick<DetectionEvent, 'eventKind' | 'recordedAt' | 'windowStart' | 'windowEnd' | 'rawContext'>

/**
 * When the oldest breach recorded after `fromMs_` began, on the store's clock; null if there is none. Windows of samples
 * and of events are the same readings.
 */
export function troubleSince(events: readonly Omit<Told, 'rawContext'>[], fromMs_: number): UtcTime | null {
  const began = breaches(events, fromMs_).map((event) => toMs(beganOnOurs(event)))
  return began.length === 0 ? null : fromMs(Math.min(...began))
}

const breaches = <E extends Pick<Told, 'eventKind' | 'recordedAt'>>(
  events: readonly E[],
  fromMs_: number,
): readonly E[] => events.filter((event) => event.eventKind === 'BREACH' && toMs(event.recordedAt) > fromMs_)

/** Figures of a statement class that an event of trouble was made from; per call they are as those of samples. */
interface EventFigures {
  readonly calls: number
  readonly totalMs: number
  readonly lockMs: number
  readonly rowsExamined: number
  readonly rowsSent: number
  readonly rowsAffected: number
  readonly timeSharePercent: number
}

const FIGURES = [
  'calls',
  'totalMs',
  'lockMs',
  'rowsExamined',
  'rowsSent',
  'rowsAffected',
  'timeSharePercent',
] as const satisfies readonly (keyof EventFigures)[]

/** One window of a statement class, and its share of the server's statement time there, percent, where that is known. */
interface Seen extends Pick<MetricSample, 'windowStart' | 'windowEnd' | 'calls' | 'totalMs' | 'measures'> {
  readonly sharePercent?: number
}

/**
 * The windows of a statement class in its events of trouble that were recorded after `fromMs_`, oldest first, out of the
 * facts detectors of statement digests put into them; none where no event has all of them.
 */
export function troubleWindows(
  events: readonly Told[],
  fingerprintId: string,
  fromMs_: number,
): readonly Seen[] {
  // Two detectors may have told of one window.
  const windows = new Map(breaches(events, fromMs_).map((event) => [event.windowStart, event]))
  const found = [...windows.values()].flatMap((event) => {
    const figures = figuresOf(event.rawContext, fingerprintId)
    if (figures === null || figures.calls === 0) return []
    const { calls, totalMs, lockMs, rowsExamined, rowsSent, rowsAffected, timeSharePercent } = figures
    const measures = {
      lock_ms: lockMs,
      rows_examined: rowsExamined,
      rows_sent: rowsSent,
      rows_affected: rowsAffected,
    }
    return [{ ...windowOnOurs(event), calls, totalMs, measures, sharePercent: timeSharePercent }]
  })
  return inOrder(found)
}

function windowOnOurs(event: Told): Pick<Seen, 'windowStart' | 'windowEnd'> {
  const shift = clockShift(event)
  if (shift === 0) return { windowStart: event.windowStart, windowEnd: event.windowEnd }
  return {
    windowStart: fromMs(toMs(event.windowStart) + shift),
    windowEnd: fromMs(toMs(event.windowEnd) + shift),
  }
}

const inOrder = <T extends Pick<Seen, 'windowStart'>>(windows: readonly T[]): readonly T[] =>
  [...windows].sort((a, b) => (a.windowStart < b.windowStart ? -1 : 1))

function figuresOf(rawContext: string, fingerprintId: string): EventFigures | null {
  const facts = readFacts(rawContext)
  if (facts === null || facts['fingerprintId'] !== fingerprintId) return null
  const numbers = FIGURES.map((name) => [name, facts[name]] as const)
  const isWhole = numbers.every(([, value]) => typeof value === 'number' && Number.isFinite(value))
  return isWhole ? (Object.fromEntries(numbers) as unknown as EventFigures) : null
}

/** What the detector said of its finding; null for a text that is none. */
function readFacts(text: string): { readonly [name: string]: unknown } | null {
  try {
    const { facts } = JSON.parse(text) as { readonly facts?: unknown }
    return typeof facts === 'object' && facts !== null
      ? (facts as { readonly [name: string]: unknown })
      : null
  } catch {
    return null
  }
}

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
/** How long a plan is remembered. */
const PLAN_DAYS = 7

/** What is asked, and how long a question for another window may wait. */
export interface HistoryQuestion {
  readonly issue: Issue
  readonly question: EvidenceQuestion
  readonly wait: { readonly forMs: number; readonly sleep: (ms: number) => Promise<unknown> }
}

/** Pause between looks for another window, ms. */
const LOOK_MS = 250

/**
 * The answer to the question `statement-history`: what the class an issue is about does since it is in trouble, and did.
 * With `anotherWindow` it is not given before a second window since the trouble is on record, or the time to wait is over.
 */
export async function readHistory(
  read: ReadPort,
  { issue, question, wait }: HistoryQuestion,
  settings: HistorySettings,
): Promise<Reading<SeriesHistory>> {
  const fingerprintId = String(question.params['fingerprintId'] ?? '')
  const looks = question.params['anotherWindow'] === true ? Math.floor(wait.forMs / LOOK_MS) : 0
  let found = await historyNow(read, { issue, fingerprintId }, settings)
  for (let look = 0; look < looks && found.known && found.value.isFirstWindow; look += 1) {
    await wait.sleep(LOOK_MS)
    found = await historyNow(read, { issue, fingerprintId }, settings)
  }
  return found
}

async function historyNow(
  read: ReadPort,
  { issue, fingerprintId }: { readonly issue: Issue; readonly fingerprintId: string },
  settings: HistorySettings,
): Promise<Reading<SeriesHistory>> {
  const now = await read.now()
  const events = await read.events({ issueFingerprint: issue.issueFingerprint, limit: 20 })
  const fromMs_ = toMs(now) - settings.currentSeconds * 1000
  const since = troubleSince(events, fromMs_)
  const trouble = troubleWindows(events, fingerprintId, fromMs_)
  const value = await statementHistory(
    read,
    { targetId: issue.targetId, fingerprintId, now, since, trouble },
    settings,
  )
  if (value === null)
    return {
      known: false,
      because: 'the statement has no recent samples',
      toProceed: 'Wait for the next windows.',
    }
  return { known: true, value, at: now, source: 'metric_samples of the store' }
}

/** Which class, and what is now. */
export interface StatementMoment {
  readonly targetId: number
  readonly fingerprintId: string
  readonly now: string
  /**
   * Since when it is in trouble, as far as known: what is now begins no earlier, or the time before would hide what the
   * trouble is. Ignored where nothing is on record since, neither in samples nor in `trouble`.
   */
  readonly since?: string | null
  /** How it did in the windows of the events of trouble: they stand for samples that are not stored yet. */
  readonly trouble?: readonly Seen[]
}

/** Reads and sums up the history of one statement class; null if nothing is known of it now. */
export async function statementHistory(
  read: ReadPort,
  at: StatementMoment,
  settings: HistorySettings,
): Promise<SeriesHistory | null> {
  const nowMs = toMs(at.now)
  const own = { seriesKind: 'statement', seriesKey: at.fingerprintId }
  const fetch = (fromMs_: number, toMs_: number, series = own) =>
    read.samples({
      targetId: at.targetId,
      ...series,
      from: fromMs(fromMs_),
      to: fromMs(toMs_),
      limit: 5000,
    })
  const longAgo = nowMs - settings.currentSeconds * 1000
  const present = presentOf(await fetch(longAgo, nowMs), at, longAgo)
  if (present === null) return null
  const { current, currentFrom, isFirstWindow } = present
  const totals = await fetch(currentFrom, nowMs, { seriesKind: 'server', seriesKey: 'totals' })
  const daily: MetricSample[] = []
  for (let day = 1; day <= 7; day += 1) {
    daily.push(...(await fetch(nowMs - day * DAY_MS - HOUR_MS / 2, nowMs - day * DAY_MS + HOUR_MS / 2)))
  }
  const recent = await fetch(nowMs - settings.baselineSeconds * 1000, currentFrom)
  const [baseline, baselineFrom] = baselineOf(daily, recent, settings.minimumCalls)
  return {
    fingerprintId: at.fingerprintId,
    current: profile(current, totals),
    isFirstWindow,
    baseline: baseline === null ? null : profile(baseline, []),
    baselineFrom,
    planHashes: planProfiles(await fetch(nowMs - PLAN_DAYS * DAY_MS, nowMs, { ...own, seriesKind: 'plan' })),
  }
}

interface Present {
  readonly current: readonly Seen[]
  /** Where the samples of now begin, ms. */
  readonly currentFrom: number
  readonly isFirstWindow: boolean
}

/** Which windows are of now; null if nothing is known of it. */
function presentOf(all: readonly MetricSample[], at: StatementMoment, longAgo: number): Present | null {
  const sinceMs = at.since == null ? longAgo : Math.max(longAgo, toMs(at.since))
  const late = all.filter((sample) => toMs(sample.windowStart) >= sinceMs)
  const told = (at.trouble ?? []).filter((one) => !late.some((sample) => overlap(sample, one)))
  const windows = inOrder<Seen>([...late, ...told])
  if (windows.length === 0)
    return all.length === 0 ? null : { current: all, currentFrom: longAgo, isFirstWindow: false }
  const isFirstWindow = at.since != null && windows.length === 1
  return {
    current: at.since != null && windows.length > 1 ? windows.slice(1) : windows,
    currentFrom: sinceMs,
    isFirstWindow,
  }
}

/**
 * Are these of the same reading? Samples of calm time may be of several; those of a target whose clock is another one lie
 * about where the event's do.
 */
function overlap(sample: Pick<Seen, 'windowStart' | 'windowEnd'>, told: typeof sample): boolean {
  const from = Math.max(toMs(sample.windowStart), toMs(told.windowStart))
  const to = Math.min(toMs(sample.windowEnd), toMs(told.windowEnd))
  return to - from > 0.5 * (toMs(told.windowEnd) - toMs(told.windowStart))
}

/** What it is compared with, and what that is; null where too few calls are on record. */
function baselineOf(
  daily: readonly MetricSample[],
  recent: readonly MetricSample[],
  minimumCalls: number,
): readonly [samples: readonly MetricSample[] | null, from: string] {
  if (calls(daily) >= minimumCalls) return [daily, 'the same hour of earlier days']
  if (calls(recent) >= minimumCalls) return [recent, 'earlier windows of the last hours']
  return [null, 'none: too few calls are on record']
}

/** Measures of a sample of the series `plan`: its digest, and its steps by their number. */
const PLAN_NAME = /^plan ([0-9a-f]{64})$/
const STEP_NAME = /^(\d\d) (.+)$/s

/** The plans of the samples, oldest first; steps are those of the last time each was seen. */
function planProfiles(samples: readonly MetricSample[]): readonly PlanProfile[] {
  const named = samples.flatMap((sample) => {
    const hash = Object.keys(sample.measures).find((name) => PLAN_NAME.test(name))
    return hash === undefined ? [] : [{ hash: hash.replace(PLAN_NAME, '$1'), sample }]
  })
  return [...Map.groupBy(named, ({ hash }) => hash)].map(([planHash, group]) => {
    const own = group.map(({ sample }) => sample)
    const last = own.at(-1)
    return {
      planHash,
      calls: calls(own),
      meanMs: own.reduce((total, sample) => total + sample.totalMs, 0) / Math.max(1, calls(own)),
      steps: Object.entries(last?.measures ?? {})
        .filter(([name]) => STEP_NAME.test(name))
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, rows]) => ({ step: name.replace(STEP_NAME, '$2'), rows })),
      lastSeenAt: last?.windowEnd ?? '',
    }
  })
}

const calls = (samples: readonly Pick<MetricSample, 'calls'>[]): number =>
  samples.reduce((n, s) => n + s.calls, 0)

function profile(samples: readonly Seen[], totals: readonly MetricSample[]): SeriesProfile {
  const n = Math.max(1, calls(samples))
  const sum = (name: string): number => samples.reduce((t, s) => t + (s.measures[name] ?? 0), 0)
  const seconds = samples.reduce((t, s) => t + (toMs(s.windowEnd) - toMs(s.windowStart)) / 1000, 0)
  const totalMs = samples.reduce((t, s) => t + s.totalMs, 0)
  const serverMs = totals.reduce((t, s) => t + s.totalMs, 0)
  // The totals of windows that only events tell of are not stored yet either.
  const told = samples.flatMap((s) => s.sharePercent ?? [])
  return {
    calls: calls(samples),
    callsPerSecond: seconds > 0 ? calls(samples) / seconds : 0,
    meanMs: totalMs / n,
    lockMsPerCall: sum('lock_ms') / n,
    rowsExaminedPerCall: sum('rows_examined') / n,
    rowsSentPerCall: sum('rows_sent') / n,
    rowsAffectedPerCall: sum('rows_affected') / n,
    timeSharePercent: told.length > 0 ? meanOf(told) : serverMs > 0 ? (100 * totalMs) / serverMs : 0,
  }
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length
