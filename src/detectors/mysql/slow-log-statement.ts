/** M1 from the slow log: a statement class that appears there with long runs, where digests cannot be read. */
import { grade, type MysqlDetector } from './mysql-detector.ts'

export const slowLogStatement: MysqlDetector = {
  id: 'mysql/slow-log-statement',
  version: 1,
  engine: 'mysql',
  title: 'A statement class fills the slow log',
  category: 'QUERY_PERFORMANCE',
  source: 'SLOW_QUERY_LOG',
  needs: ['slow-log'],
  reads: ['slowLog', 'statements'],
  everyMs: 10_000,
  thresholds: {
    warningMeanMs: { value: 1000, unit: 'ms', why: 'people wait for a statement that takes a second' },
    criticalMeanMs: { value: 10_000, unit: 'ms', why: 'most applications give up near ten seconds' },
    minimumCount: { value: 2, unit: 'calls', why: 'one entry is an anecdote' },
  },
  async detect(view) {
    const digests = await view.read('statements')
    if (digests.known) return []
    const reading = await view.read('slowLog')
    if (!reading.known) return []
    return reading.value.classes
      .map((c) => {
        const mean = c.count > 0 ? c.totalMs / c.count : 0
        const enough = c.count >= view.threshold('minimumCount')
        return {
          resourceType: 'statement',
          resourceName: c.fingerprint,
          resourceKey: `${c.schema ?? ''}|${c.fingerprintId}`,
          severity: enough
            ? grade(mean > view.threshold('criticalMeanMs'), mean > view.threshold('warningMeanMs'))
            : null,
          metricName: 'mean_ms',
          metricUnit: 'ms',
          metricValue: mean,
          limit: view.threshold('warningMeanMs'),
          workload: c.count,
          opensAtOnce: false,
          context: {
            fingerprintId: c.fingerprintId,
            fingerprint: c.fingerprint,
            schema: c.schema,
            calls: c.count,
            totalMs: c.totalMs,
            rowsExamined: c.rowsExamined,
            rowsSent: c.rowsSent,
          },
        }
      })
      .filter((f) => f.severity !== null || view.tracked.has(f.resourceKey))
  },
}
