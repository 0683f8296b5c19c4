/** What may be asked of a repository, and what the engine is given to answer with. Types only. */
import type { Json } from '../../core/canonical.ts'

/** What a scan made now says of some fixes of a file. Digests are SHA-256, 64 hex digits; texts are unified diffs. */
export interface CodePatch {
  readonly before: string
  readonly after: string
  readonly diff: string
  readonly undoDiff: string
  /** Findings in the file that a fix could mend, without these fixes and with them. */
  readonly found: number
  readonly remaining: number
}

/** What a scan made now says of a file as it is. */
export interface CodeState {
  /** Why it does not parse; null where it does. */
  readonly problem: string | null
  /** Findings in it that a fix could mend. */
  readonly findings: number
}

/** Reads code. The engine knows files and bytes, and of code only what this says. */
export interface CodeReader {
  /** Why not, where there are no such fixes any more or what they make does not parse. */
  patch(
    root: string,
    file: string,
    fixes: readonly string[],
  ): Promise<CodePatch | { readonly because: string }>
  state(root: string, file: string): Promise<CodeState>
  /** One text of a file made another. */
  diff(file: string, before: string, after: string): string
}

/** A change as an act session takes it, and what takes it back. */
export interface PatchTexts {
  readonly text: string
  readonly undoText: string
}

/** The questions. None writes anything. */
export type SourceQuestions = {
  /** The fixes of a file that a scan finds now. */
  readonly patch: {
    readonly params: { readonly path: string; readonly fixes: readonly string[] }
    readonly answer: PatchTexts & Omit<CodePatch, 'diff' | 'undoDiff'>
  }
  /** From what a file is to what a backup kept of it; unknown where there is no such backup. */
  readonly restore: {
    readonly params: { readonly path: string; readonly before: string; readonly after: string }
    readonly answer: PatchTexts
  }
  /** Digest of a file's bytes; null where it is not there. */
  readonly file: {
    readonly params: { readonly path: string }
    readonly answer: { readonly digest: string | null }
  }
  /** A file as a scan sees it now. */
  readonly code: { readonly params: { readonly path: string }; readonly answer: CodeState }
  /** Where the repository is, and at what commit; `digest` stands for the commit. */
  readonly repository: {
    readonly params: { readonly [key: string]: Json }
    readonly answer: { readonly root: string; readonly commit: string | null; readonly digest: string }
  }
}

/** A repository has no instruments that are read in windows. */
export type SourceSnapshots = { readonly [name: string]: never }
