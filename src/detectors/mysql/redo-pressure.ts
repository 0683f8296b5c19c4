/** M15: the redo log is too small or too slow for what is written. */
import { grade, type MysqlDetector, worthSaying } from './mysql-detector.ts'
import { serverFinding } from './server-finding.ts'

export const redoPressure: MysqlDetector = {
  id: 'mysql/redo-pressure',
  version: 1,
  engine: 'mysql',
  title: 'Writers wait for the redo log',
  category: 'CONFIGURATION',
  source: 'ENGINE_STATUS',
  needs: [],
  reads: ['status'],
  everyMs: 10_000,
  thresholds: {
    logWaits: { value: 0, unit: 'waits', why: 'a large enough log buffer never makes a writer wait' },
    checkpointAgePercent: {
      value: 80,
      unit: 'percent',
      why: 'beyond it InnoDB flushes at the expense of everything else',
    },
  },
  async detect(view) {
    const reading = await view.read('status')
    if (!reading.known) return []
    const { deltas, values } = reading.value
    const waits = deltas.innodb_log_waits
    if (waits === undefined) return []
    const age = values.innodb_checkpoint_age
    const most = values.innodb_checkpoint_max_age
    const percent = age !== undefined && most !== undefined && most > 0 ? (100 * age) / most : null
    const critical = percent !== null && percent > view.threshold('checkpointAgePercent')
    const finding = serverFinding({
      key: 'redo-pressure',
      name: 'redo log',
      severity: grade(critical, waits > view.threshold('logWaits')),
      metric: 'log_waits',
      unit: 'waits',
      value: waits,
      limit: view.threshold('logWaits') + 1,
      context: { checkpointAgePercent: percent },
    })
    return worthSaying([finding], view.tracked)
  },
}
