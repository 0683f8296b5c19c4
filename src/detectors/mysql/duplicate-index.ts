/** M11: an index that another index of the table already covers. */
import type { Finding } from '../../core/detector.ts'
import type { RedundantIndex } from '../../engines/mysql/shapes.ts'
import type { MysqlDetector } from './mysql-detector.ts'

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
    const found = spare.map(finding)
    const seen = new Set(found.map((f) => f.resourceKey))
    const gone = [...view.tracked].filter((key) => !seen.has(key)).map(absent)
    return [...found, ...gone]
  },
}

const finding = (r: RedundantIndex): Finding => ({
  resourceType: 'index',
  resourceName: `${r.schema}.${r.table}.${r.index}`,
  resourceKey: `${r.schema}.${r.table}.${r.index}`,
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

const absent = (key: string): Finding => ({
  resourceType: 'index',
  resourceName: key,
  resourceKey: key,
  severity: null,
  metricName: 'redundant_index',
  metricUnit: 'count',
  metricValue: 0,
  limit: 1,
  workload: 1,
  opensAtOnce: true,
  context: {},
})
