/** Changes of one file as a unified diff, as `git apply` and `patch -p1` read it (POSIX diff -u, with git’s names). */
import { applyEdits, type Edit } from './edits.ts'

/** Unchanged lines shown around a change. */
const CONTEXT = 3

/** Whole lines that become others; `from` and `to` count lines of the text before, `to` exclusive. */
interface Change {
  readonly from: number
  readonly to: number
  readonly lines: readonly string[]
}

/** The diff of changes in order; '' if there are none. `file` is relative to the folder the diff is applied in. */
export function unifiedDiff(file: string, text: string, edits: readonly Edit[]): string {
  const lines = linesOf(text)
  const changes = changedLines(text, lines, edits)
  if (changes.length === 0) return ''
  const out = [`--- ${nameOf('a', file)}\n`, `+++ ${nameOf('b', file)}\n`]
  let shift = 0
  for (const group of grouped(changes)) {
    const { text: hunk, growth } = hunkOf(lines, group, shift)
    out.push(hunk)
    shift += growth
  }
  return out.join('')
}

/** Lines with their line feeds; the last may have none. A carriage return is part of the line. */
const linesOf = (text: string): readonly string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? []

function changedLines(text: string, lines: readonly string[], edits: readonly Edit[]): readonly Change[] {
  const starts = [0]
  for (const line of lines) starts.push((starts.at(-1) ?? 0) + line.length)
  const lineAt = (offset: number): number => {
    let at = 0
    while (at + 1 < lines.length && (starts[at + 1] ?? 0) <= offset) at++
    return at
  }
  const groups: { from: number; to: number; edits: Edit[] }[] = []
  for (const edit of edits) {
    const from = lineAt(edit.start)
    const to = Math.max(from, lineAt(edit.end)) + 1
    const last = groups.at(-1)
    if (last !== undefined && from <= last.to) {
      last.to = Math.max(last.to, to)
      last.edits.push(edit)
    } else groups.push({ from, to, edits: [edit] })
  }
  return groups.map(({ from, to, edits: own }) => {
    const start = starts[from] ?? 0
    const moved = own.map((each) => ({ ...each, start: each.start - start, end: each.end - start }))
    return { from, to, lines: linesOf(applyEdits(text.slice(start, starts[to]), moved)) }
  })
}

/** Changes whose surroundings meet share a hunk. */
function grouped(changes: readonly Change[]): readonly (readonly Change[])[] {
  const groups: Change[][] = []
  for (const change of changes) {
    const last = groups.at(-1)?.at(-1)
    if (last !== undefined && change.from - last.to <= 2 * CONTEXT) groups.at(-1)?.push(change)
    else groups.push([change])
  }
  return groups
}

function hunkOf(
  lines: readonly string[],
  group: readonly Change[],
  shift: number,
): { readonly text: string; readonly growth: number } {
  const from = Math.max(0, (group[0]?.from ?? 0) - CONTEXT)
  const to = Math.min(lines.length, (group.at(-1)?.to ?? 0) + CONTEXT)
  const body: string[] = []
  let at = from
  for (const change of group) {
    body.push(...lines.slice(at, change.from).map((line) => marked(' ', line)))
    body.push(...lines.slice(change.from, change.to).map((line) => marked('-', line)))
    body.push(...change.lines.map((line) => marked('+', line)))
    at = change.to
  }
  body.push(...lines.slice(at, to).map((line) => marked(' ', line)))
  const growth = group.reduce((sum, each) => sum + each.lines.length - (each.to - each.from), 0)
  const head = `@@ -${rangeOf(from, to - from)} +${rangeOf(from + shift, to - from + growth)} @@\n`
  return { text: head + body.join(''), growth }
}

/** First line from 1 and number of lines; a count of one is left out. */
const rangeOf = (from: number, count: number): string =>
  count === 1 ? `${from + 1}` : `${count === 0 ? from : from + 1},${count}`

const marked = (mark: string, line: string): string =>
  line.endsWith('\n') ? mark + line : `${mark}${line}\n\\ No newline at end of file\n`

/** `a/src/x.ts`; quoted as git does where a character would end the name, and with a tab after a name with spaces. */
function nameOf(side: 'a' | 'b', file: string): string {
  const name = `${side}/${file}`
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a name in a diff cannot hold
  if (/["\\\u0000-\u001f\u007f]/.test(name)) return quotedName(name)
  return name.includes(' ') ? `${name}\t` : name
}

const quotedName = (name: string): string =>
  `"${[...Buffer.from(name)]
    .map((byte) =>
      byte === 34 || byte === 92
        ? `\\${String.fromCharCode(byte)}`
        : byte < 32 || byte > 126
          ? `\\${byte.toString(8).padStart(3, '0')}`
          : String.fromCharCode(byte),
    )
    .join('')}"`
