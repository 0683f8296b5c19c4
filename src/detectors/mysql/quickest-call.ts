/**
 * What a call of a statement class cost at its quickest while it read about as many rows as now. A machine that is short of
 * processors holds up most what needs them longest: a class then looks as if it read more than is counted, and reads what
 * it always read.
 */
import type { StatementDelta, StatementWindow } from '../../engines/mysql/shapes.ts'
import { putRow, readTable, writeTable } from './memory-table.ts'
import type { MysqlView } from './mysql-detector.ts'
import { statementKey } from './statement-load.ts'

/** Rows a call that are no more than this many times, and no less than this part of, those of before are as many. */
const AS_MANY = 2
/**
 * By what the quickest window is raised with each further window, so that what grows dearer for good is believed: at windows
 * of 10 s it doubles in four hours.
 */
const FORGETTING = 1.0005

/** Mean time of a call in the class's quickest window at as many rows, ms; null for a class that is not watched. */
export type QuickestCall = (s: StatementDelta) => number | null

/**
 * Learns the window and remembers it, under `quickest` in the detector's memory, for the classes that `isWatched` picks.
 * Detectors that have to agree about a class each learn by themselves: they see the same windows.
 */
export function quickestCalls(
  view: MysqlView,
  window: StatementWindow,
  isWatched: (s: StatementDelta) => boolean,
): QuickestCall {
  const table = readTable(view, 'quickest')
  const quickest = new Map<string, number>()
  for (const s of window.statements) {
    if (s.partial || s.calls === 0 || !isWatched(s)) continue
    const key = statementKey(s)
    const [rows, meanMs] = [s.rowsExamined / s.calls, s.totalMs / s.calls]
    const [rowsBefore = 0, msBefore = meanMs] = table.get(key) ?? []
    const asMany = rows <= rowsBefore * AS_MANY && rows * AS_MANY >= rowsBefore
    const ms = asMany ? Math.min(msBefore * FORGETTING, meanMs) : meanMs
    putRow(table, key, [rows, ms])
    quickest.set(key, ms)
  }
  writeTable(view, 'quickest', table)
  return (s) => quickest.get(statementKey(s)) ?? null
}
