/** What comes of a scan. */
import type { CodeSchema } from '../rules/index.ts'
import type { CodeFinding } from './apply-rules.ts'
import type { CodeFix } from './fix/index.ts'
import type { Skipped } from './walk.ts'

/** What a scan found. */
export interface ScanResult {
  /** The scanned folder, absolute. */
  readonly root: string
  /** Files read. */
  readonly files: number
  /** Statements found in them. */
  readonly statements: number
  readonly findings: readonly CodeFinding[]
  /** How many more there are that the source alone cannot show to be so; 0 where they are among the findings. */
  readonly toReview: number
  /** Changes that would mend findings; nothing was written. */
  readonly fixes: readonly CodeFix[]
  /** Files that were not read, or only in part, and why. */
  readonly skipped: readonly Skipped[]
  readonly schema: CodeSchema
}
