/**
 * The fixes of one file as one change: what the file becomes, how a person reads it, and how many findings are left
 * with it. The changed text is parsed and scanned before anybody is asked about it. Writes nothing.
 */
import { join, resolve } from 'node:path'
import { looksLikeCredential } from './credential-like.ts'
import { applyEdits, type CodeFix, type Edit, inOrder, isFixable, unifiedDiff } from './fix/index.ts'
import { scan } from './scan.ts'
import type { ScanResult } from './scan-result.ts'
import { smallTextOf } from './small-file.ts'
import { digestOf } from './source-files.ts'
import { parseFile } from './tree.ts'

/** The fixes of a file, together. */
export interface FileFixes {
  /** Relative to the scanned folder, with `/`. */
  readonly file: string
  /** Ids of its fixes. */
  readonly fixes: readonly string[]
  /** SHA-256 of the file without and with them, 64 hex digits. */
  readonly before: string
  readonly after: string
  /** Findings in it that a fix may mend, without and with them. */
  readonly found: number
  readonly remaining: number
}

/** A file's change with what a person reads of it. */
export interface FileChange extends FileFixes {
  /** Unified diffs: of the change, and of what takes it back. */
  readonly diff: string
  readonly undoDiff: string
}

/** Why there is no such change, in words. */
export interface NoChange {
  readonly because: string
}

/**
 * All fixes of a repository, file by file; files where a fix mends nothing in the end are left out.
 * @throws what `scan` throws
 */
export async function fixesByFile(folder: string): Promise<readonly FileFixes[]> {
  const result = await scan(folder)
  const made = [...Map.groupBy(result.fixes, (fix) => fix.file)].flatMap(([file, fixes]) => {
    const change = combined(result, file, fixes)
    return 'because' in change ? [] : [change]
  })
  const texts = new Map(made.map(({ file, text }) => [file, text]))
  const after = await scan(folder, { texts })
  return made
    .map(({ file, text, before, ids }) => ({
      file,
      fixes: ids,
      before: digestOf(before),
      after: digestOf(text),
      found: findingsIn(result, file),
      remaining: findingsIn(after, file),
    }))
    .filter(({ found, remaining }) => remaining < found)
}

/**
 * The change of one file by some of the fixes that a scan made now finds in it; all of them must be there.
 * @throws what `scan` throws
 */
export async function changeOf(
  folder: string,
  file: string,
  ids: readonly string[],
): Promise<FileChange | NoChange> {
  const result = await scan(folder)
  const fixes = result.fixes.filter((fix) => fix.file === file && ids.includes(fix.id))
  if (fixes.length !== ids.length) return { because: `a scan of ${file} finds these fixes no more` }
  const made = combined(result, file, fixes)
  if ('because' in made) return made
  const { before, text, edits } = made
  const diff = unifiedDiff(file, before, edits)
  // The diff back shows the same lines. Both are kept for good.
  if (diff.split('\n').some(looksLikeCredential)) return { because: `the diff of ${file} ${SHOWS_SECRET}` }
  const after = await scan(folder, { texts: new Map([[file, text]]) })
  return {
    file,
    fixes: ids,
    before: digestOf(before),
    after: digestOf(text),
    found: findingsIn(result, file),
    remaining: findingsIn(after, file),
    diff,
    undoDiff: unifiedDiff(file, text, inverse(before, edits)),
  }
}

/** A file as it is: why it does not parse, and how many findings a fix may mend are in it. @throws what `scan` throws */
export async function fileState(
  folder: string,
  file: string,
): Promise<{ readonly problem: string | null; readonly findings: number }> {
  const result = await scan(folder)
  return { problem: parseProblem(folder, file), findings: findingsIn(result, file) }
}

/** One text of a file made another, as a unified diff with one change. */
export function textDiff(file: string, before: string, after: string): string {
  const most = Math.min(before.length, after.length)
  let start = 0
  while (start < most && before[start] === after[start]) start++
  let same = 0
  while (same < most - start && before[before.length - 1 - same] === after[after.length - 1 - same]) same++
  const text = after.slice(start, after.length - same)
  return unifiedDiff(file, before, [{ start, end: before.length - same, text }])
}

const SHOWS_SECRET =
  'would show what looks like a credential, and a plan is kept for good: take it out of the code, or apply the fix by hand (dbmedic scan --diff)'

interface Made {
  readonly file: string
  readonly ids: readonly string[]
  readonly before: string
  readonly text: string
  readonly edits: readonly Edit[]
}

function combined(result: ScanResult, file: string, fixes: readonly CodeFix[]): Made | NoChange {
  const before = smallTextOf(join(result.root, file))
  if (before === null || fixes.some((fix) => fix.fileDigest !== digestOf(before)))
    return { because: `${file} has changed since it was scanned` }
  const edits = inOrder(fixes.flatMap((fix) => fix.edits))
  if (edits === null) return { because: `fixes of ${file} change the same lines` }
  const text = applyEdits(before, edits)
  const parsed = parseFile(join(result.root, file), text)
  if ('broken' in parsed)
    return { because: `what the fixes make of ${file} does not parse: ${parsed.broken}` }
  return { file, ids: fixes.map((fix) => fix.id), before, text, edits }
}

/** The edits that take edits back, for the text they made. */
function inverse(before: string, edits: readonly Edit[]): readonly Edit[] {
  let shift = 0
  return edits.map(({ start, end, text }) => {
    const from = start + shift
    shift += text.length - (end - start)
    return { start: from, end: from + text.length, text: before.slice(start, end) }
  })
}

const findingsIn = ({ findings }: ScanResult, file: string): number =>
  findings.filter((finding) => finding.file === file && isFixable(finding)).length

function parseProblem(folder: string, file: string): string | null {
  const path = join(resolve(folder), file)
  const text = smallTextOf(path)
  if (text === null) return 'it cannot be read'
  const parsed = parseFile(path, text)
  return 'broken' in parsed ? parsed.broken : null
}
