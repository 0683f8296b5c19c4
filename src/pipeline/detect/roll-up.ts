/**
 * Rolls the windows that go on record up into ten minutes by the clock. A rolled window is ready when the first window
 * of the next ten minutes comes; what was not ready when the process died is not rolled up, and its fine windows stay.
 */
import type { SeriesWindow } from '../../core/engine.ts'
import { ROLL_MS, rolledKind } from '../../core/rolled-series.ts'
import { toMs } from '../../core/time.ts'
import { isReplication, merged, nameOf } from './series-fold.ts'

/** What to write with the windows, and what is being summed up if the write succeeds. */
export interface Rolled {
  readonly ready: readonly SeriesWindow[]
  readonly pending: ReadonlyMap<string, SeriesWindow>
}

const slotOf = (window: SeriesWindow): number => Math.floor(toMs(window.windowEnd) / ROLL_MS)

const isRolled = (window: SeriesWindow): boolean =>
  rolledKind(window.seriesKind) !== null && !isReplication(window)

const asRolled = (window: SeriesWindow): SeriesWindow => ({
  ...window,
  seriesKind: rolledKind(window.seriesKind) ?? window.seriesKind,
})

/** `written`: windows as they go on record, oldest first within a series. */
export function rollUp(held: ReadonlyMap<string, SeriesWindow>, written: readonly SeriesWindow[]): Rolled {
  const pending = new Map(held)
  const ready: SeriesWindow[] = []
  for (const window of written.filter(isRolled)) {
    const name = nameOf(window)
    const before = pending.get(name)
    const goesOn = before !== undefined && slotOf(before) === slotOf(window)
    if (before !== undefined && !goesOn) ready.push(asRolled(before))
    pending.set(name, goesOn ? merged(before, window) : window)
  }
  // A class that is not called any more is rolled up with the others.
  const newest = Math.max(...written.map(slotOf))
  for (const [name, window] of pending) {
    if (slotOf(window) >= newest) continue
    ready.push(asRolled(window))
    pending.delete(name)
  }
  return { ready, pending }
}
