/**
 * What each role may do with the store. A role is handed its own port and nothing else; on a MySQL-family
 * store each port also logs in as its own account, so the limits hold even if the code does not.
 * Every write is one transaction: it happens whole or not at all. Lists are bounded and ordered.
 */
import type { AuditContaining } from './audit-containing.ts'
import type { BrowsePort } from './browse-port.ts'
import type { Json } from './canonical.ts'
import type { FailureBatch, FailureReads, FailureReceipt } from './failure-patterns.ts'
import type { RecoveryDesks, RecoverySwitchDesk } from './healing-desk.ts'
import type { Lease } from './lease.ts'
import type { IssueState } from './lifecycle.ts'
import type {
  Analysis,
  Approval,
  Decision,
  DetectionEvent,
  EvidenceQuestion,
  EvidenceRequest,
  Execution,
  Issue,
  Lesson,
  MetricSample,
  NewAnalysis,
  NewApproval,
  NewDecision,
  NewDetectionEvent,
  NewVerification,
  PredefinedAction,
  StepRecord,
  Target,
  Verification,
} from './nouns.ts'
import type {
  ChangeWindow,
  Halt,
  LoginChange,
  NewLogin,
  NewStandingApproval,
  Person,
  Registration,
  RegistrationSigner,
  StandingApproval,
} from './people.ts'
import type { TargetFailureReads } from './recovery-desk.ts'
import type { Report, ReportName, ReportOptions } from './reports.ts'
import type { RetentionPort, TableSize } from './retention-port.ts'
import type { SignInPort } from './sign-in-port.ts'
import type { HoldingDesk, SuppressionDesk, SuppressionReads } from './suppressions.ts'
import type { UtcTime } from './time.ts'
import type {
  DecisionEnding,
  ExecutionOutcome,
  ExecutionPurpose,
  IssueCategory,
  RootCauseCode,
} from './vocabulary.ts'

export type { Lease } from './lease.ts'
export type {
  ChangeWindow,
  Halt,
  NewStandingApproval,
  Person,
  Registration,
  RegistrationSigner,
  StandingApproval,
}

/** Samples of one series, oldest first. */
export interface SampleQuery {
  readonly targetId: number
  readonly seriesKind: string
  /** Null: every series of the kind. */
  readonly seriesKey: string | null
  readonly from: UtcTime
  readonly to: UtcTime
  readonly limit: number
}

/** Reads any role with a store account may make. Newest first unless said otherwise. */
export interface ReadPort extends FailureReads, SuppressionReads {
  now(): Promise<UtcTime>
  targets(): Promise<readonly Target[]>
  actions(): Promise<readonly PredefinedAction[]>
  issue(issueId: number): Promise<Issue | null>
  issues(filter: IssueFilter): Promise<readonly Issue[]>
  events(filter: {
    readonly issueFingerprint?: string
    readonly targetId?: number
    readonly afterEventId?: number
    readonly limit: number
  }): Promise<readonly DetectionEvent[]>
  analyses(issueId: number): Promise<readonly Analysis[]>
  decision(decisionId: number): Promise<Decision | null>
  decisions(filter: {
    readonly issueId?: number
    readonly status?: Decision['decisionStatus']
    readonly limit: number
  }): Promise<readonly Decision[]>
  approvals(decisionId: number): Promise<readonly Approval[]>
  executions(filter: { readonly decisionId?: number; readonly limit: number }): Promise<readonly Execution[]>
  /** Runs of these actions on a target, with what they ran on. */
  runs(filter: RunFilter): Promise<readonly PastRun[]>
  verifications(executionId: number): Promise<readonly Verification[]>
  lessons(filter: { readonly issueId?: number; readonly limit: number }): Promise<readonly Lesson[]>
  endings(decisionId: number): Promise<readonly Ending[]>
  samples(query: SampleQuery): Promise<readonly MetricSample[]>
  halts(): Promise<readonly Halt[]>
  people(): Promise<readonly Person[]>
  /** Every registration of a login, in order. */
  registrations(): Promise<readonly Registration[]>
  standingApprovals(): Promise<readonly StandingApproval[]>
  changeWindows(targetId: number): Promise<readonly ChangeWindow[]>
  calibrators(): Promise<readonly Calibrator[]>
  /** Rows of the audit chain in order, from `seq` on. */
  audit(fromSeq: number, limit: number): Promise<readonly AuditRow[]>
  /** The same looked through by the store, newest first. */
  auditContaining(query: AuditContaining): Promise<readonly AuditRow[]>
  /** One of the examiner's fixed reports: rows and the SQL that made them. @throws DbmedicError DBM_REQUEST_INVALID */
  report(name: ReportName, options?: ReportOptions): Promise<Report>
}

/** Which runs. */
export interface RunFilter {
  readonly targetId: number
  readonly actionNames: readonly string[]
  readonly limit: number
}

/** One run with what was decided about it. */
export interface PastRun {
  readonly actionName: string
  readonly purpose: ExecutionPurpose
  readonly status: Execution['executionStatus']
  readonly outcome: ExecutionOutcome | null
  readonly finishedAt: UtcTime | null
  /** The server it was decided for. */
  readonly instanceUid: string
  /** As approved. */
  readonly parameters: { readonly [name: string]: Json }
}

/** Which issues. */
export interface IssueFilter {
  readonly targetId?: number
  readonly states?: readonly IssueState[]
  readonly category?: IssueCategory
  readonly beforeIssueId?: number
  readonly limit: number
}

/** Why a decision ended other than by running. */
export interface Ending {
  readonly decisionId: number
  readonly ending: DecisionEnding
  readonly reason: string
  readonly endedBy: string
  readonly endedAt: UtcTime
}

/** A fitted calibrator of confidence. */
export interface Calibrator {
  readonly calibratorVersion: number
  readonly method: 'identity' | 'platt'
  readonly coefficients: Json
  readonly records: number
  readonly brier: number | null
  readonly fittedAt: UtcTime
}

/** One link of the audit chain. */
export interface AuditRow {
  readonly seq: number
  readonly at: UtcTime
  /** The text as hashed. */
  readonly canonical: string
  /** 64 hex digits each. */
  readonly prevHash: string
  readonly rowHash: string
}

/** `observe`: events, samples, answers. */
export interface ObservePort extends TargetFailureReads {
  readonly read: ReadPort
  /** Takes or renews leases on up to `most` enabled targets nobody else holds; gives the ones held. */
  leaseTargets(lease: Lease, most: number): Promise<readonly Target[]>
  releaseTargets(owner: string): Promise<void>
  setTargetIdentity(targetId: number, instanceUid: string): Promise<void>
  /** Appends; an event whose dedupe key exists is skipped. Gives how many were new. */
  appendEvents(events: readonly NewDetectionEvent[]): Promise<number>
  appendSamples(samples: readonly MetricSample[]): Promise<void>
  /** Takes the oldest waiting questions for targets this owner holds. */
  claimRequests(lease: Lease, most: number): Promise<readonly EvidenceRequest[]>
  /** Ends the oldest questions that nobody has answered for `seconds`, of any target, as EXPIRED. Gives how many. */
  expireRequests(owner: string, seconds: number, most: number): Promise<number>
  answerRequest(
    requestId: number,
    owner: string,
    answer: { readonly ok: true; readonly answer: Json } | { readonly ok: false; readonly because: string },
  ): Promise<void>
}

/** A new issue as `reason` opens it. */
export interface NewIssue {
  readonly targetId: number
  readonly instanceUid: string
  readonly issueCategory: IssueCategory
  readonly issueFingerprint: string
  readonly ruleId: string
  readonly severity: Issue['severity']
  readonly affectedResourceType: string
  readonly affectedResourceName: string
  readonly occurrenceCount: number
  readonly firstOccurrenceEventId: number
  readonly lastDetectionEventId: number
  readonly recurrenceOfIssueId: number | null
}

/** Outcomes of the past, for the base rate: one row a finished and reviewed or measured run. */
export interface PastOutcome {
  readonly actionName: string
  readonly issueCategory: IssueCategory
  readonly engine: string
  readonly instanceUid: string
  readonly rootCauseCode: RootCauseCode
  readonly issueFingerprint: string
  readonly issueId: number
  readonly decisionId: number
  readonly affectedResourceName: string
  readonly affectingQueries: readonly string[]
  readonly predictedConfidence: number
  /** A person's word where there is one, else the machine's; null while undecided. */
  readonly resolved: boolean | null
  readonly improvementPercent: number | null
  readonly at: UtcTime
}

/** The wish that is no action: `reason` closes the issue it names, if it waits and has no decision. */
export const CLOSE_ISSUE = 'dbmedic/close-issue'

/** A person's wish, for `reason` to turn into issue, analysis and decision with that person as proposer. */
export interface RecoveryRequest {
  readonly recoveryRequestId: number
  readonly targetId: number
  readonly issueId: number | null
  readonly actionName: string
  readonly params: { readonly [name: string]: Json }
  readonly requestedBy: string
  readonly reason: string
}

/** `reason`: issues, analyses, decisions. */
export interface ReasonPort extends RecoveryDesks, HoldingDesk {
  readonly read: ReadPort
  /** Fingerprints with BREACH events newer than `afterEventId`, and the newest event id seen. */
  freshFingerprints(
    afterEventId: number,
    limit: number,
  ): Promise<{ readonly fingerprints: readonly string[]; readonly upTo: number }>
  /** The open issue of a fingerprint. */
  openIssueOf(issueFingerprint: string): Promise<Issue | null>
  /** The newest ended issue of a fingerprint within `days`. */
  earlierIssueOf(issueFingerprint: string, days: number): Promise<Issue | null>
  /** Opens an issue; null if another copy opened it first. */
  openIssue(issue: NewIssue): Promise<number | null>
  /** Counts further events of an open issue; severity only ever rises. */
  countOccurrences(
    issueId: number,
    more: number,
    lastEventId: number,
    severity: Issue['severity'],
  ): Promise<void>
  /** Takes the oldest unleased issues in one of the states. */
  claimIssues(lease: Lease, states: readonly IssueState[], most: number): Promise<readonly Issue[]>
  releaseIssue(issueId: number, owner: string): Promise<void>
  /** Compare-and-set; false if the issue was not in `from`. Only transitions marked `reason` succeed. */
  moveIssue(issueId: number, from: IssueState, to: IssueState): Promise<boolean>
  ask(request: {
    readonly targetId: number
    readonly issueId: number | null
    readonly question: EvidenceQuestion
  }): Promise<number>
  request(requestId: number): Promise<EvidenceRequest | null>
  insertAnalysis(analysis: NewAnalysis): Promise<number>
  /** Stores the decision; its trigger moves the issue to DECISION_MADE. */
  insertDecision(decision: NewDecision): Promise<number>
  /** Decisions past their validity that are still open. */
  overdueDecisions(limit: number): Promise<readonly Decision[]>
  endDecision(decisionId: number, ending: 'EXPIRED', reason: string): Promise<void>
  pastOutcomes(filter: {
    readonly engine: string
    readonly sinceDays: number
    readonly limit: number
  }): Promise<readonly PastOutcome[]>
  claimRecoveryRequests(lease: Lease, most: number): Promise<readonly RecoveryRequest[]>
  finishRecoveryRequest(recoveryRequestId: number, result: string, decisionId: number | null): Promise<void>
  /** Writes the MANUAL event a person's request starts from. */
  appendManualEvent(event: NewDetectionEvent): Promise<number>
  recordModelExchange(exchange: {
    readonly model: string
    readonly promptDigest: string
    readonly request: string
    readonly response: string
    readonly dropped: readonly Json[]
    readonly issueId: number | null
  }): Promise<void>
}

/** `serve`: people, votes, switches. */
export interface ServePort extends SuppressionDesk, RecoverySwitchDesk {
  readonly read: ReadPort
  /** Adds the vote; the store's triggers judge it. @throws DbmedicError DBM_STORE_REFUSED with the rule. */
  insertApproval(approval: NewApproval): Promise<number>
  endDecision(
    decisionId: number,
    ending: 'CANCELLED' | 'REVOKED' | 'ASK_OTHER' | 'CLOSE',
    reason: string,
    by: string,
  ): Promise<void>
  /** Adds a login. @throws DbmedicError DBM_USER_EXISTS, DBM_STORE_REFUSED with the rule. */
  addUser(user: NewLogin): Promise<void>
  /**
   * Registers what a login is from now on; what is left out stays. With no change it is signed anew.
   * @throws DbmedicError DBM_STORE_REFUSED with the rule, DBM_STORE_NO_ROW
   */
  changeUser(userName: string, change: LoginChange, signer: RegistrationSigner): Promise<void>
  addTarget(target: {
    readonly targetName: string
    readonly engine: string
    readonly connection: Json
    /** The first one if not said. @throws DbmedicError DBM_STORE_NO_ROW for one that is not there. */
    readonly workspaceName?: string
  }): Promise<number>
  updateTarget(
    targetName: string,
    change: { readonly connection?: Json; readonly enabled?: boolean },
  ): Promise<void>
  halt(halt: {
    readonly scope: Halt['scope']
    readonly key: string
    readonly reason: string
    readonly by: string
  }): Promise<number>
  liftHalt(haltId: number, by: string): Promise<void>
  grantStanding(grant: NewStandingApproval): Promise<number>
  revokeStanding(standingApprovalId: number, by: string): Promise<void>
  addChangeWindow(window: Omit<ChangeWindow, 'changeWindowId'>): Promise<number>
  setActionEnabled(actionName: string, enabled: boolean, by: string): Promise<void>
  requestRecovery(request: Omit<RecoveryRequest, 'recoveryRequestId'>): Promise<number>
  recoveryRequest(recoveryRequestId: number): Promise<{
    readonly state: string
    readonly result: string | null
    readonly decisionId: number | null
  } | null>
  ask(request: {
    readonly targetId: number
    readonly question: EvidenceQuestion
    readonly by: string
  }): Promise<number>
  request(requestId: number): Promise<EvidenceRequest | null>
  /** A person settles an undecided verdict. */
  settleVerification(verification: NewVerification): Promise<number>
  /** A person's review of a run; completes the record. */
  reviewLesson(
    learningRecordId: number,
    review: {
      readonly issueResolved: boolean
      readonly wouldApproveAgain: boolean
      readonly assessedBy: string
    },
  ): Promise<void>
  /** Counts what an application reports; a batch that comes again is not counted again. */
  recordFailures(batch: FailureBatch): Promise<FailureReceipt>
  /** Brings the rows of the catalogue in step with this program; never changes what a person switched. */
  mirrorActions(actions: readonly Omit<PredefinedAction, 'actionId'>[]): Promise<void>
}

/** An approved decision ready to run, with the approval that carries it. */
export interface Runnable {
  readonly decision: Decision
  readonly approval: Approval
  /** All votes of the decision, for the quorum check. */
  readonly votes: readonly Approval[]
  readonly issue: Issue
  readonly purpose: ExecutionPurpose
}

/** `act`: executions and their verdicts. */
export interface ActPort {
  readonly read: ReadPort
  /** Approved, unexpired, inside their window, not yet run; and consented undo runs that are due. */
  runnable(limit: number): Promise<readonly Runnable[]>
  /**
   * Inserts the execution QUEUED; null: not now, because another executor did first or another run is open on the
   * target. The store judges it.
   */
  queueExecution(runnable: Runnable, executedBy: string): Promise<number | null>
  /** QUEUED -> IN_PROGRESS with the lease; false if it was not QUEUED. Written before anything is sent. */
  startExecution(executionId: number, lease: Lease, preMetrics: Json): Promise<boolean>
  /** False: the lease was lost; stop. */
  renewLease(executionId: number, lease: Lease): Promise<boolean>
  recordSteps(executionId: number, owner: string, steps: readonly StepRecord[]): Promise<void>
  /**
   * Ends a run that is the owner's, or that nobody has started. @throws DbmedicError DBM_STORE_REFUSED: GOV-046 if
   * another holds it, GOV-044 if it has ended.
   */
  finishExecution(
    executionId: number,
    owner: string,
    end: {
      readonly status: 'COMPLETED' | 'FAILED'
      readonly outcome: ExecutionOutcome
      readonly steps: readonly StepRecord[]
      readonly durationMs: number | null
      readonly affectedRows: number | null
      readonly errors: string | null
    },
  ): Promise<void>
  /**
   * IN_PROGRESS with an expired lease, or QUEUED for minutes: somebody died. A QUEUED one sent nothing; it
   * is adopted and ended FAILED, REFUSED.
   */
  abandoned(limit: number): Promise<readonly Execution[]>
  /** Takes over an abandoned execution to check its postcondition; never to send again. */
  adoptExecution(executionId: number, lease: Lease): Promise<boolean>
  voidDecision(decisionId: number, reason: string): Promise<void>
  insertVerification(verification: NewVerification): Promise<number>
  /** COMPLETED DO runs whose issue is VERIFYING and that have no decided verdict. */
  unverified(
    limit: number,
  ): Promise<readonly { readonly execution: Execution; readonly decision: Decision; readonly issue: Issue }[]>
  /** The newest runs on a target that ended UNKNOWN, newest first, at most 20, each with its record of its connection. */
  endedUnknown(
    targetId: number,
  ): Promise<readonly { readonly executionId: number; readonly preExecutionMetrics: Json }[]>
  /** Runs of an action on a target since a time, for cool-down and limits. */
  recentRuns(filter: { readonly targetId: number; readonly since: UtcTime }): Promise<
    readonly {
      readonly actionName: string
      readonly objects: Json
      readonly at: UtcTime
      readonly outcome: ExecutionOutcome | null
      readonly status: Execution['executionStatus']
    }[]
  >
}

/** `learn`: lessons and calibration, nothing else. */
export interface LearnPort {
  readonly read: ReadPort
  /** Ended runs and declined or ended decisions without a lesson. */
  unlearned(
    limit: number,
  ): Promise<
    readonly { readonly issueId: number; readonly decisionId: number; readonly executionId: number | null }[]
  >
  insertLesson(lesson: {
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
    readonly timeToResolutionSeconds: number | null
  }): Promise<number>
  outcomes(limit: number): Promise<readonly PastOutcome[]>
  insertCalibrator(calibrator: Omit<Calibrator, 'calibratorVersion' | 'fittedAt'>): Promise<number>
}

/** The ports of a store; in a split installation only those of the roles this process has. */
export interface Store {
  readonly dialect: 'sqlite' | 'mysql'
  readonly read: ReadPort
  /** Pages and figures for a door. */
  readonly browse: BrowsePort
  /** Null in a process without the serve role. */
  readonly signIn: SignInPort | null
  readonly observe: ObservePort | null
  readonly reason: ReasonPort | null
  readonly serve: ServePort | null
  readonly act: ActPort | null
  readonly learn: LearnPort | null
  /** Null unless this process was given retention's account (an embedded store has none and always prunes). */
  readonly retention: RetentionPort | null
  /** What each table holds, the largest first; reads every page of an embedded store. */
  sizes(): Promise<readonly TableSize[]>
  close(): Promise<void>
}
