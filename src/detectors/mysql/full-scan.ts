/**
 * A statement class that reads far more rows than it returns or changes. Rows are counted where the server does: MariaDB
 * counts none that a rowid filter or a pushed condition rejects inside the engine (measured on 10.11: 3,300 a call beside
 * 49,000 index entries looked up), so that for a class that takes much of the server's time fewer rows are enough.
 */
import type { Finding } from '../../core/detector.ts'
import type { StatementDelta, StatementWindow } from '../../engines/mysql/shapes.ts'
import { grade, leastOver, type MysqlDetector, type MysqlView, worthSaying } from './mysql-detector.ts'
import { type StatementLoad, statementFacts, statementKey, statementLoad } from './statement-load.ts'

export const fullScan: MysqlDetector = {
  id: 'mysql/full-scan',
  version: 3,
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
      why: 'a few thousand rows that are counted take less: what takes more reads what is not counted',
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
    return worthSaying(
      window.statements.filter((s) => !s.partial).map((s) => judge(view, s, window)),
      view.tracked,
    )
  },
}

/** Rows a statement class may read: for each it uses, and a call. */
export interface ScanLimits {
  readonly rowsPerResult: number
  readonly rowsPerCall: number
}

/** The limits for a class, by this detector's thresholds: fewer rows a call where they cost much and bring next to nothing. */
export function scanLimits(
  s: StatementDelta,
  load: StatementLoad,
  threshold: (name: string) => number,
): ScanLimits {
  const isHeavy =
    load.sharePercent >= threshold('criticalSharePercent') &&
    load.busyMsPerSecond >= threshold('heavyBusyMsPerSecond') &&
    s.totalMs >= s.calls * threshold('heavyMeanMs') &&
    rowsRead(s).perResult > threshold('heavyRowsPerResult')
  return {
    rowsPerResult: threshold('rowsPerResult'),
    rowsPerCall: isHeavy ? threshold('heavyRowsPerCall') : threshold('rowsPerCall'),
  }
}

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

function judge(view: MysqlView, s: StatementDelta, window: StatementWindow): Finding {
  const { perResult, perCall } = rowsRead(s)
  const load = statementLoad(s, window)
  const limits = scanLimits(s, load, (name) => view.threshold(name))
  const wasteful = readsWastefully(s, limits) && load.busyMsPerSecond >= view.threshold('busyMsPerSecond')
  const critical =
    wasteful &&
    s.calls >= view.threshold('criticalCalls') &&
    load.sharePercent >= view.threshold('criticalSharePercent') &&
    load.busyMsPerSecond >= view.threshold('criticalBusyMsPerSecond')
  const perCallMeasure = {
    metricName: 'rows_examined_per_call',
    metricUnit: 'rows',
    metricValue: perCall,
    limit: limits.rowsPerCall,
  }
  const measure = wasteful
    ? perCallMeasure
    : leastOver(
        perCallMeasure,
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
          limit: view.threshold('busyMsPerSecond'),
        },
      )
  return {
    resourceType: 'statement',
    resourceName: s.fingerprint,
    resourceKey: statementKey(s),
    severity: grade(critical, wasteful),
    ...measure,
    workload: s.calls,
    opensAtOnce: false,
    context: { ...statementFacts(s, load), noIndexUsed: s.noIndexUsed },
  }
}
