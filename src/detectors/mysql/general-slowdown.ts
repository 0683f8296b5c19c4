/**
 * What the statement classes of a server have in common: whether all got slower together, and how unsteady they are just
 * now. Then no one statement is at fault, and naming each would be a page of issues about a machine that is short of
 * processors, or a disk that is.
 */
import { median } from '../../core/median.ts'
import { toMs } from '../../core/time.ts'
import type { StatementWindow } from '../../engines/mysql/shapes.ts'
import { baselineOf } from './baseline.ts'
import { type MemoryTable, putRow } from './memory-table.ts'
import { statementKey } from './statement-load.ts'

/** Learned classes that must be there before they are spoken of together. */
const FEWEST_CLASSES = 5
/** Windows of a class, this one included, out of which its present level is told. */
export const LEVEL_WINDOWS = 5
/** Windows in which a class may not have been called before its earlier ones say nothing of its level any more. */
const FORGOTTEN_AFTER = 10
/** Calls of a window below which its mean is that of its few calls, and tells nothing of what holds calls up. */
const FEWEST_CALLS = 5
/** Other classes that must stray, so that one with two kinds of calls is no shortage. */
const FEWEST_STRAYING = 3
/** Share of the windows that may be further from their class's level than what is given as scatter. */
const OUTLYING_SHARE = 0.05

/** How the learned classes of a window fare together. All figures are multiples, none has a unit. */
export interface CommonCourse {
  /** Median over the learned classes of mean time by usual mean time; 1 where there are too few. */
  readonly factor: number
  readonly classes: number
  /** What one class takes now by what it usually takes: the median of its latest windows; null while it is being learned. */
  levelOf(key: string): number | null
  /**
   * How far the latest windows of the *other* classes are above their own levels, in all but a twentieth: about 1.2 on a
   * steady server, 3 and more where single calls are held up at random. Of windows of five calls at least, and no more than
   * what at least three classes stray by; 1 where there are too few classes to tell.
   */
  scatterBeside(key: string): number
}

/**
 * Compares a window's classes with their baselines, of at least `learning` windows, and with their latest windows, which it
 * remembers in `latest`.
 */
export function commonCourse(
  window: StatementWindow,
  learnt: { readonly baselines: MemoryTable; readonly latest: MemoryTable },
  learning: number,
): CommonCourse {
  const levels = new Map<string, number>()
  const factors: number[] = []
  const points: Point[] = []
  const endMs = toMs(window.windowEnd)
  for (const s of window.statements.filter((one) => !one.partial && one.calls > 0)) {
    const key = statementKey(s)
    const before = baselineOf(learnt.baselines.get(key))
    if (before === null || before.windows < learning || before.mean <= 0) continue
    const factor = s.totalMs / s.calls / before.mean
    const [lastMs = Number.NEGATIVE_INFINITY, ...earlier] = learnt.latest.get(key) ?? []
    const isForgotten = endMs - lastMs > FORGOTTEN_AFTER * window.elapsedMs
    const own = [factor, ...(isForgotten ? [] : earlier)].slice(0, LEVEL_WINDOWS)
    putRow(learnt.latest, key, [endMs, ...own])
    const level = median(own)
    levels.set(key, level)
    factors.push(factor)
    if (s.calls >= FEWEST_CALLS)
      for (const one of own) points.push({ key, times: one / Math.max(level, Number.MIN_VALUE) })
  }
  const few = factors.length < FEWEST_CLASSES
  points.sort((a, b) => b.times - a.times)
  return {
    factor: few ? 1 : median(factors),
    classes: factors.length,
    levelOf: (key) => levels.get(key) ?? null,
    scatterBeside: (key) => (few ? 1 : outlying(points, key)),
  }
}

interface Point {
  readonly key: string
  readonly times: number
}

/** The figure a twentieth of the points of other classes are above, of three classes at least; points come largest first. */
function outlying(points: readonly Point[], key: string): number {
  const straying = new Set<string>()
  let left = Math.floor((points.length - LEVEL_WINDOWS) * OUTLYING_SHARE)
  for (const point of points) {
    if (point.key === key) continue
    straying.add(point.key)
    if (left <= 0 && straying.size >= FEWEST_STRAYING) return Math.max(1, point.times)
    left -= 1
  }
  return 1
}
