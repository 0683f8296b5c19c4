/**
 * A table takes far more bytes a row than it once did. DATA_FREE is not used: it misleads both ways. Never
 * CRITICAL: that would take knowing how full the disk is, which the server does not say.
 */
import type { Finding } from '../../core/detector.ts'
import type { TableSize } from '../../engines/mysql/shapes.ts'
import { type MemoryTable, putRow, readTable, writeTable } from './memory-table.ts'
import {
  goneFindings,
  grade,
  leastOver,
  type MysqlDetector,
  type MysqlView,
  worthSaying,
} from './mysql-detector.ts'

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
    reclaimableBytes: {
      value: 268_435_456,
      unit: 'bytes',
      why: 'a rebuild costs more than 256 MiB are worth',
    },
    baselineRows: {
      value: 10_000,
      unit: 'rows',
      why: 'bytes per row of a few pages say nothing of the table to come',
    },
  },
  async detect(view) {
    const reading = await view.read('tableSizes')
    if (!reading.known) return []
    const { tables, truncated } = reading.value
    const best = readTable(view, 'best')
    const found = tables.flatMap((t) => judge(view, t, best))
    writeTable(view, 'best', best)
    const named = new Set(tables.map((t) => `${t.schema}.${t.table}`))
    const gone = goneFindings(view, found, {
      resourceType: 'table',
      metricName: 'bytes_per_row_factor',
      metricUnit: 'times',
      limit: view.threshold('warningFactor'),
    })
    const dropped = truncated ? [] : gone.filter((f) => !named.has(f.resourceKey))
    return worthSaying([...found, ...dropped], view.tracked)
  },
}

function judge(view: MysqlView, t: TableSize, best: MemoryTable): Finding[] {
  if (t.bytesPerRow === null || t.bytesPerRow <= 0 || t.rows < 1) return []
  const key = `${t.schema}.${t.table}`
  const before = best.get(key)?.[0] ?? t.bytesPerRow
  const least = t.rows >= view.threshold('baselineRows') ? Math.min(before, t.bytesPerRow) : before
  if (t.rows >= view.threshold('baselineRows')) putRow(best, key, [least])
  const reclaimable = Math.max(0, t.dataBytes - t.rows * least)
  const factor = {
    metricName: 'bytes_per_row_factor',
    metricUnit: 'times',
    metricValue: t.bytesPerRow / least,
    limit: view.threshold('warningFactor'),
  }
  const space = {
    metricName: 'reclaimable_bytes',
    metricUnit: 'bytes',
    metricValue: reclaimable,
    limit: view.threshold('reclaimableBytes'),
  }
  const severity = grade(false, factor.metricValue > factor.limit && reclaimable > space.limit)
  return [
    {
      resourceType: 'table',
      resourceName: key,
      resourceKey: key,
      severity,
      ...(severity === null ? leastOver(factor, space) : factor),
      workload: 1,
      opensAtOnce: true,
      context: {
        schema: t.schema,
        table: t.table,
        bytesPerRow: t.bytesPerRow,
        bestBytesPerRow: least,
        reclaimableBytes: Math.round(reclaimable),
        rows: t.rows,
        dataBytes: t.dataBytes,
      },
    },
  ]
}
