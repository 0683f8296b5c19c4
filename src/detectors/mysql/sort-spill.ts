/** Sorts do not fit into the sort buffer and are merged from temporary files, by classes that take much of the time. */
import type { StatementDelta, StatementWindow } from '../../engines/mysql/shapes.ts'
import { grade, leastOver, type MysqlDetector, worthSaying } from './mysql-detector.ts'
import { serverFinding } from './server-finding.ts'

export const sortSpill: MysqlDetector = {
  id: 'mysql/sort-spill',
  version: 1,
  engine: 'mysql',
  title: 'Sorts spill to disk',
  category: 'MEMORY',
  source: 'PERFORMANCE_SCHEMA',
  needs: ['performance-schema', 'statement-digests'],
  reads: ['statements'],
  everyMs: 10_000,
  thresholds: {
    perSecond: { value: 1, unit: '1/s', why: 'rarer merges do not add up' },
    timeSharePercent: {
      value: 5,
      unit: 'percent',
      why: 'below a twentieth of the server’s time the statements that sort are not what hurts',
    },
    busyMsPerSecond: {
      value: 10,
      unit: 'ms/s',
      why: 'on a quiet server even a trifle is a large share; a hundredth of one session’s time hurts nobody',
    },
  },
  async detect(view) {
    const reading = await view.read('statements')
    if (!reading.known || reading.value.elapsedMs <= 0) return []
    const window = reading.value
    const sorters = window.statements.filter((s) => s.sortMergePasses > 0)
    const sum = (of: (s: StatementDelta) => number): number => sorters.reduce((all, s) => all + of(s), 0)
    const totalMs = sum((s) => s.totalMs)
    const measures = [
      {
        metricName: 'sort_merges_per_second',
        metricUnit: '1/s',
        metricValue: (1000 * sum((s) => s.sortMergePasses)) / window.elapsedMs,
        limit: view.threshold('perSecond'),
      },
      {
        metricName: 'sorting_time_share_percent',
        metricUnit: 'percent',
        metricValue: window.totalMs > 0 ? (100 * totalMs) / window.totalMs : 0,
        limit: view.threshold('timeSharePercent'),
      },
      {
        metricName: 'sorting_ms_per_second',
        metricUnit: 'ms/s',
        metricValue: (1000 * totalMs) / window.elapsedMs,
        limit: view.threshold('busyMsPerSecond'),
      },
    ] as const
    const [merges, ...others] = measures
    const spilling = measures.every((m) => m.metricValue > m.limit)
    const measure = spilling ? merges : leastOver(merges, ...others)
    const finding = serverFinding({
      key: 'sort-spill',
      name: 'sorts',
      severity: grade(false, spilling),
      metric: measure.metricName,
      unit: measure.metricUnit,
      value: measure.metricValue,
      limit: measure.limit,
      context: {
        perSecond: merges.metricValue,
        timeSharePercent: others[0].metricValue,
        ...worstSorter(window, sorters),
      },
    })
    return worthSaying([finding], view.tracked)
  },
}

/** The class that merged most, and its share of all merges. */
function worstSorter(window: StatementWindow, sorters: readonly StatementDelta[]) {
  const worst = sorters.toSorted((a, b) => b.sortMergePasses - a.sortMergePasses)[0] ?? null
  return {
    worstFingerprintId: worst?.fingerprintId ?? null,
    worstFingerprint: worst?.fingerprint ?? null,
    worstPassesPerCall: worst === null ? null : worst.sortMergePasses / worst.calls,
    classes: window.statements.length,
  }
}
