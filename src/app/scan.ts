/** Scanning a repository's own SQL, for the doors. */

import { CODE_RULES, type CodeRule } from '../rules/index.ts'
import { type CodeFinding, toSarif } from '../scanner/index.ts'
import { VERSION } from './version.ts'

export { CODE_RULES, type CodeRule, type FindingSeverity, SEVERITIES } from '../rules/index.ts'
export {
  type Baseline,
  type CodeFinding,
  type FileFixes,
  fixesByFile,
  fixesDiff,
  notInBaseline,
  parseBaseline,
  type ScanResult,
  toBaseline,
} from '../scanner/index.ts'
export {
  type HookState,
  hookState,
  installHook,
  type StagedScan,
  uninstallHook,
} from './git/index.ts'
export { type OutsideOptions, scanNextCommit, scanRepository } from './scan-cache.ts'
export { type WatchRound, watchScan } from './watch-scan.ts'

/** Findings as SARIF 2.1.0. */
export const sarifOf = (findings: readonly CodeFinding[]): object => toSarif(findings, CODE_RULES, VERSION)

/** A rule by its id, written as in findings (`SQL_INJECTION`) or as its file is named (`sql-injection`). */
export const codeRuleNamed = (name: string): CodeRule | undefined =>
  CODE_RULES.find((rule) => rule.id === name.toUpperCase().replaceAll('-', '_'))
