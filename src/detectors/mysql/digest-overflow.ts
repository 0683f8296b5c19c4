/** The digest table is full: new statement shapes are counted in one nameless row and cannot be seen. */
import { grade, type MysqlDetector, worthSaying } from './mysql-detector.ts'
import { serverFinding } from './server-finding.ts'

export const digestOverflow: MysqlDetector = {
  id: 'mysql/digest-overflow',
  version: 1,
  engine: 'mysql',
  title: 'Statements are not told apart any more',
  category: 'MONITORING_GAP',
  source: 'PERFORMANCE_SCHEMA',
  needs: ['performance-schema', 'statement-digests'],
  reads: ['statements'],
  everyMs: 10_000,
  thresholds: {
    warningPercent: { value: 1, unit: 'percent', why: 'one call in a hundred has no name' },
    criticalPercent: { value: 10, unit: 'percent', why: 'one call in ten has no name' },
    minimumCalls: { value: 100, unit: 'calls', why: 'a share of fewer calls says nothing' },
  },
  async detect(view) {
    const reading = await view.read('statements')
    if (!reading.known) return []
    const { blindPercent, digestsLost, totalCalls } = reading.value
    const finding = serverFinding({
      key: 'digest-overflow',
      name: 'statement digests',
      severity:
        totalCalls < view.threshold('minimumCalls')
          ? null
          : grade(
              blindPercent > view.threshold('criticalPercent'),
              blindPercent > view.threshold('warningPercent'),
            ),
      metric: 'blind_percent',
      unit: 'percent',
      value: blindPercent,
      limit: view.threshold('warningPercent'),
      context: { blindPercent, digestsLost, totalCalls },
      workload: totalCalls,
    })
    return worthSaying([finding], view.tracked)
  },
}
