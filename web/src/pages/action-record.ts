/** The track record of an action in one line. */
import type { CatalogueItem } from '../../../src/server/api-types.ts'
import { wordsOf } from '../parts/words.ts'

type ActionRecord = CatalogueItem['record']

/** A percentage as people read it; a gain has its sign. */
export const gainText = (percent: number): string => `${percent > 0 ? '+' : ''}${percent.toFixed(1)} %`

/** `12 runs, 9 improved, median +41.0 %`. */
export function recordText({ runs, verdicts, medianImprovementPercent }: ActionRecord): string {
  if (runs === 0) return 'never ran here'
  const improved = verdicts.find((each) => each.key === 'improved')?.count ?? 0
  const median = medianImprovementPercent === null ? '' : `, median ${gainText(medianImprovementPercent)}`
  return `${runs.toLocaleString()} ${runs === 1 ? 'run' : 'runs'}, ${improved.toLocaleString()} improved${median}`
}

/** Counts by their words: `9 improved, 1 no effect`. */
export function countsText(counts: readonly { readonly key: string; readonly count: number }[]): string {
  if (counts.length === 0) return 'none'
  return counts.map(({ key, count }) => `${count.toLocaleString()} ${wordsOf(key).toLowerCase()}`).join(', ')
}
