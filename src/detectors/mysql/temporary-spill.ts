/** M13: temporary tables and sorts go to disk. */
import { grade, type MysqlDetector, worthSaying } from './mysql-detector.ts'
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
    const disk = deltas.created_tmp_disk_tables
    const all = deltas.created_tmp_tables
    if (disk === undefined || all === undefined || elapsedMs <= 0) return []
    const percent = all > 0 ? (100 * disk) / all : 0
    const perSecond = (1000 * disk) / elapsedMs
    const spilling = percent > view.threshold('diskPercent') && perSecond > view.threshold('perSecond')
    const statements = await view.read('statements')
    const worst = statements.known
      ? [...statements.value.statements].sort((a, b) => b.tmpDiskTables - a.tmpDiskTables)[0]
      : undefined
    const finding = serverFinding({
      key: 'temporary-spill',
      name: 'temporary tables',
      severity: grade(false, spilling),
      metric: 'disk_temporary_tables_per_second',
      unit: '1/s',
      value: perSecond,
      limit: view.threshold('perSecond'),
      context: {
        diskPercent: percent,
        sortMergePasses: deltas.sort_merge_passes ?? null,
        worstFingerprintId: worst !== undefined && worst.tmpDiskTables > 0 ? worst.fingerprintId : null,
        worstFingerprint: worst !== undefined && worst.tmpDiskTables > 0 ? worst.fingerprint : null,
      },
    })
    return worthSaying([finding], view.tracked)
  },
}
