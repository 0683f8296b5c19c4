/** When an issue nothing could be said of is thought about again: baselines grow, plans are logged, rights are granted. */
import { decidedIn } from '../../core/decided-in.ts'
import type { Analysis } from '../../core/nouns.ts'
import { toMs, type UtcTime } from '../../core/time.ts'

/** The first pause, ms; each further one is twice as long as the one before. */
const FIRST_PAUSE_MS = 300_000
/** Analyses of one issue at most: the last comes about five hours after the first. */
export const MOST_ANALYSES = 7

/** An earlier analysis, as far as this rule reads it. */
export type Earlier = Pick<
  Analysis,
  'analysedAt' | 'analysisStatus' | 'rootCauseCode' | 'competingHypotheses'
>

/**
 * Whether it is time again, by the analyses so far, newest first. One that found its trouble decided elsewhere, in an issue
 * that was not open yet, is taken up as soon as one has opened beside it: at `openedBeside`, the newest; null for none.
 */
export function isTimeToRethink(
  analyses: readonly Earlier[],
  now: UtcTime,
  openedBeside: UtcTime | null,
): boolean {
  const [newest] = analyses
  if (newest === undefined || analyses.length >= MOST_ANALYSES) return false
  if (openedBeside !== null && openedBeside > newest.analysedAt && decidedIn(newest) === null) return true
  return toMs(now) - toMs(newest.analysedAt) >= FIRST_PAUSE_MS * 2 ** (analyses.length - 1)
}
