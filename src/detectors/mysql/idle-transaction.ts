/** M6: a transaction that stays open: idle, or very old, or in others' way. */
import type { Finding } from '../../core/detector.ts'
import type { Activity, Transaction } from '../../engines/mysql/shapes.ts'
import { grade, type MysqlDetector, type MysqlView } from './mysql-detector.ts'

export const idleTransaction: MysqlDetector = {
  id: 'mysql/idle-transaction',
  version: 1,
  engine: 'mysql',
  title: 'A transaction stays open',
  category: 'LOCK_CONTENTION',
  source: 'ENGINE_STATUS',
  needs: ['process'],
  reads: ['activity'],
  everyMs: 5_000,
  thresholds: {
    idleSeconds: {
      value: 30,
      unit: 's',
      why: 'no application needs half a minute of thought inside a transaction',
    },
    ageSeconds: { value: 300, unit: 's', why: 'older snapshots hold back purge' },
    criticalAgeSeconds: { value: 3600, unit: 's', why: 'an hour of undo history has to be kept for it' },
  },
  async detect(view) {
    const reading = await view.read('activity')
    if (!reading.known) return []
    const found = reading.value.transactions.flatMap((t) => judge(view, t, reading.value))
    return [...found, ...gone(view, found)]
  },
}

function judge(view: MysqlView, t: Transaction, activity: Activity): Finding[] {
  const session = activity.sessions.find((s) => s.connectionId === t.connectionId)
  if (session === undefined || session.kind !== 'client') return []
  const idle = t.idleSeconds ?? 0
  const blocks =
    activity.lockWaits.some((w) => w.blocker === t.connectionId) ||
    activity.metadataWaits.some((w) => w.blockers?.includes(t.connectionId) === true)
  const warning = idle > view.threshold('idleSeconds') || t.ageSeconds > view.threshold('ageSeconds')
  const severity = grade((warning && blocks) || t.ageSeconds > view.threshold('criticalAgeSeconds'), warning)
  const key = `transaction|${session.user}|${t.connectionId}|${t.startedAt}`
  if (severity === null && !view.tracked.has(key)) return []
  return [
    {
      resourceType: 'transaction',
      resourceName: `transaction of ${session.user} on connection ${t.connectionId}`,
      resourceKey: key,
      severity,
      metricName: t.idleSeconds === null ? 'age_seconds' : 'idle_seconds',
      metricUnit: 's',
      metricValue: t.idleSeconds ?? t.ageSeconds,
      limit: t.idleSeconds === null ? view.threshold('ageSeconds') : view.threshold('idleSeconds'),
      workload: 1,
      opensAtOnce: false,
      context: {
        connectionId: t.connectionId,
        user: session.user,
        blocks,
        ageSeconds: t.ageSeconds,
        rowsLocked: t.rowsLocked,
        rowsModified: t.rowsModified,
      },
    },
  ]
}

/** Followed transactions that have ended. */
function gone(view: MysqlView, found: readonly Finding[]): Finding[] {
  const seen = new Set(found.map((f) => f.resourceKey))
  return [...view.tracked]
    .filter((key) => key.startsWith('transaction|') && !seen.has(key))
    .map((key) => ({
      resourceType: 'transaction',
      resourceName: `ended transaction of ${key.split('|')[1] ?? ''}`,
      resourceKey: key,
      severity: null,
      metricName: 'idle_seconds',
      metricUnit: 's',
      metricValue: 0,
      limit: view.threshold('idleSeconds'),
      workload: 1,
      opensAtOnce: false,
      context: {},
    }))
}
