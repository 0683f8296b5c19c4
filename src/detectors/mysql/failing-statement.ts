/**
 * A statement class of which every call ends in an error. Which error is not counted by class; a table that is not
 * there, a column, a right or a key it always violates look the same here.
 */
import type { Finding } from '../../core/detector.ts'
import type { StatementDelta, StatementWindow } from '../../engines/mysql/shapes.ts'
import { grade, type MysqlDetector, type MysqlView, worthSaying } from './mysql-detector.ts'
import { statementFacts, statementKey, statementLoad } from './statement-load.ts'

export const failingStatement: MysqlDetector = {
  id: 'mysql/failing-statement',
  version: 1,
  engine: 'mysql',
  title: 'Every call of a statement class fails',
  category: 'APPLICATION',
  source: 'PERFORMANCE_SCHEMA',
  needs: ['performance-schema', 'statement-digests'],
  reads: ['statements'],
  everyMs: 10_000,
  thresholds: {
    failedPercent: {
      value: 99,
      unit: 'percent',
      why: 'a statement that works now and then has another trouble: waits, deadlocks, keys that are taken',
    },
    minimumCalls: {
      value: 10,
      unit: 'calls',
      why: 'a person who mistypes tries a few times, not ten in a window',
    },
  },
  async detect(view) {
    const reading = await view.read('statements')
    if (!reading.known) return []
    const window = reading.value
    const called = window.statements.filter((s) => !s.partial && s.calls > 0)
    return worthSaying(
      called.map((s) => judge(view, s, window)),
      view.tracked,
    )
  },
}

function judge(view: MysqlView, s: StatementDelta, window: StatementWindow): Finding {
  const failedPercent = Math.min(100, (100 * s.errors) / s.calls)
  const limit = view.threshold('failedPercent')
  return {
    resourceType: 'statement',
    resourceName: s.fingerprint,
    resourceKey: statementKey(s),
    severity: grade(false, failedPercent >= limit && s.calls >= view.threshold('minimumCalls')),
    metricName: 'failed_calls_percent',
    metricUnit: 'percent',
    metricValue: failedPercent,
    limit,
    workload: s.calls,
    opensAtOnce: false,
    context: { ...statementFacts(s, statementLoad(s, window)), errors: s.errors, failedPercent },
  }
}
