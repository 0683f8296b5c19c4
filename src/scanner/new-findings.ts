/** What one scan finds that another did not. Lines move with every edit, so findings are told apart by what they say. */
import { createHash } from 'node:crypto'
import type { CodeFinding } from './apply-rules.ts'

/** Findings of two scans of one folder. */
export interface FindingsChange {
  /** Those of the later one that the earlier one has not, in its order. */
  readonly fresh: readonly CodeFinding[]
  /** Those of the earlier one that the later one has not, in its order. */
  readonly gone: readonly CodeFinding[]
}

/**
 * Compares two scans. A finding that is there twice and was there once is fresh once.
 * @param renamed - by its later path the earlier path of a file
 */
export function findingsChange(
  before: readonly CodeFinding[],
  now: readonly CodeFinding[],
  renamed: ReadonlyMap<string, string> = new Map(),
): FindingsChange {
  const former = (finding: CodeFinding): string => keyOf(finding, renamed.get(finding.file) ?? finding.file)
  const own = (finding: CodeFinding): string => keyOf(finding, finding.file)
  return { fresh: beyond(now, former, before.map(own)), gone: beyond(before, own, now.map(former)) }
}

/** The findings that are more than there are of their key; of several alike the last ones. */
function beyond(
  findings: readonly CodeFinding[],
  key: (finding: CodeFinding) => string,
  known: readonly string[],
): readonly CodeFinding[] {
  const left = new Map<string, number>()
  for (const each of known) left.set(each, (left.get(each) ?? 0) + 1)
  return findings.filter((finding) => {
    const own = key(finding)
    const count = left.get(own) ?? 0
    left.set(own, count - 1)
    return count <= 0
  })
}

/** Rule, file, message without the lines it names, and the statement's fingerprint. */
const keyOf = ({ ruleId, message, statementFingerprint, review }: CodeFinding, file: string): string =>
  createHash('sha256')
    .update(
      JSON.stringify([
        ruleId,
        file,
        message.replace(/(\bline |\w:)\d+/g, '$1'),
        statementFingerprint,
        review,
      ]),
    )
    .digest('base64')
