/** All fixes of a scan as one patch. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { digestOf } from '../source-files.ts'
import { inOrder } from './edits.ts'
import type { CodeFix } from './propose-fixes.ts'
import { unifiedDiff } from './unified-diff.ts'

/**
 * The unified diff of fixes, file by file in order of their paths; to be applied in the scanned folder with `git apply` or
 * `patch -p1`. Files that have changed since are left out and named.
 */
export function fixesDiff(
  root: string,
  fixes: readonly CodeFix[],
): { readonly diff: string; readonly changed: readonly string[] } {
  const byFile = [...Map.groupBy(fixes, (each) => each.file)].sort(([a], [b]) => (a < b ? -1 : 1))
  const changed: string[] = []
  let diff = ''
  for (const [file, own] of byFile) {
    const text = textOf(join(root, file))
    const edits = inOrder(own.flatMap((each) => each.edits))
    if (text === null || edits === null || digestOf(text) !== own[0]?.fileDigest) changed.push(file)
    else diff += unifiedDiff(file, text, edits)
  }
  return { diff, changed }
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
