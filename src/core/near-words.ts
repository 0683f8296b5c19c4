/** Which of the known words somebody may have meant. */

/** Edits beyond this make another word, however long it is. */
const EDITS_MOST = 3

/**
 * The known words nearest to one that is not known, the nearest first, at most `most`: by edit distance (Levenshtein 1966; two
 * neighbours that changed places count as one edit, Damerau 1964), without regard to case and underscores. Near is at most one edit in four
 * letters, and three in all; names that differ by more are other names.
 */
export function nearWords(word: string, known: readonly string[], most: number): readonly string[] {
  const wanted = folded(word)
  const limit = Math.min(EDITS_MOST, Math.max(1, Math.floor(wanted.length / 4)))
  return known
    .map((each) => ({ each, edits: edits(wanted, folded(each), limit) }))
    .filter(({ edits: count }) => count <= limit)
    .toSorted((a, b) => a.edits - b.edits || (a.each < b.each ? -1 : 1))
    .slice(0, most)
    .map(({ each }) => each)
}

const folded = (word: string): string => word.toLowerCase().replaceAll('_', '')

/** Edits between two words; more than `limit` is only known to be more. */
function edits(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1
  let before: readonly number[] = []
  let row: readonly number[] = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1)
      next.push(cell({ a, b, i, j, row, before, left: next[j - 1] ?? 0 }))
    before = row
    row = next
    if (Math.min(...row) > limit) return limit + 1
  }
  return row[b.length] ?? 0
}

interface Cell {
  readonly a: string
  readonly b: string
  readonly i: number
  readonly j: number
  readonly row: readonly number[]
  readonly before: readonly number[]
  readonly left: number
}

function cell({ a, b, i, j, row, before, left }: Cell): number {
  const isSame = a[i - 1] === b[j - 1]
  const least = Math.min((row[j] ?? 0) + 1, left + 1, (row[j - 1] ?? 0) + (isSame ? 0 : 1))
  const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
  return swapped ? Math.min(least, (before[j - 2] ?? 0) + 1) : least
}
