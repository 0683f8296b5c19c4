/**
 * A SELECT that takes much time for rows nobody counts. MySQL counts no row that a condition pushed into an index rejects (measured on
 * 9.7: one row examined and 6 to 17 ms a call, where a number is looked for in the second column of an index, a string: all entries of the first
 * are read). What counts is the time of a call beside that of others that examine as few rows.
 * https://dev.mysql.com/doc/refman/8.4/en/index-condition-pushdown-optimization.html
 */
import type { StatementDelta, StatementWindow } from '../../engines/mysql/shapes.ts'
import { leastOver, type Measure } from './mysql-detector.ts'
import type { StatementLoad } from './statement-load.ts'
import { waitsOnPurpose } from './waits-on-purpose.ts'

/** A class, what its calls took at their quickest, and what calls of others that examine as few rows take; null where nobody knows. */
export interface TimedClass {
  readonly s: StatementDelta
  readonly load: StatementLoad
  readonly quickestMs: number | null
  readonly othersMs: number | null
}

/** From what on time without rows counts: time a call, times that of others, of the server and a second; and up to how many rows a call. */
export interface HiddenLimits {
  readonly meanMs: number
  /** From here on it is slow whatever it reads, ms. */
  readonly slowMs: number
  readonly timesOthers: number
  readonly sharePercent: number
  readonly busyMsPerSecond: number
  readonly rowsPerCall: number
}

/** Times its quickest from which on a class became slow; so long, or slow by itself, it is one of `mysql/slow-statement`. */
const BECAME_SLOW = 3
/** Share of its time from which on a class waits for locks rather than reads, 0..1. */
const WAITS = 0.1
/** Reads that wait for locks, which MariaDB counts nowhere, and searches whose work no row shows. */
const OTHERWISE_SLOW =
  /\bfor (?:update|share)\b|\block in share mode\b|\bmatch ?\(|\bagainst ?\(|\bbenchmark ?\(/

/** Whether a class could be one that reads what is not counted: it examines few rows, spills nothing and waits for nobody. */
export function examinesLittle(
  s: StatementDelta,
  { rowsPerCall }: Pick<HiddenLimits, 'rowsPerCall'>,
): boolean {
  return s.calls > 0 && s.rowsExamined + s.rowsSent <= rowsPerCall * s.calls && isPlainRead(s)
}

const isPlainRead = (s: StatementDelta): boolean =>
  s.selectFullJoin + s.tmpDiskTables + s.sortMergePasses === 0 &&
  s.lockMs <= WAITS * s.totalMs &&
  /^select\b/.test(s.fingerprint) &&
  !OTHERWISE_SLOW.test(s.fingerprint) &&
  !waitsOnPurpose(s)

/** Middle time of a call of the other classes of the window that examine as few rows, ms; null where there are none. */
export function othersOf(
  window: StatementWindow,
  limits: Pick<HiddenLimits, 'rowsPerCall'>,
): (s: StatementDelta) => number | null {
  const few = window.statements.filter((one) => !one.partial && examinesLittle(one, limits))
  return (s) => {
    const means = few.filter((one) => one !== s).map((one) => one.totalMs / one.calls)
    return means.toSorted((a, b) => a - b)[Math.floor(means.length / 2)] ?? null
  }
}

/** Time that statements of stored functions took in a window, ms: it is in the time of whoever calls them, beside no row. */
export const functionMs = (window: StatementWindow): number =>
  window.statements.reduce((sum, s) => sum + (s.within?.startsWith('function ') === true ? s.totalMs : 0), 0)

function hiddenMeasures(
  { s, load, quickestMs, othersMs }: TimedClass,
  limits: HiddenLimits,
): readonly [Measure, ...Measure[]] | null {
  if (!examinesLittle(s, limits)) return null
  const meanMs = s.totalMs / s.calls
  const quickest = quickestMs ?? meanMs
  if (meanMs >= limits.slowMs || meanMs > BECAME_SLOW * quickest) return null
  const ms = Math.min(meanMs, quickest)
  const mean = { metricName: 'mean_ms', metricUnit: 'ms', metricValue: ms }
  const share = { metricName: 'time_share_percent', metricUnit: 'percent', metricValue: load.sharePercent }
  const busy = { metricName: 'busy_ms_per_second', metricUnit: 'ms/s', metricValue: load.busyMsPerSecond }
  return [
    { ...mean, limit: Math.max(limits.meanMs, limits.timesOthers * (othersMs ?? 0)) },
    { ...share, limit: limits.sharePercent },
    { ...busy, limit: limits.busyMsPerSecond },
  ]
}

/** Whether the class takes its time for rows that are not counted. */
export const readsHidden = (one: TimedClass, limits: HiddenLimits): boolean =>
  hiddenMeasures(one, limits)?.every((m) => m.metricValue >= m.limit) ?? false

/** Of a class that examines few rows: its time a call if that is a breach, else what keeps it from being one. */
export function hiddenMeasure(one: TimedClass, limits: HiddenLimits): Measure | null {
  const measures = hiddenMeasures(one, limits)
  if (measures === null) return null
  return readsHidden(one, limits) ? measures[0] : leastOver(...measures)
}
