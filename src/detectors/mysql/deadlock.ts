/** M5: InnoDB resolved a deadlock by rolling one transaction back. */
import type { Json } from '../../core/canonical.ts'
import type { Finding } from '../../core/detector.ts'
import type { DeadlockReport } from '../../engines/mysql/shapes.ts'
import type { MysqlDetector, MysqlView } from './mysql-detector.ts'

export const deadlock: MysqlDetector = {
  id: 'mysql/deadlock',
  version: 1,
  engine: 'mysql',
  title: 'Transactions deadlock',
  category: 'DEADLOCK',
  source: 'INNODB_DEADLOCK',
  needs: ['process'],
  reads: ['deadlocks'],
  everyMs: 5_000,
  thresholds: {
    criticalPerMinute: {
      value: 1,
      unit: '1/min',
      why: 'one a minute, kept up for five, is not bad luck',
    },
    criticalMinutes: { value: 5, unit: 'minutes', why: 'see criticalPerMinute' },
  },
  async detect(view) {
    const reading = await view.read('deadlocks')
    if (!reading.known) return []
    const { counted, reports, missed, elapsedMs } = reading.value
    const rate = keepRate(view, counted, elapsedMs)
    const critical =
      rate.minutes >= view.threshold('criticalMinutes') &&
      rate.perMinute > view.threshold('criticalPerMinute')
    const findings = reports.map((report) => finding(report, critical))
    if (missed > 0) findings.push(unseen(missed, critical))
    return findings
  },
}

/** Deadlocks a minute over the last minutes of this epoch. */
function keepRate(
  view: MysqlView,
  counted: number,
  elapsedMs: number,
): { perMinute: number; minutes: number } {
  const before = view.memory.get('rate')
  const list = Array.isArray(before) ? (before as readonly (readonly [number, number])[]) : []
  const kept: [number, number][] = [...list.map(([n, ms]): [number, number] => [n, ms]), [counted, elapsedMs]]
  while (kept.length > 120) kept.shift()
  view.memory.set('rate', kept)
  const minutes = kept.reduce((t, [, ms]) => t + ms, 0) / 60_000
  const total = kept.reduce((t, [n]) => t + n, 0)
  return { perMinute: minutes > 0 ? total / minutes : 0, minutes }
}

function finding(report: DeadlockReport, critical: boolean): Finding {
  const { signature, deadlock: seen } = report
  const tables = [
    ...new Set(seen.transactions.flatMap((t) => [...t.holds, t.waitsFor].map((l) => l?.table ?? null))),
  ]
    .filter((t) => t !== null)
    .sort()
  return {
    resourceType: 'transaction',
    resourceName: tables.length > 0 ? tables.join(', ') : 'unknown tables',
    resourceKey: `deadlock|${signature}`,
    severity: critical ? 'CRITICAL' : 'WARNING',
    metricName: 'deadlocks',
    metricUnit: 'count',
    metricValue: 1,
    limit: 0,
    workload: 1,
    opensAtOnce: true,
    context: { signature, incomplete: seen.incomplete, report: seen as unknown as Json },
  }
}

const unseen = (missed: number, critical: boolean): Finding => ({
  resourceType: 'server',
  resourceName: 'deadlocks whose report was not caught',
  resourceKey: 'deadlock|missed',
  severity: critical ? 'CRITICAL' : 'WARNING',
  metricName: 'deadlocks',
  metricUnit: 'count',
  metricValue: missed,
  limit: 0,
  workload: 1,
  opensAtOnce: true,
  context: { missed },
})
