/**
 * The slow log grows faster than it is read, or its end was lost: what it held is told late or never, and no statement
 * that is missing there is healthy for it.
 */
import type { Finding } from '../../core/detector.ts'
import type { SlowLogUnread } from '../../engines/mysql/shapes.ts'
import {
  grade,
  type Measure,
  type MysqlDetector,
  type MysqlView,
  mostOver,
  worthSaying,
} from './mysql-detector.ts'
import { serverFinding } from './server-finding.ts'

export const slowLogGap: MysqlDetector = {
  id: 'mysql/slow-log-gap',
  version: 1,
  engine: 'mysql',
  title: 'The slow log is not read in whole',
  category: 'MONITORING_GAP',
  source: 'SLOW_QUERY_LOG',
  needs: ['slow-log', 'slow-log-readable'],
  reads: ['slowLog'],
  everyMs: 10_000,
  thresholds: {
    skippedBytes: { value: 1, unit: 'bytes', why: 'what is left out is never read; no entry is that short' },
    behindBytes: {
      value: 10_000_000,
      unit: 'bytes',
      why: 'a window’s reading at 1 MB/s: what stands there is told a window late or later',
    },
    behindRows: { value: 1_000, unit: 'rows', why: 'a window’s reading of the table' },
  },
  async detect(view) {
    const reading = await view.read('slowLog')
    if (!reading.known) return []
    const { unread, events } = reading.value
    const measures = measuresOf(unread, view)
    const worst = mostOver(...measures)
    const finding = serverFinding({
      key: 'slow-log-gap',
      name: 'slow log',
      severity: grade(
        false,
        measures.some((one) => one.metricValue > one.limit),
      ),
      metric: worst.metricName,
      unit: worst.metricUnit,
      value: worst.metricValue,
      limit: worst.limit,
      context: { ...unread, eventsRead: events },
    })
    return worthSaying(unread.endLost ? [finding, endLost(finding)] : [finding], view.tracked)
  },
}

function measuresOf(
  { skippedBytes, behindBytes, behindRows }: SlowLogUnread,
  view: MysqlView,
): readonly [Measure, Measure, Measure] {
  const bytes = { metricUnit: 'bytes' }
  return [
    {
      ...bytes,
      metricName: 'skipped_bytes',
      metricValue: skippedBytes,
      limit: view.threshold('skippedBytes'),
    },
    { ...bytes, metricName: 'behind_bytes', metricValue: behindBytes, limit: view.threshold('behindBytes') },
    {
      metricName: 'behind_rows',
      metricUnit: 'rows',
      metricValue: behindRows,
      limit: view.threshold('behindRows'),
    },
  ]
}

/** Ordinary where logs are rotated by copying, or compressed at once: on record, and no issue. */
const endLost = (finding: Finding): Finding => ({
  ...finding,
  resourceKey: 'slow-log-end-lost',
  severity: 'INFO',
  metricName: 'ends_lost',
  metricUnit: 'count',
  metricValue: 1,
  limit: 0,
})
