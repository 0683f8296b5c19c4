/** M9: a table takes far more bytes a row than it once did. DATA_FREE is not used: it misleads both ways. */
import type { Finding } from '../../core/detector.ts'
import type { TableSize } from '../../engines/mysql/shapes.ts'
import { grade, type MysqlDetector, type MysqlView, worthSaying } from './mysql-detector.ts'

export const fragmentation: MysqlDetector = {
  id: 'mysql/fragmentation',
  version: 1,
  engine: 'mysql',
  title: 'A table takes more space than its rows need',
  category: 'FRAGMENTATION',
  source: 'CATALOG_SCAN',
  needs: ['innodb-statistics'],
  reads: ['tableSizes'],
  everyMs: 900_000,
  thresholds: {
    warningFactor: { value: 2, unit: 'times', why: 'twice its own best bytes per row' },
    criticalFactor: { value: 4, unit: 'times', why: 'four times its own best bytes per row' },
    reclaimableBytes: {
      value: 268_435_456,
      unit: 'bytes',
      why: 'a rebuild costs more than 256 MiB are worth',
    },
  },
  async detect(view) {
    const reading = await view.read('tableSizes')
    if (!reading.known) return []
    const findings = reading.value.tables.flatMap((t) => judge(view, t))
    return worthSaying(findings, view.tracked)
  },
}

function judge(view: MysqlView, t: TableSize): Finding[] {
  if (t.bytesPerRow === null || t.rows < 1) return []
  const key = `${t.schema}.${t.table}`
  const stored = view.memory.get(key)
  const best = typeof stored === 'number' ? Math.min(stored, t.bytesPerRow) : t.bytesPerRow
  view.memory.set(key, best)
  const factor = best > 0 ? t.bytesPerRow / best : 1
  const reclaimable = Math.max(0, t.dataBytes - t.rows * best)
  const worth = reclaimable > view.threshold('reclaimableBytes')
  return [
    {
      resourceType: 'table',
      resourceName: key,
      resourceKey: key,
      severity: worth
        ? grade(factor > view.threshold('criticalFactor'), factor > view.threshold('warningFactor'))
        : null,
      metricName: 'bytes_per_row_factor',
      metricUnit: 'times',
      metricValue: factor,
      limit: view.threshold('warningFactor'),
      workload: t.rows,
      opensAtOnce: true,
      context: {
        schema: t.schema,
        table: t.table,
        bytesPerRow: t.bytesPerRow,
        bestBytesPerRow: best,
        reclaimableBytes: Math.round(reclaimable),
        rows: t.rows,
        dataBytes: t.dataBytes,
      },
    },
  ]
}
