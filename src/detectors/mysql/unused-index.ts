/** M12: nothing has read an index for so long that every business cycle has passed. This server only. */
import type { MysqlDetector } from './mysql-detector.ts'

export const unusedIndex: MysqlDetector = {
  id: 'mysql/unused-index',
  version: 1,
  engine: 'mysql',
  title: 'An index is never read',
  category: 'INDEX_HYGIENE',
  source: 'PERFORMANCE_SCHEMA',
  needs: ['performance-schema', 'catalog'],
  reads: ['catalog'],
  everyMs: 900_000,
  thresholds: {
    uptimeDays: { value: 35, unit: 'days', why: 'a month-end job must have had its turn' },
  },
  async detect(view) {
    const reading = await view.read('catalog')
    if (!reading.known) return []
    const least = view.threshold('uptimeDays') * 86_400
    return reading.value.unused
      .filter((u) => !u.unique && !u.supportsForeignKey)
      .map((u) => ({
        resourceType: 'index',
        resourceName: `${u.schema}.${u.table}.${u.index}`,
        resourceKey: `${u.schema}.${u.table}.${u.index}`,
        severity: u.uptimeSeconds > least ? ('WARNING' as const) : null,
        metricName: 'unread_seconds',
        metricUnit: 's',
        metricValue: u.uptimeSeconds,
        limit: least,
        workload: 1,
        opensAtOnce: true,
        context: { schema: u.schema, table: u.table, index: u.index, replicasKnown: false },
      }))
      .filter((f) => f.severity !== null || view.tracked.has(f.resourceKey))
  },
}
