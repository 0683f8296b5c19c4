/**
 * A statement class that reads far more rows than it returns or changes. Rows are counted where the server does: MariaDB
 * counts none that a rowid filter or a pushed condition rejects inside the engine (measured on 10.11: 3,300 a call beside
 * 49,000 index entries looked up), so that for a class that takes much of the server's time fewer rows are enough; and a
 * class that joins without an index counts by its time (`full-join.ts`), as does one whose index rejects rows by itself (`hidden-reads.ts`).
 */
import type { Finding } from '../../core/detector.ts'
import type { StatementDelta, StatementWindow } from '../../engines/mysql/shapes.ts'
import { type JoinLimits, joinMeasure, joinsInFull, type LoadedClass } from './full-join.ts'
import {
  examinesLittle,
  functionMs,
  type HiddenLimits,
  hiddenMeasure,
  othersOf,
  readsHidden,
} from './hidden-reads.ts'
import {
  grade,
  leastOver,
  type Measure,
  type MysqlDetector,
  type MysqlView,
  mostOver,
  worthSaying,
} from './mysql-detector.ts'
import { quickestCalls } from './quickest-call.ts'
import { statementFacts, statementKey, statementLoad } from './statement-load.ts'

export const fullScan: MysqlDetector = {
  id: 'mysql/full-scan',
  version: 6,
  engine: 'mysql',
  title: 'A statement class reads far more rows than it needs',
  category: 'QUERY_PERFORMANCE',
  source: 'PERFORMANCE_SCHEMA',
  needs: ['performance-schema', 'statement-digests'],
  reads: ['statements'],
  everyMs: 10_000,
  thresholds: {
    rowsPerResult: {
      value: 100,
      unit: 'rows',
      why: 'a hundred rows read for each one used is what an index would save',
    },
    rowsPerCall: {
      value: 10_000,
      unit: 'rows',
      why: 'smaller scans cost less than the index that would avoid them',
    },
    heavyRowsPerCall: {
      value: 1_000,
      unit: 'rows',
      why: 'what costs a fifth of the server’s time is worth an index at a tenth of the rows; those a filter rejects are not counted',
    },
    heavyRowsPerResult: {
      value: 1_000,
      unit: 'rows',
      why: 'the first few of a thousand sorted rows are an ordinary list; a thousand rows for one are not',
    },
    heavyMeanMs: {
      value: 10,
      unit: 'ms',
      why: 'a few thousand rows that are counted take less: what takes more, also in its quickest window, reads what is not counted',
    },
    heavyBusyMsPerSecond: {
      value: 100,
      unit: 'ms/s',
      why: 'a fifth of an idle server’s time is nothing; a tenth of one session all the time is something',
    },
    busyMsPerSecond: {
      value: 10,
      unit: 'ms/s',
      why: 'a hundredth of one session’s time: less hurts nobody, however wasteful',
    },
    joinsPerCall: {
      value: 0.5,
      unit: 'joins',
      why: 'a class whose plan changes from call to call joins without an index in some of them: in half is enough',
    },
    joinMeanMs: {
      value: 20,
      unit: 'ms',
      why: 'to join without an index is right for small tables, and takes a few ms; 20 ms are some 40,000 rows in memory',
    },
    joinSharePercent: {
      value: 10,
      unit: 'percent',
      why: 'a join without an index may be meant; from a tenth of the server’s time on it is worth a look',
    },
    joinRowsUsed: {
      value: 1_000,
      unit: 'rows',
      why: 'a call that returns or changes more takes its time for its result',
    },
    hiddenMeanMs: {
      value: 5,
      unit: 'ms',
      why: 'a call that examines next to no row takes 0.3 ms; one that reads 20,000 index entries beside it took 6 to 17 ms (MySQL 9.7)',
    },
    hiddenBelowMs: {
      value: 1000,
      unit: 'ms',
      why: 'what takes a second is slow whatever it reads, and one of mysql/slow-statement',
    },
    hiddenTimesOthers: {
      value: 10,
      unit: 'times',
      why: 'on a machine that is short of something all calls that examine few rows are slow; one ten times as slow reads more',
    },
    criticalSharePercent: { value: 20, unit: 'percent', why: 'a fifth of the server’s statement time' },
    criticalBusyMsPerSecond: {
      value: 500,
      unit: 'ms/s',
      why: 'a large share of an idle server is nothing; half of one session all the time is something',
    },
    criticalCalls: { value: 2, unit: 'calls', why: 'one call is an anecdote' },
  },
  async detect(view) {
    const reading = await view.read('statements')
    if (!reading.known) return []
    const window = reading.value
    const classOf = seenClasses(view, window)
    return worthSaying(
      window.statements.filter((s) => !s.partial).map((s) => judge(view, classOf(s))),
      view.tracked,
    )
  },
}

/** Rows a statement class may read: for each it uses, and a call. */
export interface ScanLimits {
  readonly rowsPerResult: number
  readonly rowsPerCall: number
}

/** A class in a window, and what its calls took at their quickest (`quickestCalls`). */
export interface ScannedClass extends LoadedClass {
  readonly quickestMs: number | null
}

/** The same, with what is known of the others. */
interface SeenClass extends ScannedClass {
  readonly othersMs: number | null
  /** Time of stored functions in the window, ms: see `functionMs`. */
  readonly functionMs: number
}

/** Learns the window; then tells of each class what is judged. */
function seenClasses(view: MysqlView, window: StatementWindow): (s: StatementDelta) => SeenClass {
  const threshold = (name: string): number => view.threshold(name)
  const limits = hiddenLimits(threshold)
  const quickest = quickestCalls(view, window, (s) => readsLittle(s, threshold) || examinesLittle(s, limits))
  const others = othersOf(window, limits)
  const inFunctions = functionMs(window)
  return (s) => ({
    s,
    load: statementLoad(s, window),
    quickestMs: quickest(s),
    othersMs: others(s),
    functionMs: inFunctions,
  })
}

/** The limits for a class whose rows are not counted, by this detector's thresholds. */
const hiddenLimits = (threshold: (name: string) => number): HiddenLimits => ({
  meanMs: threshold('hiddenMeanMs'),
  slowMs: threshold('hiddenBelowMs'),
  timesOthers: threshold('hiddenTimesOthers'),
  sharePercent: threshold('criticalSharePercent'),
  busyMsPerSecond: threshold('heavyBusyMsPerSecond'),
  rowsPerCall: threshold('heavyRowsPerCall'),
})

/** Whether the class reads what is not counted, and calls no function that does. */
const readsUncounted = (one: SeenClass, threshold: (name: string) => number): boolean =>
  readsHidden(one, hiddenLimits(threshold)) && 2 * one.functionMs < one.s.totalMs

/** The limits for a class, by this detector's thresholds: fewer rows a call where they cost much and bring next to nothing. */
export function scanLimits(
  { s, load, quickestMs }: ScannedClass,
  threshold: (name: string) => number,
): ScanLimits {
  const meanMs = s.calls > 0 ? s.totalMs / s.calls : 0
  const isHeavy =
    readsLittle(s, threshold) &&
    load.sharePercent >= threshold('criticalSharePercent') &&
    load.busyMsPerSecond >= threshold('heavyBusyMsPerSecond') &&
    Math.min(meanMs, quickestMs ?? meanMs) >= threshold('heavyMeanMs')
  return {
    rowsPerResult: threshold('rowsPerResult'),
    rowsPerCall: isHeavy ? threshold('heavyRowsPerCall') : threshold('rowsPerCall'),
  }
}

/** Whether the class reads so few rows that only their cost can make them too many, and more than a list needs. */
export function readsLittle(s: StatementDelta, threshold: (name: string) => number): boolean {
  const { perResult, perCall } = rowsRead(s)
  return (
    perResult > threshold('heavyRowsPerResult') &&
    perCall > threshold('heavyRowsPerCall') &&
    perCall <= threshold('rowsPerCall')
  )
}

/** The limits for a class that joins without an index, by this detector's thresholds. */
export const joinLimits = (threshold: (name: string) => number): JoinLimits => ({
  meanMs: threshold('joinMeanMs'),
  joinsPerCall: threshold('joinsPerCall'),
  sharePercent: threshold('joinSharePercent'),
  busyMsPerSecond: threshold('heavyBusyMsPerSecond'),
  rowsUsed: threshold('joinRowsUsed'),
})

/** Whether the class reads more rows than both limits allow; a call that uses no row counts as using one. */
export function readsWastefully(s: StatementDelta, limits: ScanLimits): boolean {
  const { perResult, perCall } = rowsRead(s)
  return perResult > limits.rowsPerResult && perCall > limits.rowsPerCall
}

function rowsRead(s: StatementDelta): { readonly perResult: number; readonly perCall: number } {
  return {
    perResult: s.rowsExamined / Math.max(s.rowsSent + s.rowsAffected, s.calls, 1),
    perCall: s.calls > 0 ? s.rowsExamined / s.calls : 0,
  }
}

function judge(view: MysqlView, seen: SeenClass): Finding {
  const { s, load } = seen
  const threshold = (name: string): number => view.threshold(name)
  // A followed class is not well because it was quick once.
  const one = view.tracked.has(statementKey(s)) ? { ...seen, quickestMs: null } : seen
  const limits = scanLimits(one, threshold)
  const scans = readsWastefully(s, limits) && load.busyMsPerSecond >= threshold('busyMsPerSecond')
  const joins = joinsInFull(one, joinLimits(threshold))
  const hides = readsUncounted(one, threshold)
  const wasteful = scans || joins || hides
  const critical =
    s.calls >= threshold('criticalCalls') &&
    load.sharePercent >= threshold('criticalSharePercent') &&
    load.busyMsPerSecond >= threshold('criticalBusyMsPerSecond')
  return {
    resourceType: 'statement',
    resourceName: s.fingerprint,
    resourceKey: statementKey(s),
    severity: grade(critical && wasteful, wasteful),
    ...measureOf({ ...one, limits, scans, joins, hides }, threshold),
    workload: s.calls,
    opensAtOnce: false,
    context: {
      ...statementFacts(s, load),
      noIndexUsed: s.noIndexUsed,
      selectFullJoin: s.selectFullJoin,
      noticedBy: noticedBy({ scans, joins, hides }),
    },
  }
}

interface Noticed {
  readonly scans: boolean
  readonly joins: boolean
  readonly hides: boolean
}

interface Judged extends SeenClass, Noticed {
  readonly limits: ScanLimits
}

/** The counters a class was noticed by. */
function noticedBy({ scans, joins, hides }: Noticed): string {
  if (scans || !(joins || hides)) return 'SUM_ROWS_EXAMINED'
  return joins ? 'SUM_SELECT_FULL_JOIN and SUM_TIMER_WAIT' : 'SUM_TIMER_WAIT'
}

/** What is said of a class: what it breaches, rows first; of one that breaches neither, what is nearer to a breach. */
function measureOf(one: Judged, threshold: (name: string) => number): Measure {
  const { s, load, limits, scans, joins, hides } = one
  const { perResult, perCall } = rowsRead(s)
  const rows = {
    metricName: 'rows_examined_per_call',
    metricUnit: 'rows',
    metricValue: perCall,
    limit: limits.rowsPerCall,
  }
  if (scans) return rows
  const join = joinMeasure(one, joinLimits(threshold))
  if (join !== null && joins) return join
  const hidden = hiddenMeasure(one, hiddenLimits(threshold))
  if (hidden !== null && hides) return hidden
  const scan = leastOver(
    rows,
    {
      metricName: 'rows_examined_per_row_used',
      metricUnit: 'rows',
      metricValue: perResult,
      limit: limits.rowsPerResult,
    },
    {
      metricName: 'busy_ms_per_second',
      metricUnit: 'ms/s',
      metricValue: load.busyMsPerSecond,
      limit: threshold('busyMsPerSecond'),
    },
  )
  return mostOver(scan, ...[join, hidden].filter((m) => m !== null))
}
