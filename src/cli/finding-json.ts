/** A finding as `scan --json` gives it. */
import type { CodeFinding } from '../app/index.ts'

/** The agreed shape; `review` only where findings for people to look at are among them. */
export const findingJson = (each: CodeFinding, withReview: boolean): object => ({
  ruleId: each.ruleId,
  severity: each.severity,
  file: each.file,
  line: each.line,
  column: each.column,
  endLine: each.endLine,
  endColumn: each.endColumn,
  message: `${each.message}. ${each.why} ${each.instead}`,
  fixId: each.fixId,
  statementFingerprint: each.statementFingerprint,
  ...(withReview ? { review: each.review } : {}),
})
