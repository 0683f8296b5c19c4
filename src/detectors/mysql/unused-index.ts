/** Nothing has read an index for so long that every business cycle has passed. This server only. */
import type { Finding } from '../../core/detector.ts'
import type { UnusedIndex } from '../../engines/mysql/shapes.ts'
import { goneFindings, type MysqlDetector, worthSaying } from './mysql-detector.ts'
import { indexName, oneIndexATable } from './one-index-a-table.ts'

export const unusedIndex: MysqlDetector = {
  id: 'mysql/unused-index',
  version: 1,
  engine: 'mysql',
  title: 'An index is never read',
  category: 'INDEX_HYGIENE',
  source: 'PERFORMANCE_SCHEMA',
  needs: ['performance-schema', 'index-use-instrument', 'catalog'],
  reads: ['catalog'],
  everyMs: 900_000,
  thresholds: {
    uptimeDays: { value: 35, unit: 'days', why: 'a month-end job must have had its turn' },
  },
  async detect(view) {
    const reading = await view.read('catalog')
    if (!reading.known || reading.value.unusedUnknown !== undefined) return []
    const { redundant, unused } = reading.value
    const covered = new Set(redundant.map(indexName))
    const least = view.threshold('uptimeDays') * 86_400
    const spare = unused.filter(
      (u) => !u.unique && !u.supportsForeignKey && !covered.has(indexName(u)) && u.uptimeSeconds > least,
    )
    const found = oneIndexATable(view, spare).map((u) => finding(u, least))
    const read = new Set(unused.map(indexName))
    const gone = goneFindings(view, found, {
      resourceType: 'index',
      metricName: 'unread_seconds',
      metricUnit: 's',
      limit: least,
    })
    // After a restart an index is unread again without having been read: that says nothing either way.
    return worthSaying([...found, ...gone.filter((f) => !read.has(f.resourceKey))], view.tracked)
  },
}

const finding = (u: UnusedIndex, least: number): Finding => ({
  resourceType: 'index',
  resourceName: indexName(u),
  resourceKey: indexName(u),
  severity: 'WARNING',
  metricName: 'unread_seconds',
  metricUnit: 's',
  metricValue: u.uptimeSeconds,
  limit: least,
  workload: 1,
  opensAtOnce: true,
  context: { schema: u.schema, table: u.table, index: u.index, uptimeSeconds: u.uptimeSeconds },
})
