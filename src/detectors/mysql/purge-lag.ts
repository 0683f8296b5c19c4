/** Undo history grows, mostly because something keeps an old snapshot; the oldest transaction is named. */
import type { Json } from '../../core/canonical.ts'
import { grade, type MysqlDetector, type MysqlView, worthSaying } from './mysql-detector.ts'
import { serverFinding } from './server-finding.ts'

export const purgeLag: MysqlDetector = {
  id: 'mysql/purge-lag',
  version: 1,
  engine: 'mysql',
  title: 'Purge falls behind',
  category: 'STORAGE',
  source: 'ENGINE_STATUS',
  needs: ['process'],
  reads: ['status', 'activity'],
  everyMs: 10_000,
  thresholds: {
    warning: { value: 100_000, unit: 'records', why: 'a busy healthy server stays in the thousands' },
    critical: { value: 1_000_000, unit: 'records', why: 'every read of a hot row walks this history' },
  },
  async detect(view) {
    const reading = await view.read('status')
    if (!reading.known) return []
    const length = reading.value.values['innodb_history_list_length']
    if (length === undefined) return []
    const before = view.memory.get('length')
    const rising = typeof before !== 'number' || length >= before
    view.memory.set('length', length)
    const severity = grade(length > view.threshold('critical'), length > view.threshold('warning') && rising)
    const finding = serverFinding({
      key: 'purge-lag',
      name: 'undo history',
      severity,
      metric: 'history_list_length',
      unit: 'records',
      value: length,
      limit: view.threshold('warning'),
      context: { length, rising, oldest: severity === null ? null : await oldestTransaction(view) },
    })
    return worthSaying([finding], view.tracked)
  },
}

/** Facts of the transaction with the oldest snapshot, whoever runs it; null if none is open or it is not known. */
async function oldestTransaction(view: MysqlView): Promise<Json> {
  const activity = await view.read('activity')
  if (!activity.known) return null
  const { transactions, sessions } = activity.value
  const oldest = [...transactions].sort((a, b) => b.ageSeconds - a.ageSeconds)[0]
  if (oldest === undefined) return null
  const session = sessions.find((s) => s.connectionId === oldest.connectionId)
  return {
    connectionId: oldest.connectionId,
    user: session?.user ?? null,
    kind: session?.kind ?? null,
    ageSeconds: oldest.ageSeconds,
    idleSeconds: oldest.idleSeconds,
    rowsModified: oldest.rowsModified,
  }
}
