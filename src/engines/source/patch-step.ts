/**
 * The text of a step on a repository: five lines that say which file of which repository it is about and what it is
 * before and after, then the unified diff. `git apply` and `patch -p1` take the whole; a person approves all of it.
 */

/** What a step says. */
export interface PatchStep {
  /** The root's real path. */
  readonly root: string
  /** The commit the change was made at; null without one. */
  readonly commit: string | null
  /** Relative to the root, with `/`. */
  readonly file: string
  /** SHA-256 of the file, 64 hex digits. */
  readonly before: string
  readonly after: string
  /** From `---` on. */
  readonly diff: string
}

/** The text. */
export const writeStep = ({ root, commit, file, before, after, diff }: PatchStep): string =>
  [
    `repository ${JSON.stringify(root)}`,
    `commit ${commit ?? 'none'}`,
    `file ${JSON.stringify(file)}`,
    `before ${before}`,
    `after ${after}`,
    diff,
  ].join('\n')

const STEP =
  /^repository (?<root>"[^\n]*")\ncommit (?<commit>none|[0-9a-f]{40,64})\nfile (?<file>"[^\n]*")\nbefore (?<before>[0-9a-f]{64})\nafter (?<after>[0-9a-f]{64})\n(?<diff>--- [\s\S]*)$/

/** What a text says; null if it is not exactly such a text. */
export function readStep(text: string): PatchStep | null {
  const parts = STEP.exec(text)?.groups as Record<keyof PatchStep, string> | undefined
  if (parts === undefined) return null
  const [root, file] = [stringOf(parts.root), stringOf(parts.file)]
  if (root === null || file === null) return null
  const step = { ...parts, root, file, commit: parts.commit === 'none' ? null : parts.commit }
  return writeStep(step) === text ? step : null
}

function stringOf(json: string): string | null {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'string' ? value : null
  } catch {
    return null
  }
}
