/** An auto-increment column nears the end of its type. */
import { goneFindings, grade, type MysqlDetector, worthSaying } from './mysql-detector.ts'

export const idExhaustion: MysqlDetector = {
  id: 'mysql/id-exhaustion',
  version: 1,
  engine: 'mysql',
  title: 'Ids run out',
  category: 'SCHEMA_CAPACITY',
  source: 'CATALOG_SCAN',
  needs: ['catalog'],
  reads: ['catalog'],
  everyMs: 900_000,
  thresholds: {
    warningPercent: {
      value: 70,
      unit: 'percent',
      why: 'changing a key’s type on a big table takes planning',
    },
    criticalPercent: { value: 90, unit: 'percent', why: 'inserts will fail soon' },
  },
  async detect(view) {
    const reading = await view.read('catalog')
    if (!reading.known) return []
    const found = reading.value.autoIncrement.map((a) => ({
      resourceType: 'table',
      resourceName: `${a.schema}.${a.table}.${a.column}`,
      resourceKey: `${a.schema}.${a.table}.${a.column}`,
      severity: grade(
        a.usedPercent > view.threshold('criticalPercent'),
        a.usedPercent > view.threshold('warningPercent'),
      ),
      metricName: 'ids_used_percent',
      metricUnit: 'percent',
      metricValue: a.usedPercent,
      limit: view.threshold('warningPercent'),
      workload: 1,
      opensAtOnce: true,
      context: {
        schema: a.schema,
        table: a.table,
        column: a.column,
        columnType: a.columnType,
        usedPercent: a.usedPercent,
      },
    }))
    const gone = goneFindings(view, found, {
      resourceType: 'table',
      metricName: 'ids_used_percent',
      metricUnit: 'percent',
      limit: view.threshold('warningPercent'),
    })
    return worthSaying([...found, ...gone], view.tracked)
  },
}
