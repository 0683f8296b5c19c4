/** When an issue nothing could be said of is thought about again: baselines grow, plans are logged, rights are granted. */
import type { Analysis } from '../../core/nouns.ts'
import { toMs, type UtcTime } from '../../core/time.ts'

/** The first pause, ms; each further one is twice as long as the one before. */
const FIRST_PAUSE_MS = 300_000
/** Analyses of one issue at most: the last comes about five hours after the first. */
export const MOST_ANALYSES = 7

/** Whether it is time again, by the analyses so far, newest first. */
export function isTimeToRethink(analyses: readonly Pick<Analysis, 'analysedAt'>[], now: UtcTime): boolean {
  const [newest] = analyses
  if (newest === undefined || analyses.length >= MOST_ANALYSES) return false
  return toMs(now) - toMs(newest.analysedAt) >= FIRST_PAUSE_MS * 2 ** (analyses.length - 1)
}
