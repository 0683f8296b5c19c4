/** M7: undo history grows because something keeps an old snapshot. */
import { grade, type MysqlDetector, worthSaying } from './mysql-detector.ts'
import { serverFinding } from './server-finding.ts'

export const purgeLag: MysqlDetector = {
  id: 'mysql/purge-lag',
  version: 1,
  engine: 'mysql',
  title: 'Purge falls behind',
  category: 'STORAGE',
  source: 'ENGINE_STATUS',
  needs: ['process'],
  reads: ['status'],
  everyMs: 10_000,
  thresholds: {
    warning: { value: 100_000, unit: 'records', why: 'a busy healthy server stays in the thousands' },
    critical: { value: 1_000_000, unit: 'records', why: 'every read of a hot row walks this history' },
  },
  async detect(view) {
    const reading = await view.read('status')
    if (!reading.known) return []
    const length = reading.value.values.innodb_history_list_length
    if (length === undefined) return []
    const before = view.memory.get('length')
    const rising = typeof before !== 'number' || length >= before
    view.memory.set('length', length)
    const finding = serverFinding({
      key: 'purge-lag',
      name: 'undo history',
      severity: grade(length > view.threshold('critical'), length > view.threshold('warning') && rising),
      metric: 'history_list_length',
      unit: 'records',
      value: length,
      limit: view.threshold('warning'),
      context: { rising },
    })
    return worthSaying([finding], view.tracked)
  },
}
