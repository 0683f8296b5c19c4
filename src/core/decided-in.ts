/** Where an issue that names no root cause of its own is decided: in another one beside it. */
import type { Analysis } from './nouns.ts'

/**
 * The number of the issue that decides what is behind this analysis; null while there is none, though its own causes are
 * ruled out; undefined where it is decided here.
 */
export function decidedIn(
  analysis: Pick<Analysis, 'analysisStatus' | 'rootCauseCode' | 'competingHypotheses'>,
): number | null | undefined {
  if (analysis.analysisStatus !== 'ABSTAINED' || analysis.rootCauseCode !== 'UNKNOWN') return undefined
  const elsewhere = analysis.competingHypotheses.flatMap((h) =>
    h.decidedIn === undefined ? [] : [h.decidedIn],
  )
  return elsewhere.length === 0 ? undefined : (elsewhere.find((id) => id !== null) ?? null)
}
