/**
 * How a statement class behaves now against its own past, from the samples in the store. Baseline: the
 * median over windows of the same hour of up to seven earlier days; failing that, the earlier windows of
 * the last two hours.
 */
import type { MetricSample } from '../../core/nouns.ts'
import type { ReadPort } from '../../core/store-ports.ts'
import { fromMs, toMs } from '../../core/time.ts'

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
  readonly baseline: SeriesProfile | null
  readonly baselineFrom: string
  readonly planHashes: readonly never[]
}

/** How long "now" is, seconds, and how many calls a baseline needs. */
export interface HistorySettings {
  readonly currentSeconds: number
  readonly baselineSeconds: number
  readonly minimumCalls: number
}

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

/** Reads and sums up the history of one statement class; null if it has no samples now. */
export async function statementHistory(
  read: ReadPort,
  at: { readonly targetId: number; readonly fingerprintId: string; readonly now: string },
  settings: HistorySettings,
): Promise<SeriesHistory | null> {
  const nowMs = toMs(at.now)
  const fetch = (
    fromMs_: number,
    toMs_: number,
    series = { seriesKind: 'statement', seriesKey: at.fingerprintId },
  ) =>
    read.samples({
      targetId: at.targetId,
      ...series,
      from: fromMs(fromMs_),
      to: fromMs(toMs_),
      limit: 5000,
    })
  const currentFrom = nowMs - settings.currentSeconds * 1000
  const current = await fetch(currentFrom, nowMs)
  if (current.length === 0) return null
  const totals = await fetch(currentFrom, nowMs, { seriesKind: 'server', seriesKey: 'totals' })
  const daily: MetricSample[] = []
  for (let day = 1; day <= 7; day += 1) {
    daily.push(...(await fetch(nowMs - day * DAY_MS - HOUR_MS / 2, nowMs - day * DAY_MS + HOUR_MS / 2)))
  }
  const recent = await fetch(nowMs - settings.baselineSeconds * 1000, currentFrom)
  const [baseline, baselineFrom] =
    calls(daily) >= settings.minimumCalls
      ? [daily, 'the same hour of earlier days']
      : calls(recent) >= settings.minimumCalls
        ? [recent, 'earlier windows of the last hours']
        : [null, 'none: too few calls are on record']
  return {
    fingerprintId: at.fingerprintId,
    current: profile(current, totals),
    baseline: baseline === null ? null : profile(baseline, []),
    baselineFrom,
    planHashes: [],
  }
}

const calls = (samples: readonly MetricSample[]): number => samples.reduce((n, s) => n + s.calls, 0)

function profile(samples: readonly MetricSample[], totals: readonly MetricSample[]): SeriesProfile {
  const n = Math.max(1, calls(samples))
  const sum = (name: string): number => samples.reduce((t, s) => t + (s.measures[name] ?? 0), 0)
  const seconds = samples.reduce((t, s) => t + (toMs(s.windowEnd) - toMs(s.windowStart)) / 1000, 0)
  const totalMs = samples.reduce((t, s) => t + s.totalMs, 0)
  const serverMs = totals.reduce((t, s) => t + s.totalMs, 0)
  return {
    calls: calls(samples),
    callsPerSecond: seconds > 0 ? calls(samples) / seconds : 0,
    meanMs: totalMs / n,
    lockMsPerCall: sum('lock_ms') / n,
    rowsExaminedPerCall: sum('rows_examined') / n,
    rowsSentPerCall: sum('rows_sent') / n,
    rowsAffectedPerCall: sum('rows_affected') / n,
    timeSharePercent: serverMs > 0 ? (100 * totalMs) / serverMs : 0,
  }
}
