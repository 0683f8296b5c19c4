/** Connections run out. Who holds them tells a leak (idle) from a pile-up (waiting). */
import type { Json } from '../../core/canonical.ts'
import { grade, type MysqlDetector, worthSaying } from './mysql-detector.ts'
import { serverFinding } from './server-finding.ts'

export const connectionExhaustion: MysqlDetector = {
  id: 'mysql/connection-exhaustion',
  version: 1,
  engine: 'mysql',
  title: 'Connections run out',
  category: 'CONNECTION_EXHAUSTION',
  source: 'ENGINE_STATUS',
  needs: ['process'],
  reads: ['connections'],
  everyMs: 5_000,
  thresholds: {
    warningPercent: { value: 80, unit: 'percent', why: 'the last fifth goes quickly once a pool grows' },
    criticalPercent: { value: 95, unit: 'percent', why: 'the next pool refill is refused' },
  },
  async detect(view) {
    const reading = await view.read('connections')
    if (!reading.known || reading.value.maxConnections <= 0) return []
    const use = reading.value
    const percent = (100 * use.threadsConnected) / use.maxConnections
    const finding = serverFinding({
      key: 'connections',
      name: 'connections',
      severity: grade(
        percent > view.threshold('criticalPercent') || use.refused > 0,
        percent > view.threshold('warningPercent'),
      ),
      metric: 'connections_used_percent',
      unit: 'percent',
      value: percent,
      limit: view.threshold('warningPercent'),
      context: {
        maxConnections: use.maxConnections,
        threadsConnected: use.threadsConnected,
        threadsRunning: use.threadsRunning,
        refused: use.refused,
        counts: use.counts.slice(0, 20) as unknown as Json,
      },
    })
    return worthSaying([finding], view.tracked)
  },
}
