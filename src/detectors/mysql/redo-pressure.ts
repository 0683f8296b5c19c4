/** The redo log is too small or too slow for what is written. */
import type { StatusWindow } from '../../engines/mysql/shapes.ts'
import { grade, type MysqlDetector, mostOver, worthSaying } from './mysql-detector.ts'
import { serverFinding } from './server-finding.ts'
import { windowsInARow } from './windows-in-a-row.ts'

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
    logWaits: { value: 1, unit: 'waits', why: 'a large enough log buffer never makes a writer wait' },
    checkpointAgePercent: {
      value: 80,
      unit: 'percent',
      why: 'beyond it InnoDB flushes at the expense of everything else',
    },
    criticalWindows: {
      value: 3,
      unit: 'windows',
      why: 'one burst of writes may come near the limit and pass',
    },
  },
  async detect(view) {
    const reading = await view.read('status')
    if (!reading.known) return []
    const waits = reading.value.deltas['innodb_log_waits']
    if (waits === undefined) return []
    const percent = checkpointAgePercent(reading.value)
    const measure = mostOver(
      { metricName: 'log_waits', metricUnit: 'waits', metricValue: waits, limit: view.threshold('logWaits') },
      {
        metricName: 'checkpoint_age_percent',
        metricUnit: 'percent',
        metricValue: percent ?? 0,
        limit: view.threshold('checkpointAgePercent'),
      },
    )
    const aged = windowsInARow(view, 'aged', (percent ?? 0) > view.threshold('checkpointAgePercent'))
    const finding = serverFinding({
      key: 'redo-pressure',
      name: 'redo log',
      severity: grade(
        aged >= view.threshold('criticalWindows'),
        waits >= view.threshold('logWaits') || aged > 0,
      ),
      metric: measure.metricName,
      unit: measure.metricUnit,
      value: measure.metricValue,
      limit: measure.limit,
      context: { logWaits: waits, checkpointAgePercent: percent },
    })
    return worthSaying([finding], view.tracked)
  },
}

/** How much of the redo log's usable size is not yet checkpointed; null where the server does not say. */
function checkpointAgePercent({ values }: StatusWindow): number | null {
  const age = values['innodb_checkpoint_age']
  const most = values['innodb_checkpoint_max_age']
  return age === undefined || most === undefined || most <= 0 ? null : (100 * age) / most
}
