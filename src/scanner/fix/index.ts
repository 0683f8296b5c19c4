/** What the scanner may use from this folder. */
export type { Edit } from './edits.ts'
export { fixesDiff } from './fixes-diff.ts'
export { type CodeFix, digestOf, proposeFixes } from './propose-fixes.ts'
