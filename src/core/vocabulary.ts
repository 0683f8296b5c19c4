/**
 * The closed lists of words the store and the code share. Each is a CHECK in the store's schema and a
 * union type here; a test compares the two.
 */

/** Where a fact about a target came from. The first three keep the strict meaning of their instrument. */
export const DETECTION_SOURCES = [
  'PERFORMANCE_SCHEMA',
  'SLOW_QUERY_LOG',
  'INNODB_DEADLOCK',
  'ENGINE_STATUS',
  'STATEMENT_STATS',
  'ACTIVITY_SNAPSHOT',
  'ERROR_LOG',
  'PROFILER',
  'CATALOG_SCAN',
  'PLAN_PROBE',
  'CLIENT_ERROR',
  'CODE_SCAN',
  'MANUAL',
] as const
export type DetectionSource = (typeof DETECTION_SOURCES)[number]

/** Severity of an event or issue; set by the rule, deterministically, never by a model. */
export const SEVERITIES = ['INFO', 'WARNING', 'CRITICAL'] as const
export type Severity = (typeof SEVERITIES)[number]

/**
 * What an event says. BREACH: one window over the rule's threshold. CLEARED: enough windows below the
 * closing threshold with the workload still present. NOTICE: a fact that opens nothing by itself.
 */
export const EVENT_KINDS = ['BREACH', 'CLEARED', 'NOTICE'] as const
export type EventKind = (typeof EVENT_KINDS)[number]

/** What kind of trouble an issue is. */
export const ISSUE_CATEGORIES = [
  'QUERY_PERFORMANCE',
  'LOCK_CONTENTION',
  'DEADLOCK',
  'CONNECTION_EXHAUSTION',
  'STATISTICS',
  'INDEX_HYGIENE',
  'PLAN_REGRESSION',
  'FRAGMENTATION',
  'STORAGE',
  'MEMORY',
  'CONFIGURATION',
  'REPLICATION',
  'SCHEMA_DRIFT',
  'TYPE_MISMATCH',
  'MISSING_TABLE',
  'SCHEMA_CAPACITY',
  'INJECTION_RISK',
  'SECURITY',
  'DATA_INTEGRITY',
  'AVAILABILITY',
  'MONITORING_GAP',
  'APPLICATION',
] as const
export type IssueCategory = (typeof ISSUE_CATEGORIES)[number]

/** How much harm an action can do; it belongs to the action, never to a decision. */
export const RISK_LEVELS = ['LOW', 'MEDIUM', 'HIGH'] as const
export type RiskLevel = (typeof RISK_LEVELS)[number]

/** A person's vote. DECLINED first: no list of these may make consent its default. */
export const APPROVAL_STATUSES = ['DECLINED', 'CONDITIONAL_APPROVAL', 'APPROVED'] as const
export type ApprovalStatus = (typeof APPROVAL_STATUSES)[number]

/** Reasons for declining. */
export const DECLINE_REASONS = [
  'SAFETY_CONCERN',
  'WRONG_DIAGNOSIS',
  'BAD_TIMING',
  'BETTER_ALTERNATIVE',
  'INSUFFICIENT_EVIDENCE',
] as const
export type DeclineReason = (typeof DECLINE_REASONS)[number]

/** Reasons for approving. */
export const APPROVE_REASONS = ['CONFIDENT', 'ROUTINE', 'SKEPTICAL_BUT_APPROVED', 'EMERGENCY'] as const
export type ApproveReason = (typeof APPROVE_REASONS)[number]

/** Why a decision ended other than by running. */
export const DECISION_ENDINGS = ['EXPIRED', 'VOIDED', 'CANCELLED', 'REVOKED', 'ASK_OTHER', 'CLOSE'] as const
export type DecisionEnding = (typeof DECISION_ENDINGS)[number]

/** DO runs the plan; UNDO runs the undo plan the approval consented to. */
export const EXECUTION_PURPOSES = ['DO', 'UNDO'] as const
export type ExecutionPurpose = (typeof EXECUTION_PURPOSES)[number]

/** How a run ended. UNKNOWN: a lease was lost and the postcondition has not been checked yet. */
export const EXECUTION_OUTCOMES = [
  'SUCCESS',
  'PARTIAL_SUCCESS',
  'FAILED',
  'ROLLED_BACK',
  'REFUSED',
  'UNKNOWN',
] as const
export type ExecutionOutcome = (typeof EXECUTION_OUTCOMES)[number]

/** What the measurements say about a run. */
export const VERDICTS = ['improved', 'no_effect', 'regressed', 'undecided'] as const
export type Verdict = (typeof VERDICTS)[number]

/** COMPLETED names a root cause; ABSTAINED says what would decide it. */
export const ANALYSIS_STATUSES = ['COMPLETED', 'ABSTAINED'] as const
export type AnalysisStatus = (typeof ANALYSIS_STATUSES)[number]

/** Progress of a question one role asks of the observer. */
export const REQUEST_STATUSES = ['REQUESTED', 'ANSWERED', 'FAILED', 'EXPIRED'] as const
export type RequestStatus = (typeof REQUEST_STATUSES)[number]

/** The five roles of the process, and with them the accounts of the store. */
export const ROLES = ['observe', 'reason', 'serve', 'act', 'learn'] as const
export type Role = (typeof ROLES)[number]

/** Root causes a diagnosis may name. */
export const ROOT_CAUSES = [
  'MISSING_INDEX',
  'NON_SARGABLE',
  'TYPE_MISMATCH',
  'STALE_STATISTICS',
  'CORRELATION_OR_SKEW',
  'PLAN_REGRESSION',
  'IDLE_BLOCKER',
  'LONG_BLOCKER',
  'DDL_QUEUE',
  'LOCK_ORDER',
  'POOL_LEAK',
  'PILE_UP',
  'IO_PRESSURE',
  'N_PLUS_ONE',
  'FRAGMENTED',
  'DUPLICATE_INDEX',
  'UNUSED_INDEX',
  'PURGE_BLOCKED',
  'TEMP_SPILL',
  'REDO_PRESSURE',
  'REPLICA_STOPPED',
  'REPLICA_LAG',
  'ID_EXHAUSTION',
  'DIGEST_OVERFLOW',
  'BIG_RESULT',
  'HOT_ROW',
  'UNAPPLIED_MIGRATION',
  'TYPO_OR_DROPPED',
  'HUMAN_REQUEST',
  'UNKNOWN',
] as const
export type RootCauseCode = (typeof ROOT_CAUSES)[number]
