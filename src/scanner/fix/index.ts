/** What the scanner may use from this folder. */
export { applyEdits, type Edit, inOrder } from './edits.ts'
export { fixesDiff } from './fixes-diff.ts'
export { type CodeFix, isFixable, type Proposals, proposeFixes } from './propose-fixes.ts'
export { unifiedDiff } from './unified-diff.ts'
