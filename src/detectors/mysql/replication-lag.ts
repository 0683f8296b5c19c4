/** A replica stopped or fell behind. A lag the server does not know counts as stopped. */
import type { Finding } from '../../core/detector.ts'
import type { ReplicationChannel } from '../../engines/mysql/shapes.ts'
import { goneFindings, grade, type MysqlDetector, type MysqlView, worthSaying } from './mysql-detector.ts'

export const replicationLag: MysqlDetector = {
  id: 'mysql/replication-lag',
  version: 1,
  engine: 'mysql',
  title: 'A replica is behind or stopped',
  category: 'REPLICATION',
  source: 'ENGINE_STATUS',
  needs: ['replication-status'],
  reads: ['replication'],
  everyMs: 10_000,
  thresholds: {
    warningSeconds: { value: 30, unit: 's', why: 'readers of the replica see data half a minute old' },
    criticalSeconds: { value: 300, unit: 's', why: 'a failover would lose or wait for five minutes' },
  },
  async detect(view) {
    const reading = await view.read('replication')
    if (!reading.known) return []
    const found = reading.value.channels.map((channel) => judge(view, channel))
    const gone = goneFindings(view, found, {
      resourceType: 'replica',
      metricName: 'lag_seconds',
      metricUnit: 's',
      limit: view.threshold('warningSeconds'),
    })
    return worthSaying([...found, ...gone], view.tracked)
  },
}

function judge(view: MysqlView, c: ReplicationChannel): Finding {
  const stopped = !c.receiverRunning || !c.applierRunning || c.lagSeconds === null
  const lag = c.lagSeconds ?? 0
  return {
    resourceType: 'replica',
    resourceName: c.channel === '' ? 'default channel' : `channel ${c.channel}`,
    resourceKey: `channel|${c.channel}`,
    severity: grade(
      stopped || lag > view.threshold('criticalSeconds'),
      lag > view.threshold('warningSeconds'),
    ),
    metricName: 'lag_seconds',
    metricUnit: 's',
    // A stopped replica falls behind by the second; the figure says at least how bad that is.
    metricValue: stopped ? Math.max(lag, view.threshold('criticalSeconds')) : lag,
    limit: view.threshold('warningSeconds'),
    workload: 1,
    opensAtOnce: false,
    context: {
      channel: c.channel,
      receiverRunning: c.receiverRunning,
      applierRunning: c.applierRunning,
      lagSeconds: c.lagSeconds,
      lastErrorNumber: c.lastErrorNumber,
    },
  }
}
