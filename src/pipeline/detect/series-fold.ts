/**
 * Folds the windows of series while a target is calm: several become one that holds their sums, so that a day of
 * nothing is a third of the rows. It decides nothing; when to fold is the watch's to say.
 */
import type { SeriesWindow } from '../../core/engine.ts'
import { toMs } from '../../core/time.ts'

/** What to write now and what is held back, if the write succeeds. */
export interface Folded {
  readonly ready: readonly SeriesWindow[]
  readonly pending: ReadonlyMap<string, SeriesWindow>
}

/**
 * A fold is due a little early, so that three windows of 10 s with their jitter make one of 30 s and not four one of
 * 40 s: bins of that length would else stay empty.
 */
const NEARLY = 0.9

/** Newest lag is read as it stands, and a channel that stands still has none: its readings cannot be summed up. */
export const isReplication = ({ seriesKind, seriesKey }: SeriesWindow): boolean =>
  seriesKind === 'server' && seriesKey === 'replication'

/** Windows that are never folded: a plan's are rare and named by it. */
const isWhole = (window: SeriesWindow): boolean => window.seriesKind === 'plan' || isReplication(window)

/** Name of a series within one life of a server. */
export const nameOf = (window: SeriesWindow): string =>
  `${window.seriesKind}|${window.seriesKey}|${window.epoch}`

/** How far to fold, and what is not to wait. */
export interface FoldRule {
  /** Length of a fold, ms; 0: nothing is held back. */
  readonly spanMs: number
  /** Whether nothing of its series is on record yet. Such a window is ready at once: a new target shows its figures. */
  readonly isFirst: (window: SeriesWindow) => boolean
}

/**
 * `fresh` windows together with those held back. With `spanMs` 0 nothing is held back: what was comes first, then
 * each fresh window as it is. Else the first window of a series is ready as it is, and after it a series when its
 * fold spans `spanMs`, or the newest window is that far on.
 */
export function fold(
  held: ReadonlyMap<string, SeriesWindow>,
  fresh: readonly SeriesWindow[],
  { spanMs, isFirst }: FoldRule,
): Folded {
  if (spanMs <= 0) return { ready: [...held.values(), ...fresh], pending: new Map() }
  const pending = new Map(held)
  const ready: SeriesWindow[] = []
  for (const window of fresh) {
    const before = pending.get(nameOf(window))
    if (before !== undefined) pending.set(nameOf(window), merged(before, window))
    else if (isWhole(window) || isFirst(window)) ready.push(window)
    else pending.set(nameOf(window), window)
  }
  const newest = Math.max(...fresh.map((window) => toMs(window.windowEnd)))
  for (const [name, window] of pending) {
    if (newest - toMs(window.windowStart) < spanMs * NEARLY) continue
    ready.push(window)
    pending.delete(name)
  }
  return { ready, pending }
}

/** Of an earlier and a later window. Calls, time and measures are sums over both; a gauge's sum over its readings, which `calls` counts. */
export function merged(a: SeriesWindow, b: SeriesWindow): SeriesWindow {
  const measures: Record<string, number> = { ...a.measures }
  for (const [name, value] of Object.entries(b.measures)) measures[name] = (measures[name] ?? 0) + value
  return {
    ...b,
    windowStart: a.windowStart,
    calls: a.calls + b.calls,
    totalMs: a.totalMs + b.totalMs,
    measures,
  }
}
