/**
 * The rows of the pipeline as the code sees them: one type a table, camelCase of its columns. What is
 * `New…` is what a role may supply; everything else the store sets.
 */
import type { Json } from './canonical.ts'
import type { DecisionState, ExecutionState, IssueState } from './lifecycle.ts'
import type { UtcTime } from './time.ts'
import type {
  AnalysisStatus,
  ApprovalStatus,
  ApproveReason,
  DeclineReason,
  DetectionSource,
  EventKind,
  ExecutionOutcome,
  ExecutionPurpose,
  IssueCategory,
  RequestStatus,
  RiskLevel,
  RootCauseCode,
  Severity,
  Verdict,
} from './vocabulary.ts'

/** A fact an instrument of the target reported in one window. Append-only. */
export interface NewDetectionEvent {
  readonly targetId: number
  /** Identity of the server that reported it (`@@server_uuid`, `@@server_uid`, …). */
  readonly instanceUid: string
  /** The target's clock, in UTC. The store adds its own `recordedAt`. */
  readonly eventTimestamp: UtcTime
  readonly detectionSource: DetectionSource
  readonly eventKind: EventKind
  readonly ruleId: string
  readonly ruleVersion: number
  readonly severityIndicator: Severity
  readonly issueCategory: IssueCategory
  /** SHA-256 hex over (instance, category, rule family, resource): what the issue is about. */
  readonly issueFingerprint: string
  readonly affectedResourceType: string
  readonly affectedResourceName: string
  readonly metricName: string
  /** Never negative. */
  readonly metricValue: number
  readonly metricUnit: string
  readonly windowStart: UtcTime
  readonly windowEnd: UtcTime
  /** Start of the server's current life; counters of different epochs are never compared. */
  readonly epoch: UtcTime
  /** The window is incomplete (counters were reset inside it); never opens an issue. */
  readonly partial: boolean
  /** One breach of this kind is enough to open an issue; otherwise 3 of 5 windows are needed. */
  readonly opensAtOnce: boolean
  /** SHA-256 hex; a second event with the same key is the same event. */
  readonly dedupeKey: string
  /** JSON text, kept as hashed. Literals of statements are already masked. */
  readonly rawContext: string
}

/** A stored event. */
export interface DetectionEvent extends NewDetectionEvent {
  readonly eventId: number
  readonly recordedAt: UtcTime
  readonly rawContextDigest: string
}

/** Events of one fingerprint that mean trouble. At most one is open a fingerprint. */
export interface Issue {
  readonly issueId: number
  readonly targetId: number
  readonly instanceUid: string
  readonly issueCategory: IssueCategory
  readonly issueFingerprint: string
  readonly ruleId: string
  readonly severity: Severity
  readonly affectedResourceType: string
  readonly affectedResourceName: string
  readonly occurrenceCount: number
  readonly issueStatus: IssueState
  readonly firstOccurrenceEventId: number
  readonly lastDetectionEventId: number
  /** The earlier issue of the same fingerprint, if it was resolved or closed in the last 30 days. */
  readonly recurrenceOfIssueId: number | null
  readonly openedAt: UtcTime
  readonly closedAt: UtcTime | null
}

/** One checkable claim: what was asked, of whom, when, and what came back. */
export interface Claim {
  /** Stable within one analysis: `e1`, `e2`, … */
  readonly id: string
  /** A sentence without values of rows: "the statement examined 300,000 rows to return 15". */
  readonly claim: string
  /** The query, counter or log the value came from. */
  readonly source: string
  readonly value: Json
  readonly unit: string | null
  readonly at: UtcTime
  /** How to ask again; null if the moment is gone. */
  readonly recheck: EvidenceQuestion | null
}

/** A question to the observer: a kind it knows and typed parameters. Never a query. */
export interface EvidenceQuestion {
  readonly kind: string
  readonly params: { readonly [key: string]: Json }
}

/** A hypothesis that was considered and why it lost. */
export interface Hypothesis {
  readonly rootCauseCode: RootCauseCode
  readonly hypothesis: string
  readonly confidence: number
  /** Null for the hypothesis the analysis names. */
  readonly lostBecause: string | null
  /**
   * Set where another issue decides what is behind it (a statement that waits for locks) or carries the proposal (sessions
   * that pile up behind a lock): the number of that issue, or null while none is open.
   */
  readonly decidedIn?: number | null
  readonly evidenceIds: readonly string[]
  /** Actions that could help if it is right, in order of preference. */
  readonly candidates: readonly ProposedAction[]
}

/** An action an analysis names as a candidate. Data: nothing about it is trusted until it is resolved. */
export interface ProposedAction {
  readonly actionId: string
  readonly params: { readonly [name: string]: Json }
  readonly why: string
  /** Series whose change would show the effect, e.g. `statement:<fingerprint id>`. */
  readonly affectedSeries: readonly string[]
}

/** One interpretation of an issue. Immutable; a re-analysis is a new row. */
export interface NewAnalysis {
  readonly issueId: number
  readonly rootCauseCode: RootCauseCode
  readonly rootCauseHypothesis: string
  /** Calibrated, 0.01..0.99. */
  readonly confidenceScore: number
  /** Before calibration, 0..1. */
  readonly rawConfidence: number
  readonly calibratorVersion: number
  readonly recommendationSummary: string
  readonly historicalSimilarityScore: number | null
  readonly analysisStatus: AnalysisStatus
  /** Fingerprint ids of the statements concerned. */
  readonly affectingQueries: readonly string[]
  readonly evidence: readonly Claim[]
  readonly competingHypotheses: readonly Hypothesis[]
  /** `rules`, `human`, or the name of a model port. */
  readonly analyzer: string
  readonly analyzerVersion: string
  readonly model: string | null
  readonly promptDigest: string | null
  /** Claims or proposals of a model that were not accepted, with the reason. */
  readonly droppedClaims: readonly Json[]
}

/** A stored analysis. */
export interface Analysis extends NewAnalysis {
  readonly analysisId: number
  readonly analysedAt: UtcTime
}

/** The store's mirror of one version of one catalogue action. A row can disable, never change. */
export interface PredefinedAction {
  readonly actionId: number
  readonly actionName: string
  readonly actionVersion: number
  readonly engine: string
  readonly actionCategory: string
  /** The statement templates, for people to read; rendering is code. */
  readonly executionQuery: string
  readonly riskLevel: RiskLevel
  readonly applicableIssueCategories: readonly IssueCategory[]
  readonly requiresManualVerification: boolean
  readonly actionEnabled: boolean
  readonly estimatedDurationSeconds: number
  readonly parameterSchema: Json
  readonly preconditions: readonly string[]
  readonly guards: readonly string[]
  readonly verification: string
  /** The inverse action's name, or the reason there is none. */
  readonly undo: string
  /** SHA-256 hex of the canonical JSON of everything above except `actionId` and `actionEnabled`. */
  readonly definitionDigest: string
}

/** What `reason` supplies for a decision; risk and category come from the action by key. */
export interface NewDecision {
  readonly analysisId: number
  readonly targetId: number
  readonly recommendedActionId: number
  readonly riskLevel: RiskLevel
  /** Canonical JSON of the `Binding`: the exact thing a person consents to. */
  readonly bindingText: string
  /** SHA-256 hex of `bindingText`; the store compares them. */
  readonly planDigest: string
  readonly preflightDigest: string
  readonly confidenceBasedScore: number
  readonly decisionRationale: string
  /** A user name, or `dbmedic`. The proposer is not the approver. */
  readonly proposedBy: string
  readonly expiresAt: UtcTime
}

/** A stored decision. */
export interface Decision extends NewDecision {
  readonly decisionId: number
  readonly issueId: number
  readonly decisionStatus: DecisionState
  readonly createdAt: UtcTime
}

/** What an approver adds to a yes. */
export interface ApprovalConditions {
  /** The undo plan may run without another vote if the verdict is `regressed`. */
  readonly undoPreconsented: boolean
  /** Not before this time; validity counts from it (at most 7 days ahead). */
  readonly windowStart: UtcTime | null
}

/** A vote as `serve` writes it. Append-only, one a person. */
export interface NewApproval {
  readonly decisionId: number
  readonly actionId: number
  readonly planDigest: string
  readonly riskLevel: RiskLevel
  readonly adminUserId: string
  readonly approvalStatus: ApprovalStatus
  readonly approvalReason: ApproveReason | DeclineReason
  readonly adminNotes: string | null
  readonly conditions: ApprovalConditions
  /** `key` (Ed25519 key unlocked by a passphrase), `standing`, later `passkey`. */
  readonly authenticationMethod: string
  /** Base64 Ed25519 signature over the canonical JSON of the vote (see `access`). */
  readonly signature: string
  /** SHA-256 hex of the public key's raw 32 bytes. */
  readonly keyId: string
  readonly standingApprovalId: number | null
  readonly expiresAt: UtcTime
}

/** A stored vote. */
export interface Approval extends NewApproval {
  readonly approvalId: number
  readonly approvalTimestamp: UtcTime
}

/** What the server said while a step ran. */
export interface ServerMessage {
  readonly level: string
  readonly code: number | string
  readonly text: string
}

/** One step of a run. It is stored twice: before it is sent (no `endedAt`) and after. */
export interface StepRecord {
  readonly index: number
  /** `guard`, `step`, `check`, `undo`: what this line was for. */
  readonly kind: string
  readonly statement: string
  readonly statementDigest: string
  readonly startedAt: UtcTime
  readonly endedAt: UtcTime | null
  readonly ok: boolean | null
  readonly affectedRows: number | null
  readonly messages: readonly ServerMessage[]
}

/** One run of an approved plan. */
export interface Execution {
  readonly executionId: number
  readonly approvalId: number
  readonly decisionId: number
  readonly actionId: number
  readonly planDigest: string
  readonly purpose: ExecutionPurpose
  readonly executionStatus: ExecutionState
  readonly executionOutcome: ExecutionOutcome | null
  readonly preExecutionMetrics: Json
  readonly steps: readonly StepRecord[]
  readonly actualDurationMs: number | null
  readonly affectedRows: number | null
  readonly executionErrors: string | null
  readonly executedBy: string
  readonly leaseOwner: string | null
  readonly leaseExpiresAt: UtcTime | null
  readonly queuedAt: UtcTime
  readonly startedAt: UtcTime | null
  readonly finishedAt: UtcTime | null
}

/** After-metrics and a verdict on a run. Append-only; the newest decided one counts. */
export interface NewVerification {
  readonly executionId: number
  readonly verdict: Verdict
  readonly metricName: string
  readonly metricUnit: string
  readonly lowerIsBetter: boolean
  readonly metricBefore: number | null
  readonly metricAfter: number | null
  readonly samplesBefore: number
  readonly samplesAfter: number
  /** Percent improvement with its 95 % interval, controls subtracted. */
  readonly improvementPercent: number | null
  readonly intervalLowPercent: number | null
  readonly intervalHighPercent: number | null
  /** Windows, controls, guard metrics, and why this verdict. */
  readonly details: Json
  /** `act` for a measurement, a user name where a person settled an undecided one. */
  readonly assessedBy: string
}

/** A stored verdict. */
export interface Verification extends NewVerification {
  readonly verificationId: number
  readonly verifiedAt: UtcTime
}

/** What a run taught. Computed columns by `learn`, human ones by `serve`. */
export interface Lesson {
  readonly learningRecordId: number
  readonly issueId: number
  readonly decisionId: number
  readonly executionId: number | null
  readonly metricName: string | null
  readonly metricUnit: string | null
  readonly metricBefore: number | null
  readonly metricAfter: number | null
  readonly samplesBefore: number | null
  readonly samplesAfter: number | null
  readonly lowerIsBetter: boolean | null
  readonly metricImprovementPercent: number | null
  readonly machineResolvedFlag: boolean | null
  /** Set by a person; null until reviewed. */
  readonly issueResolvedFlag: boolean | null
  readonly wouldApproveAgain: boolean | null
  readonly assessedBy: string | null
  readonly predictedConfidence: number
  /** Generated by the store: 1 - (predicted - resolved)^2. */
  readonly aiConfidenceAccuracy: number | null
  readonly timeToResolutionSeconds: number | null
  readonly learningComplete: boolean
  readonly recordCreatedAt: UtcTime
}

/** A question for the observer, as a row. */
export interface EvidenceRequest {
  readonly requestId: number
  readonly targetId: number
  readonly issueId: number | null
  readonly question: EvidenceQuestion
  /** Role that asks. */
  readonly requestedBy: string
  readonly requestStatus: RequestStatus
  readonly answer: Json
  readonly requestedAt: UtcTime
  readonly answeredAt: UtcTime | null
}

/** A database server under care. Secrets are references (`env:NAME`, `file:PATH`), never values. */
export interface Target {
  readonly targetId: number
  readonly targetName: string
  readonly engine: string
  /** Address and options as configured, without secrets. */
  readonly connection: Json
  readonly enabled: boolean
  /** Identity last seen; null before the first contact. */
  readonly instanceUid: string | null
  /** Process that watches it or did last; null: none yet. */
  readonly leaseOwner?: string | null
}

/** One window of one series (a statement class, a status counter, a table). */
export interface MetricSample {
  readonly targetId: number
  readonly instanceUid: string
  readonly epoch: UtcTime
  readonly seriesKind: string
  readonly seriesKey: string
  readonly windowStart: UtcTime
  readonly windowEnd: UtcTime
  /** How many calls (statements) or readings the window holds. */
  readonly calls: number
  /** Total time of the calls in the window, ms; 0 where the series has none. */
  readonly totalMs: number
  /** Further totals of the window, by name. */
  readonly measures: { readonly [name: string]: number }
}
