/** A table changed a good deal after its statistics were taken, and nothing will take them again. */
import type { Finding } from '../../core/detector.ts'
import { toMs } from '../../core/time.ts'
import type { TableSize } from '../../engines/mysql/shapes.ts'
import { goneFindings, grade, type MysqlDetector, type MysqlView, worthSaying } from './mysql-detector.ts'

export const staleStatistics: MysqlDetector = {
  id: 'mysql/stale-statistics',
  version: 1,
  engine: 'mysql',
  title: 'Statistics are older than the data',
  category: 'STATISTICS',
  source: 'CATALOG_SCAN',
  needs: ['innodb-statistics'],
  reads: ['tableSizes'],
  everyMs: 900_000,
  thresholds: {
    ageSeconds: { value: 3600, unit: 's', why: 'automatic recalculation, where on, acts within seconds' },
    minimumRows: { value: 10_000, unit: 'rows', why: 'plans of small tables do not depend on statistics' },
  },
  async detect(view) {
    const reading = await view.read('tableSizes')
    if (!reading.known) return []
    const { tables, truncated } = reading.value
    const found = tables.flatMap((t) => judge(view, t))
    const named = new Set(tables.filter((t) => !t.autoRecalc).map((t) => `${t.schema}.${t.table}`))
    const gone = goneFindings(view, found, {
      resourceType: 'table',
      metricName: 'statistics_lag_seconds',
      metricUnit: 's',
      limit: view.threshold('ageSeconds'),
    })
    // Dropped, or recalculated automatically from now on. A table whose times are not known is neither.
    const settled = truncated ? [] : gone.filter((f) => !named.has(f.resourceKey))
    return worthSaying([...found, ...settled], view.tracked)
  },
}

function judge(view: MysqlView, t: TableSize): Finding[] {
  if (t.autoRecalc || t.statisticsAt === null || t.changedAt === null) return []
  const lagSeconds = (toMs(t.changedAt) - toMs(t.statisticsAt)) / 1000
  const stale = lagSeconds > view.threshold('ageSeconds') && t.rows >= view.threshold('minimumRows')
  return [
    {
      resourceType: 'table',
      resourceName: `${t.schema}.${t.table}`,
      resourceKey: `${t.schema}.${t.table}`,
      severity: grade(false, stale),
      metricName: 'statistics_lag_seconds',
      metricUnit: 's',
      metricValue: Math.max(0, lagSeconds),
      limit: view.threshold('ageSeconds'),
      workload: 1,
      opensAtOnce: true,
      context: {
        schema: t.schema,
        table: t.table,
        rows: t.rows,
        statisticsAt: t.statisticsAt,
        changedAt: t.changedAt,
      },
    },
  ]
}
