/** Sessions wait for a metadata lock, usually behind a DDL that itself waits. */
import type { Finding } from '../../core/detector.ts'
import type { MetadataWait } from '../../engines/mysql/shapes.ts'
import { goneFindings, grade, type MysqlDetector, type MysqlView, worthSaying } from './mysql-detector.ts'

export const metadataLockWait: MysqlDetector = {
  id: 'mysql/metadata-lock-wait',
  version: 1,
  engine: 'mysql',
  title: 'Sessions wait for a metadata lock',
  category: 'LOCK_CONTENTION',
  source: 'ACTIVITY_SNAPSHOT',
  needs: ['process'],
  reads: ['activity'],
  everyMs: 5_000,
  thresholds: {
    warningSeconds: {
      value: 2,
      unit: 's',
      why: 'every statement on the table stands behind the first one waiting',
    },
    criticalSeconds: { value: 10, unit: 's', why: 'most applications give up near ten seconds' },
    criticalWaiters: {
      value: 5,
      unit: 'sessions',
      why: 'more than five sessions on one table is a standstill',
    },
  },
  async detect(view) {
    const reading = await view.read('activity')
    if (!reading.known) return []
    const byTable = Map.groupBy(reading.value.metadataWaits, (wait) =>
      wait.table === null ? 'unknown table' : `${wait.schema ?? ''}.${wait.table}`,
    )
    const found = [...byTable].map(([name, waits]) => judge(view, name, waits))
    const gone = goneFindings(view, found, {
      resourceType: 'table',
      metricName: 'longest_wait_seconds',
      metricUnit: 's',
      limit: view.threshold('warningSeconds'),
    })
    return worthSaying([...found, ...gone], view.tracked)
  },
}

function judge(view: MysqlView, name: string, waits: readonly MetadataWait[]): Finding {
  const longest = Math.max(0, ...waits.map((w) => w.waitSeconds))
  const blockers = [...new Set(waits.flatMap((w) => w.blockers ?? []))]
  return {
    resourceType: 'table',
    resourceName: name,
    resourceKey: `metadata|${name}`,
    severity: grade(
      longest > view.threshold('criticalSeconds') || waits.length > view.threshold('criticalWaiters'),
      longest > view.threshold('warningSeconds'),
    ),
    metricName: 'longest_wait_seconds',
    metricUnit: 's',
    metricValue: longest,
    limit: view.threshold('warningSeconds'),
    workload: 1,
    opensAtOnce: false,
    context: {
      waiters: waits.length,
      blockersKnown: waits.every((w) => w.blockers !== null),
      blockers: blockers.slice(0, 50),
      connections: waits.map((w) => w.waiter).slice(0, 50),
    },
  }
}
