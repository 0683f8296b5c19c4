/** Takes values out of a written text and puts placeholders in, as edits of the file: in literals, templates and sums of both. */
import type { SourceSpan } from '../../rules/index.ts'
import type { Edit } from './edits.ts'
import type { Refused } from './refused.ts'
import type { JoinedText, WrittenChars, WrittenPart } from './written-text.ts'

/** A range of the joined text that becomes `text`. */
export interface Cut {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** A written text and the file it is in. */
export interface TextInFile {
  readonly parts: readonly WrittenPart[]
  readonly whole: JoinedText
  readonly source: string
}

const UNSURE: Refused = {
  refused: 'the text is written in a way no edit is sure of (an escape or a comment in it)',
}

/** The edits that make the cuts; cuts are in order and do not overlap. */
export function cutOut(text: TextInFile, cuts: readonly Cut[]): readonly Edit[] | Refused {
  const edits: Edit[] = []
  for (const cut of cuts) {
    const first = partBefore(text, cut.start)
    const chars = first === null ? undefined : text.parts[first]
    if (first === null || chars?.kind !== 'chars' || chars.offsets === null) return UNSURE
    const at = chars.offsets[cut.start - startOf(text, first)]
    const gone = removals(text, cut)
    if (at === undefined || gone === null) return UNSURE
    edits.push({ start: at, end: at, text: cut.text }, ...gone, ...joinedUp(text, first, cut))
  }
  return edits
}

const startOf = ({ whole }: TextInFile, index: number): number => whole.starts[index] ?? whole.text.length

/** What to take out of the file for a cut; null if one part of it is not sure. */
function removals(text: TextInFile, cut: Cut): readonly Edit[] | null {
  const edits: Edit[] = []
  for (const [index, part] of text.parts.entries()) {
    const start = startOf(text, index)
    if (startOf(text, index + 1) <= cut.start || start >= cut.end) continue
    const gone = removal(part, { start: Math.max(0, cut.start - start), end: cut.end - start })
    if (gone === null) return null
    edits.push({ ...gone, text: '' })
  }
  return edits
}

/** The part of characters that holds the offset or ends at it. */
function partBefore(text: TextInFile, offset: number): number | null {
  for (let index = text.parts.length - 1; index >= 0; index--) {
    const start = startOf(text, index)
    const part = text.parts[index]
    if (part?.kind === 'chars' && start <= offset) return offset <= start + part.text.length ? index : null
  }
  return null
}

/** What to take out of the file for a range of a part; the whole operand where nothing of it would be left. */
function removal(part: WrittenPart, range: SourceSpan): SourceSpan | null {
  if (part.kind === 'known') return null
  if (part.kind === 'hole') return part.region
  const { text, offsets, lead } = part
  if (range.start === 0 && range.end >= text.length && lead !== null) return lead
  const start = offsets?.[range.start]
  const end = offsets?.[Math.min(range.end, text.length)]
  return start === undefined || end === undefined ? null : { start, end }
}

/**
 * Where a value stood between two literals of one line in the same quotes, they become one. `first` is the part the placeholder
 * is put into.
 */
function joinedUp(text: TextInFile, first: number, cut: Cut): readonly Edit[] {
  const { parts, source } = text
  const left = parts[first] as WrittenChars
  const next = parts.findIndex((_, index) => index > first && startOf(text, index + 1) > cut.end)
  const right = parts[next]
  if (right?.kind !== 'chars' || !isSum(left, parts.slice(first + 1, next), right)) return []
  const { offsets, lead } = right
  const from = left.offsets?.at(-1)
  if (from === undefined || offsets === null || lead === null) return []
  const start = offsets[Math.max(0, cut.end - startOf(text, next))] ?? from
  const plus = source.slice(lead.start, (offsets[0] ?? from) - 1)
  const isOnOneLine = /^ *\+ *$/.test(plus) && !source.slice(from, start).includes('\n')
  return isOnOneLine ? [{ start: from, end: start, text: '' }] : []
}

/** `'…' + x + '…'`: literals in the same quotes, with only operands of the same sum between. */
const isSum = (left: WrittenChars, between: readonly WrittenPart[], right: WrittenChars): boolean =>
  left.mark !== '`' &&
  right.mark === left.mark &&
  between.every((each) => (each.kind === 'hole' ? !each.inTemplate : each.kind === 'chars'))
