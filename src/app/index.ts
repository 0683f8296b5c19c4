/** What a door may use: one installation, its people, its stories. */

export {
  base32,
  challengeOf,
  checkAnswer,
  codeAddress,
  newCodeSecret,
  newRecoveryCode,
  openSecret,
  type PasskeyAnswer,
  type PasskeyPlace,
  plainRecoveryCode,
  readPasskey,
  sealSecret,
  stepOfCode,
  verifyText,
  weaknessOf,
} from '../access/index.ts'
export { lookTimes, verifyRun } from '../pipeline/index.ts'
export { createExecutor } from './act.ts'
export { actionProse } from './action-prose.ts'
export { type Undo, undecidedOf, undoOf } from './after-run.ts'
export {
  type AuditVerdict,
  auditLines,
  type ExportVerdict,
  verifyAuditFile,
  verifyAuditStore,
} from './audit.ts'
export {
  AUDIT_SUBJECTS,
  type AuditFilter,
  type AuditHit,
  type AuditHits,
  type AuditSubject,
  auditExcerpt,
  auditedKinds,
  auditSubject,
  searchAudit,
} from './audit-search.ts'
export { type AnyAction, actionOf, allActions, parameterProblem } from './catalogue.ts'
export { checkExecutor, grantsFor } from './check-executor.ts'
export { loadConfig, parseConfig } from './config/load.ts'
export { pinAdministrator, pinnedNow } from './config/pin.ts'
export { type Config, configSchema, type TargetConfig } from './config/schema.ts'
export { type Dismissal, dismiss, dismissalOf } from './dismiss-issue.ts'
export {
  type Installation,
  lease,
  mirrorCatalogue,
  openExistingInstallation,
  openInstallation,
  runRoles,
} from './installation.ts'
export { createLog } from './logger.ts'
export {
  ASKED_BY,
  type Blocker,
  blockersAnswer,
  blockersOf,
  isLookup,
  LOOKUPS,
  type LookupName,
  readingOf,
  tableAnswer,
} from './lookups.ts'
export { deadlocksOf, digestFiles, fingerprintRecords } from './offline.ts'
export {
  addPerson,
  grantStanding,
  type Identified,
  keyIdInKeyring,
  keyOf,
  mayUse,
  proveIdentity,
  registrationSigner,
  storeSignedGrant,
  storeSignedVote,
  undoOffered,
  vote,
  voteToSign,
} from './people.ts'
export { type Difference, planDifference } from './plan-difference.ts'
export { failuresDue, pruneFailures } from './prune-failures.ts'
export {
  classifyErrorLines,
  type ErrorExplanation,
  type ErrorListRow,
  explainError,
  explainFailure,
  type LineCounts,
  listErrors,
} from './reported-errors.ts'
export { type PruneReport, pruneTask, retentionDue, sizesOf } from './retention.ts'
export {
  type Baseline,
  CODE_RULES,
  type CodeFinding,
  type CodeRule,
  codeRuleNamed,
  type FileFixes,
  type FindingSeverity,
  fixesByFile,
  fixesDiff,
  type HookState,
  hookState,
  installHook,
  notInBaseline,
  type OutsideOptions,
  parseBaseline,
  type ScanResult,
  SEVERITIES,
  type StagedScan,
  sarifOf,
  scanNextCommit,
  scanRepository,
  toBaseline,
  uninstallHook,
  type WatchRound,
  watchScan,
} from './scan.ts'
export { hasSecretPlace, serverSecret } from './server-secret.ts'
export { sha256 } from './sha256.ts'
export { dumpStore, migrateStore, readingRoles, rollbackStore, storeGrants, storeStatus } from './store.ts'
export { type DecisionDetail, type DecisionStory, readDecision, readStory, type Story } from './story.ts'
export { suppressIssue } from './suppress-issue.ts'
export { switchRecovery } from './switch-recovery.ts'
export { FAILURE_ENGINES, type SentReport, takenFailures } from './taken-failures.ts'
export { isOnDisk } from './target-address.ts'
export { VERSION } from './version.ts'
export { whenStoreUsable } from './wait-for-store.ts'
export { openObserver } from './watch.ts'
