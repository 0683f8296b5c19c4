/** M2: a statement class that reads far more rows than it returns or changes. */
import type { Finding } from '../../core/detector.ts'
import type { StatementDelta } from '../../engines/mysql/shapes.ts'
import { grade, type MysqlDetector, type MysqlView, worthSaying } from './mysql-detector.ts'

export const fullScan: MysqlDetector = {
  id: 'mysql/full-scan',
  version: 1,
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
    criticalSharePercent: { value: 20, unit: 'percent', why: 'a fifth of the server’s statement time' },
    minimumCalls: { value: 2, unit: 'calls', why: 'one call is an anecdote' },
  },
  async detect(view) {
    const reading = await view.read('statements')
    if (!reading.known) return []
    const { statements, totalMs } = reading.value
    return worthSaying(
      statements.filter((s) => !s.partial).map((s) => judge(view, s, totalMs)),
      view.tracked,
    )
  },
}

function judge(view: MysqlView, s: StatementDelta, totalMs: number): Finding {
  const useful = Math.max(s.rowsSent + s.rowsAffected, s.calls, 1)
  const perCall = s.calls > 0 ? s.rowsExamined / s.calls : 0
  const share = totalMs > 0 ? (100 * s.totalMs) / totalMs : 0
  const wasteful =
    s.rowsExamined / useful > view.threshold('rowsPerResult') &&
    perCall > view.threshold('rowsPerCall') &&
    s.calls >= view.threshold('minimumCalls')
  return {
    resourceType: 'statement',
    resourceName: s.fingerprint,
    resourceKey: `${s.schema ?? ''}|${s.fingerprintId}`,
    severity: grade(wasteful && share >= view.threshold('criticalSharePercent'), wasteful),
    metricName: 'rows_examined_per_call',
    metricUnit: 'rows',
    metricValue: perCall,
    limit: view.threshold('rowsPerCall'),
    workload: s.calls,
    opensAtOnce: false,
    context: {
      fingerprintId: s.fingerprintId,
      fingerprint: s.fingerprint,
      schema: s.schema,
      calls: s.calls,
      totalMs: s.totalMs,
      timeSharePercent: share,
      rowsExamined: s.rowsExamined,
      rowsSent: s.rowsSent,
      rowsAffected: s.rowsAffected,
      noIndexUsed: s.noIndexUsed,
    },
  }
}
