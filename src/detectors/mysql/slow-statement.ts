/** M1: a statement class that takes a large share of the server's time and became much slower than it was. */
import type { Finding } from '../../core/detector.ts'
import type { StatementDelta } from '../../engines/mysql/shapes.ts'
import {
  grade,
  type MysqlDetector,
  type MysqlView,
  nextBaseline,
  readBaseline,
  worthSaying,
} from './mysql-detector.ts'

export const slowStatement: MysqlDetector = {
  id: 'mysql/slow-statement',
  version: 1,
  engine: 'mysql',
  title: 'A statement class became slow',
  category: 'QUERY_PERFORMANCE',
  source: 'PERFORMANCE_SCHEMA',
  needs: ['performance-schema', 'statement-digests'],
  reads: ['statements'],
  everyMs: 10_000,
  thresholds: {
    timeSharePercent: {
      value: 5,
      unit: 'percent',
      why: 'below a twentieth of the server’s time a class is not what hurts',
    },
    warningFactor: {
      value: 3,
      unit: 'times',
      why: 'three times its own baseline is beyond ordinary variation',
    },
    criticalFactor: { value: 10, unit: 'times', why: 'ten times its own baseline' },
    criticalMeanMs: { value: 1000, unit: 'ms', why: 'people wait for a statement that takes a second' },
    absoluteMeanMs: {
      value: 1000,
      unit: 'ms',
      why: 'without a baseline only an absolute limit can be crossed',
    },
    baselineWindows: {
      value: 30,
      unit: 'windows',
      why: 'five minutes of windows before a baseline means anything',
    },
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
  const meanMs = s.calls > 0 ? s.totalMs / s.calls : 0
  const share = totalMs > 0 ? (100 * s.totalMs) / totalMs : 0
  const key = `${s.schema ?? ''}|${s.fingerprintId}`
  const before = readBaseline(view, key)
  const known = before !== null && before.windows >= view.threshold('baselineWindows')
  const limit = known ? before.mean * view.threshold('warningFactor') : view.threshold('absoluteMeanMs')
  const heavy = share >= view.threshold('timeSharePercent') && s.calls >= view.threshold('minimumCalls')
  const critical =
    known &&
    meanMs > before.mean * view.threshold('criticalFactor') &&
    meanMs > view.threshold('criticalMeanMs')
  if (s.calls > 0) view.memory.set(key, { ...nextBaseline(before, meanMs) })
  return {
    resourceType: 'statement',
    resourceName: s.fingerprint,
    resourceKey: key,
    severity: heavy ? grade(critical, meanMs > limit) : null,
    metricName: 'mean_ms',
    metricUnit: 'ms',
    metricValue: meanMs,
    limit,
    workload: s.calls,
    opensAtOnce: false,
    context: {
      fingerprintId: s.fingerprintId,
      fingerprint: s.fingerprint,
      schema: s.schema,
      calls: s.calls,
      totalMs: s.totalMs,
      timeSharePercent: share,
      baselineMs: before?.mean ?? null,
      rowsExamined: s.rowsExamined,
      rowsSent: s.rowsSent,
      lockMs: s.lockMs,
    },
  }
}
