/**
 * Whether all statements got slower together: then no one statement is at fault, and naming each would be a page of
 * issues about a machine that is short of processors, or a disk that is.
 */
import type { StatementWindow } from '../../engines/mysql/shapes.ts'
import { baselineOf } from './baseline.ts'
import type { MemoryTable } from './memory-table.ts'
import { statementKey } from './statement-load.ts'

/** Learned classes that must be there before they are spoken of together. */
const FEWEST_CLASSES = 5

/** How the classes of a window compare with what is usual for each. */
export interface GeneralSlowdown {
  /** Median over the learned classes of mean time by usual mean time; 1 where there are too few. */
  readonly factor: number
  readonly classes: number
}

/** Compares a window's classes with their baselines, of at least `learning` windows. */
export function generalSlowdown(
  window: StatementWindow,
  baselines: MemoryTable,
  learning: number,
): GeneralSlowdown {
  const factors = window.statements
    .filter((s) => !s.partial && s.calls > 0)
    .flatMap((s) => {
      const before = baselineOf(baselines.get(statementKey(s)))
      if (before === null || before.windows < learning || before.mean <= 0) return []
      return [s.totalMs / s.calls / before.mean]
    })
    .sort((a, b) => a - b)
  if (factors.length < FEWEST_CLASSES) return { factor: 1, classes: factors.length }
  const middle = factors.length >> 1
  const upper = factors[middle] ?? 1
  const lower = factors.length % 2 === 1 ? upper : (factors[middle - 1] ?? 1)
  return { factor: (upper + lower) / 2, classes: factors.length }
}
