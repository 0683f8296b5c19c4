/** Changes of a text by offsets. Everything outside of them stays as it is, byte for byte. */

/** Replaces the characters from `start` up to `end` (UTF-16 offsets of the text before) by `text`. */
export interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** The same changes in order, with those that touch made one; null if a text would be put where another change takes one out. */
export function inOrder(edits: readonly Edit[]): readonly Edit[] | null {
  const sorted = [...edits].sort((a, b) => a.start - b.start || a.end - b.end)
  const ordered: Edit[] = []
  for (const edit of sorted) {
    const before = ordered.at(-1)
    if (before === undefined || before.end < edit.start) ordered.push(edit)
    else if (before.end > edit.start && edit.text !== '') return null
    else
      ordered[ordered.length - 1] = {
        start: before.start,
        end: Math.max(before.end, edit.end),
        text: before.text + edit.text,
      }
  }
  return ordered
}

/** The text with changes that {@link inOrder} has put in order. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = ''
  let from = 0
  for (const edit of edits) {
    result += text.slice(from, edit.start) + edit.text
    from = edit.end
  }
  return result + text.slice(from)
}
