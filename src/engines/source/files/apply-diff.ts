/**
 * Applies a unified diff of one file to its text, as POSIX patch reads it but without its tolerance: every line it
 * names must stand exactly where it says. The bytes a person approved are the only thing it works from.
 */

const HUNK = /^@@ -(\d{1,7})(?:,(\d{1,7}))? \+(\d{1,7})(?:,(\d{1,7}))? @@\n$/
const NO_LINE_FEED = '\\ No newline at end of file\n'

/** Lines with their line feeds; the last may have none. */
const linesOf = (text: string): readonly string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? []

/** The text after the diff; null if the diff is none, or does not fit. `diff` begins with its two lines of names. */
export function applyDiff(text: string, diff: string): string | null {
  const lines = linesOf(diff)
  if (lines[0]?.startsWith('--- ') !== true || lines[1]?.startsWith('+++ ') !== true) return null
  const work: Work = { before: linesOf(text), after: [], at: 0 }
  let next = 2
  while (next < lines.length) {
    const end = hunk(work, lines, next)
    if (end === null) return null
    next = end
  }
  return next === 2 ? null : [...work.after, ...work.before.slice(work.at)].join('')
}

interface Work {
  readonly before: readonly string[]
  readonly after: string[]
  /** Lines of the text before that were dealt with. */
  at: number
}

/** Where the lines of a hunk begin and end, before and after; from 0, the ends exclusive. */
interface Range {
  readonly from: number
  readonly to: number
}

/** A range as a hunk's head writes it: first line from 1 and number of lines, one if it is left out. */
function rangeOf(first: string | undefined, count: string | undefined): Range {
  const lines = Number(count ?? 1)
  // A range of no lines names the line before it.
  const from = lines === 0 ? Number(first) : Number(first) - 1
  return { from, to: from + lines }
}

/** Applies the hunk that begins at a line of the diff. Gives where the next begins; null if it does not fit. */
function hunk(work: Work, lines: readonly string[], start: number): number | null {
  const head = HUNK.exec(lines[start] ?? '')
  if (head === null) return null
  const [before, after] = [rangeOf(head[1], head[2]), rangeOf(head[3], head[4])]
  if (before.from < work.at || before.from > work.before.length) return null
  work.after.push(...work.before.slice(work.at, before.from))
  work.at = before.from
  return work.after.length === after.from ? body(work, { lines, next: start + 1, before, after }) : null
}

interface Body {
  readonly lines: readonly string[]
  /** The line of the diff it begins at. */
  readonly next: number
  readonly before: Range
  readonly after: Range
}

/** Applies the lines of a hunk. Gives where the next begins; null if they do not fit. */
function body(work: Work, { lines, next: start, before, after }: Body): number | null {
  let next = start
  while (work.at < before.to || work.after.length < after.to) {
    const isBare = lines[next + 1] === NO_LINE_FEED
    if (!line(work, lines[next] ?? '', isBare)) return null
    next += isBare ? 2 : 1
  }
  return work.at === before.to && work.after.length === after.to ? next : null
}

/** Applies one line of a hunk; false if it is not what stands there. */
function line(work: Work, marked: string, isBare: boolean): boolean {
  const text = isBare ? marked.slice(1).replace(/\n$/, '') : marked.slice(1)
  const mark = marked[0]
  if (mark !== ' ' && mark !== '-' && mark !== '+') return false
  if (mark !== '+') {
    if (work.before[work.at] !== text) return false
    work.at += 1
  }
  if (mark !== '-') work.after.push(text)
  return true
}
