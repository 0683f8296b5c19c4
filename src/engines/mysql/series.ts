/**
 * The series verification and baselines are made of: each busy statement class, the server's totals, and
 * how many sessions wait. What a window does not know makes no sample.
 */
import type { SeriesWindow } from '../../core/engine.ts'
import type { Observer } from '../../core/observer.ts'
import { fromMs, toMs } from '../../core/time.ts'
import type { Activity, MysqlQuestions, MysqlSnapshots, StatementWindow } from './shapes.ts'

/** Statement classes kept of one window, by time and again by rows examined. */
const CLASSES_KEPT = 75

/** The series of the windows read last; at most about 150 statement classes and two of the server. */
export async function mysqlSeries(
  observer: Observer<MysqlSnapshots, MysqlQuestions>,
): Promise<readonly SeriesWindow[]> {
  const statements = await observer.read('statements')
  const activity = await observer.read('activity')
  return [
    ...(statements.known ? ofStatements(statements.value) : []),
    ...(activity.known ? [ofWaits(activity.value)] : []),
  ]
}

function ofStatements(window: StatementWindow): SeriesWindow[] {
  const whole = window.statements.filter((s) => !s.partial && s.calls > 0)
  const kept = new Set([
    ...[...whole].sort((a, b) => b.totalMs - a.totalMs).slice(0, CLASSES_KEPT),
    ...[...whole].sort((a, b) => b.rowsExamined - a.rowsExamined).slice(0, CLASSES_KEPT),
  ])
  const at = { epoch: window.epoch, windowStart: window.windowStart, windowEnd: window.windowEnd }
  return [
    ...mergeSchemas([...kept]).map(
      (s): SeriesWindow => ({
        ...at,
        seriesKind: 'statement',
        seriesKey: s.fingerprintId,
        calls: s.calls,
        totalMs: s.totalMs,
        measures: {
          lock_ms: s.lockMs,
          rows_examined: s.rowsExamined,
          rows_sent: s.rowsSent,
          rows_affected: s.rowsAffected,
          errors: s.errors,
        },
      }),
    ),
    {
      ...at,
      seriesKind: 'server',
      seriesKey: 'totals',
      calls: window.totalCalls,
      totalMs: window.totalMs,
      measures: { blind_percent: window.blindPercent },
    },
  ]
}

interface Summed {
  readonly fingerprintId: string
  readonly calls: number
  readonly totalMs: number
  readonly lockMs: number
  readonly rowsExamined: number
  readonly rowsSent: number
  readonly rowsAffected: number
  readonly errors: number
}

/** One series a class: the same statement in several schemas is one class here. */
function mergeSchemas(rows: readonly Summed[]): Summed[] {
  const byClass = new Map<string, Summed>()
  for (const row of rows) {
    const sum = byClass.get(row.fingerprintId)
    byClass.set(row.fingerprintId, sum === undefined ? row : added(sum, row))
  }
  return [...byClass.values()]
}

const added = (a: Summed, b: Summed): Summed => ({
  fingerprintId: a.fingerprintId,
  calls: a.calls + b.calls,
  totalMs: a.totalMs + b.totalMs,
  lockMs: a.lockMs + b.lockMs,
  rowsExamined: a.rowsExamined + b.rowsExamined,
  rowsSent: a.rowsSent + b.rowsSent,
  rowsAffected: a.rowsAffected + b.rowsAffected,
  errors: a.errors + b.errors,
})

/** How many sessions wait for a lock at this moment: one reading, a gauge. */
function ofWaits(activity: Activity): SeriesWindow {
  const waiting = new Set([...activity.lockWaits, ...activity.metadataWaits].map((w) => w.waiter))
  const longest = Math.max(0, ...[...activity.lockWaits, ...activity.metadataWaits].map((w) => w.waitSeconds))
  return {
    epoch: activity.epoch,
    seriesKind: 'server',
    seriesKey: 'waits',
    windowStart: fromMs(toMs(activity.at) - 1),
    windowEnd: activity.at,
    calls: 1,
    totalMs: 0,
    measures: {
      waiting_sessions: waiting.size,
      longest_wait_seconds: longest,
      threads_running: activity.threadsRunning,
    },
  }
}
