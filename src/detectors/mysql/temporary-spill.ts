/** Temporary tables and sorts go to disk. */
import { grade, leastOver, type MysqlDetector, type MysqlView, worthSaying } from './mysql-detector.ts'
import { serverFinding } from './server-finding.ts'

export const temporarySpill: MysqlDetector = {
  id: 'mysql/temporary-spill',
  version: 1,
  engine: 'mysql',
  title: 'Temporary tables spill to disk',
  category: 'MEMORY',
  source: 'ENGINE_STATUS',
  needs: [],
  reads: ['status', 'statements'],
  everyMs: 10_000,
  thresholds: {
    diskPercent: { value: 25, unit: 'percent', why: 'a quarter of temporary tables on disk' },
    perSecond: { value: 1, unit: '1/s', why: 'rarer spills do not add up' },
  },
  async detect(view) {
    const reading = await view.read('status')
    if (!reading.known) return []
    const { deltas, elapsedMs } = reading.value
    const disk = deltas['created_tmp_disk_tables']
    const all = deltas['created_tmp_tables']
    if (disk === undefined || all === undefined || elapsedMs <= 0) return []
    const percent = {
      metricName: 'disk_temporary_tables_percent',
      metricUnit: 'percent',
      metricValue: all > 0 ? (100 * disk) / all : 0,
      limit: view.threshold('diskPercent'),
    }
    const rate = {
      metricName: 'disk_temporary_tables_per_second',
      metricUnit: '1/s',
      metricValue: (1000 * disk) / elapsedMs,
      limit: view.threshold('perSecond'),
    }
    const spilling = percent.metricValue > percent.limit && rate.metricValue > rate.limit
    const measure = spilling ? rate : leastOver(percent, rate)
    const finding = serverFinding({
      key: 'temporary-spill',
      name: 'temporary tables',
      severity: grade(false, spilling),
      metric: measure.metricName,
      unit: measure.metricUnit,
      value: measure.metricValue,
      limit: measure.limit,
      context: {
        diskPercent: percent.metricValue,
        perSecond: rate.metricValue,
        sortMergePasses: deltas['sort_merge_passes'] ?? null,
        ...(await worstSpiller(view)),
      },
    })
    return worthSaying([finding], view.tracked)
  },
}

/** The statement class that made most of them, if classes are known. */
async function worstSpiller(view: MysqlView) {
  const statements = await view.read('statements')
  const worst = statements.known
    ? [...statements.value.statements].sort((a, b) => b.tmpDiskTables - a.tmpDiskTables)[0]
    : undefined
  const named = worst !== undefined && worst.tmpDiskTables > 0 ? worst : null
  return { worstFingerprintId: named?.fingerprintId ?? null, worstFingerprint: named?.fingerprint ?? null }
}
