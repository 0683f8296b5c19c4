/** Where an issue that names no root cause of its own, or one that another issue's proposal ends, is decided. */
import type { Analysis } from './nouns.ts'

/**
 * The number of the issue that decides what is behind this analysis, or carries the proposal that ends it; null while there
 * is none, though it is not decided here; undefined where it is.
 */
export function decidedIn(
  analysis: Pick<Analysis, 'analysisStatus' | 'rootCauseCode' | 'competingHypotheses'>,
): number | null | undefined {
  const { analysisStatus, rootCauseCode, competingHypotheses } = analysis
  if (analysisStatus === 'COMPLETED')
    return competingHypotheses.find((h) => h.lostBecause === null)?.decidedIn
  if (analysisStatus !== 'ABSTAINED' || rootCauseCode !== 'UNKNOWN') return undefined
  const elsewhere = competingHypotheses.flatMap((h) => (h.decidedIn === undefined ? [] : [h.decidedIn]))
  return elsewhere.length === 0 ? undefined : (elsewhere.find((id) => id !== null) ?? null)
}
