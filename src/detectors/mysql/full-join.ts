/**
 * A statement class that joins a table without an index and takes real time for it. The rows such a join drops are counted
 * nowhere: MariaDB counts no row that its join buffer rejects (measured on 10.11: about 9 rows a call examined beside a
 * table of 250,000, 130 ms a call). What counts is `SUM_SELECT_FULL_JOIN`, a call each, beside the time.
 * https://mariadb.com/kb/en/block-based-join-algorithms/
 * https://dev.mysql.com/doc/refman/8.4/en/server-status-variables.html#statvar_Select_full_join
 */
import type { StatementDelta } from '../../engines/mysql/shapes.ts'
import { leastOver, type Measure } from './mysql-detector.ts'
import type { StatementLoad } from './statement-load.ts'

/** A class and its load. */
export interface LoadedClass {
  readonly s: StatementDelta
  readonly load: StatementLoad
}

/** From what on a join without an index counts: joins and time a call, time of the server, and rows a call uses at most. */
export interface JoinLimits {
  readonly meanMs: number
  readonly joinsPerCall: number
  readonly sharePercent: number
  readonly busyMsPerSecond: number
  readonly rowsUsed: number
}

/**
 * What a class that joins without an index is measured by, each with its limit: all must be crossed. Null where a call
 * uses so many rows (returned or changed) that its time is no waste, and where there was no call.
 */
function joinMeasures({ s, load }: LoadedClass, limits: JoinLimits): readonly Measure[] | null {
  if (s.calls === 0 || (s.rowsSent + s.rowsAffected) / s.calls > limits.rowsUsed) return null
  const perCall = { mean: s.totalMs / s.calls, joins: s.selectFullJoin / s.calls }
  const mean = { metricName: 'mean_ms', metricUnit: 'ms', metricValue: perCall.mean }
  const joins = { metricName: 'full_joins_per_call', metricUnit: 'joins', metricValue: perCall.joins }
  const share = { metricName: 'time_share_percent', metricUnit: 'percent', metricValue: load.sharePercent }
  const busy = { metricName: 'busy_ms_per_second', metricUnit: 'ms/s', metricValue: load.busyMsPerSecond }
  return [
    { ...mean, limit: limits.meanMs },
    { ...joins, limit: limits.joinsPerCall },
    { ...share, limit: limits.sharePercent },
    { ...busy, limit: limits.busyMsPerSecond },
  ]
}

/** Whether the class joins without an index and takes its time for that, whatever rows were counted. */
export function joinsInFull(one: LoadedClass, limits: JoinLimits): boolean {
  const measures = joinMeasures(one, limits)
  return measures?.every((m) => m.metricValue >= m.limit) ?? false
}

/** Of a class that joins without an index: its time a call if that is a breach, else what keeps it from being one. */
export function joinMeasure(one: LoadedClass, limits: JoinLimits): Measure | null {
  const [first, ...rest] = joinMeasures(one, limits) ?? []
  if (first === undefined) return null
  return joinsInFull(one, limits) ? first : leastOver(first, ...rest)
}
