/** What the rest of the project may use from this folder. */
export type { CodeFinding, Suppression } from './apply-rules.ts'
export { type Baseline, notInBaseline, parseBaseline, toBaseline } from './baseline.ts'
export { type CodeFix, fixesDiff } from './fix/index.ts'
export { changeOf, type FileFixes, fileState, fixesByFile, textDiff } from './patches.ts'
export { toSarif } from './sarif.ts'
export { type ScanOptions, type ScanResult, scan } from './scan.ts'
