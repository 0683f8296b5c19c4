/** An index that another index of the table already covers. */
import type { Finding } from '../../core/detector.ts'
import type { RedundantIndex } from '../../engines/mysql/shapes.ts'
import { goneFindings, type MysqlDetector, worthSaying } from './mysql-detector.ts'
import { indexName, oneIndexATable } from './one-index-a-table.ts'

export const duplicateIndex: MysqlDetector = {
  id: 'mysql/duplicate-index',
  version: 1,
  engine: 'mysql',
  title: 'An index duplicates another',
  category: 'INDEX_HYGIENE',
  source: 'CATALOG_SCAN',
  needs: ['catalog'],
  reads: ['catalog'],
  everyMs: 900_000,
  thresholds: {},
  async detect(view) {
    const reading = await view.read('catalog')
    if (!reading.known) return []
    const spare = reading.value.redundant.filter((r) => !r.unique && !r.supportsForeignKey)
    const found = oneIndexATable(view, spare).map(finding)
    const gone = goneFindings(view, found, {
      resourceType: 'index',
      metricName: 'redundant_index',
      metricUnit: 'count',
      limit: 1,
    })
    return worthSaying([...found, ...gone], view.tracked)
  },
}

const finding = (r: RedundantIndex): Finding => ({
  resourceType: 'index',
  resourceName: indexName(r),
  resourceKey: indexName(r),
  severity: 'WARNING',
  metricName: 'redundant_index',
  metricUnit: 'count',
  metricValue: 1,
  limit: 1,
  workload: 1,
  opensAtOnce: true,
  context: {
    schema: r.schema,
    table: r.table,
    index: r.index,
    columns: r.columns,
    dominantIndex: r.dominantIndex,
    dominantColumns: r.dominantColumns,
    exact: r.exact,
  },
})
