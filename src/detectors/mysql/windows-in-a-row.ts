/** Counts windows in a row in which something held: one window is no lasting condition. */
import type { MysqlView } from './mysql-detector.ts'

/** How many windows up to this one it has held without a break; 0 if it does not hold now. */
export function windowsInARow(view: MysqlView, name: string, holds: boolean): number {
  const before = view.memory.get(`row:${name}`)
  const now = holds ? (typeof before === 'number' ? before : 0) + 1 : 0
  view.memory.set(`row:${name}`, now)
  return now
}
