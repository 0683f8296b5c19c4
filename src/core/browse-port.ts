/**
 * Reads for people at a door: pages of lists within one workspace, sorted and filtered by the store, and the figures
 * of the dashboard and of /metrics. Bounded whatever is asked for.
 */
import type { ApproverRecord, RubberStampLimits } from './approval-audit.ts'
import type { DecisionState, ExecutionState, IssueState } from './lifecycle.ts'
import type { Issue, Lesson } from './nouns.ts'
import type { UtcTime } from './time.ts'
import type {
  ApprovalStatus,
  ExecutionOutcome,
  ExecutionPurpose,
  IssueCategory,
  RiskLevel,
  RootCauseCode,
  Severity,
  Verdict,
} from './vocabulary.ts'
import type { WatchingCost } from './watching-cost.ts'

/** Where a page goes on: the sort value and the id of the last row of the page before. */
export interface After {
  readonly value: string | number
  readonly id: number
}

/** What every list takes. Ids break ties, so no row is shown twice or left out while rows are added. */
export interface PageQuery<Sort extends string> {
  readonly workspaceId: number
  readonly sort: Sort
  readonly descending: boolean
  readonly after: After | null
  /** At most 200. */
  readonly limit: number
}

/** Rows of a list with what the next page goes on from; null: this was the last. */
export interface Page<Row> {
  readonly rows: readonly Row[]
  readonly next: After | null
}

/** Which issues. Absent: all. */
export interface IssuePageQuery extends PageQuery<'opened' | 'severity' | 'occurrences'> {
  readonly states?: readonly IssueState[]
  readonly severities?: readonly Severity[]
  readonly categories?: readonly IssueCategory[]
  readonly targetIds?: readonly number[]
  /** Part of the affected resource's name, as written. */
  readonly search?: string
}

/** Which decisions. */
export interface DecisionPageQuery extends PageQuery<'created' | 'expires'> {
  readonly states?: readonly DecisionState[]
  readonly risks?: readonly RiskLevel[]
  readonly targetIds?: readonly number[]
  readonly actionNames?: readonly string[]
}

/** A decision in a list: without its binding. */
export interface DecisionRow {
  readonly decisionId: number
  readonly issueId: number
  readonly targetId: number
  readonly targetName: string
  readonly actionName: string
  readonly actionVersion: number
  readonly riskLevel: RiskLevel
  readonly decisionStatus: DecisionState
  /** 0.01..0.99. */
  readonly confidenceBasedScore: number
  readonly issueCategory: IssueCategory
  readonly severity: Severity
  readonly affectedResourceName: string
  readonly rootCauseCode: RootCauseCode
  readonly proposedBy: string
  readonly planDigest: string
  readonly votes: number
  readonly createdAt: UtcTime
  readonly expiresAt: UtcTime
}

/** Which runs. */
export interface ExecutionPageQuery extends PageQuery<'queued'> {
  readonly states?: readonly ExecutionState[]
  readonly outcomes?: readonly ExecutionOutcome[]
  readonly targetIds?: readonly number[]
  readonly actionNames?: readonly string[]
}

/** A run in a list: without its steps. */
export interface ExecutionRow {
  readonly executionId: number
  readonly decisionId: number
  readonly issueId: number
  readonly targetId: number
  readonly targetName: string
  readonly actionName: string
  readonly purpose: ExecutionPurpose
  readonly executionStatus: ExecutionState
  readonly executionOutcome: ExecutionOutcome | null
  /** Newest verdict. */
  readonly verdict: Verdict | null
  readonly improvementPercent: number | null
  readonly actualDurationMs: number | null
  readonly affectedRows: number | null
  readonly executedBy: string
  readonly queuedAt: UtcTime
  readonly startedAt: UtcTime | null
  readonly finishedAt: UtcTime | null
}

/** Which lessons. */
export interface LessonPageQuery extends PageQuery<'created'> {
  /** True: reviewed by a person; false: waiting for one. */
  readonly complete?: boolean
}

/** A lesson in a list: with what it is about. */
export interface LessonRow extends Lesson {
  readonly actionName: string
  readonly riskLevel: RiskLevel
  readonly targetId: number
  readonly targetName: string
  readonly issueCategory: IssueCategory
  readonly affectedResourceName: string
}

/** How the runs of one action went in a workspace, all of them, undo runs left out. */
export interface ActionRecord {
  readonly actionName: string
  readonly runs: number
  readonly outcomes: readonly Count<ExecutionOutcome>[]
  /** Newest verdict of each run that has one. */
  readonly verdicts: readonly Count<Verdict>[]
  /** Of runs with a decided verdict and a measured effect, percent; null: none. */
  readonly medianImprovementPercent: number | null
  readonly lastRunAt: UtcTime
}

/** Reviewed runs of one tenth of confidence. */
export interface ConfidenceBin {
  /** The tenth: 0.6 is 0.6 up to, not including, 0.7. */
  readonly from: number
  readonly records: number
  /** Mean of the confidence they were proposed with. */
  readonly meanConfidence: number
  readonly resolved: number
  /** Share that was resolved, with its 95 % interval (Wilson). */
  readonly share: { readonly value: number; readonly low: number; readonly high: number }
}

/** What confidence was worth: reviewed runs of a workspace, or of all. */
export interface Reliability {
  readonly bins: readonly ConfidenceBin[]
  readonly records: number
  /** Mean squared error of the confidence; null: no run was reviewed. */
  readonly brier: number | null
  /** Expected calibration error over the bins: mean distance of confidence and share, by records; null likewise. */
  readonly calibrationError: number | null
}

/** One bar of a count. */
export interface Count<Key> {
  readonly key: Key
  readonly count: number
}

/** What the dashboard shows, of one workspace. */
export interface Dashboard {
  readonly at: UtcTime
  readonly pending: readonly {
    readonly riskLevel: RiskLevel
    readonly count: number
    readonly oldestSeconds: number
  }[]
  readonly openIssues: readonly (Count<Severity> & { readonly oldestSeconds: number })[]
  /** Suppressions that hold now. */
  readonly suppressed: number
  /** Runs that ended in the last 24 hours. */
  readonly runs: {
    readonly byOutcome: readonly Count<ExecutionOutcome>[]
    readonly judged: number
    readonly improved: number
    readonly meanImprovementPercent: number | null
    readonly open: number
  }
  /** Votes of the last 7 days. */
  readonly votes: readonly {
    readonly userName: string
    readonly status: ApprovalStatus
    readonly standing: boolean
    readonly count: number
    /** From proposal to vote, mean. */
    readonly meanSecondsToVote: number
  }[]
  readonly targets: readonly {
    readonly targetId: number
    readonly targetName: string
    readonly engine: string
    readonly enabled: boolean
    readonly seen: boolean
    readonly openIssues: number
    readonly criticalIssues: number
    readonly lastEventAt: UtcTime | null
  }[]
  /** Issues resolved a day, of the last 14 days that had any. */
  readonly resolved: readonly {
    /** `2026-11-21`, UTC. */
    readonly day: string
    readonly count: number
    readonly meanSeconds: number
  }[]
}

/** Parts of the dashboard that only a link of the audit chain changes, and time by hours. */
export type LastingFigures = Pick<Dashboard, 'runs' | 'votes' | 'resolved'>

/** What /metrics counts, of the whole store. */
export interface PipelineFigures {
  readonly openIssues: readonly {
    readonly state: IssueState
    readonly severity: Severity
    readonly count: number
  }[]
  readonly pending: Dashboard['pending']
  /** Suppressions that hold now. */
  readonly suppressed: number
  readonly runs: readonly {
    readonly purpose: ExecutionPurpose
    readonly outcome: ExecutionOutcome
    readonly count: number
  }[]
  readonly verdicts: readonly Count<Verdict>[]
  readonly votes: readonly Count<ApprovalStatus>[]
  /** Of reviewed lessons: mean squared error of the confidence they were proposed with; null: none yet. */
  readonly brier: { readonly mean: number | null; readonly records: number }
  /** Means of the last 30 days, seconds; null: nothing to count. */
  readonly detectSeconds: number | null
  readonly acknowledgeSeconds: number | null
  readonly resolveSeconds: number | null
  /** Seconds since the newest event of each target. */
  readonly targets: readonly { readonly targetName: string; readonly lastEventSeconds: number | null }[]
}

/** Means over so many days that minutes change little of them; counting them reads every issue and vote of those days. */
export type MeanTimes = Pick<PipelineFigures, 'detectSeconds' | 'acknowledgeSeconds' | 'resolveSeconds'>

/** Where a row belongs. */
export interface Place {
  readonly workspaceId: number
  readonly targetId: number
  readonly issueId: number | null
  readonly decisionId: number | null
}

/** Reads for a door. */
export interface BrowsePort {
  issues(query: IssuePageQuery): Promise<Page<Issue>>
  decisions(query: DecisionPageQuery): Promise<Page<DecisionRow>>
  executions(query: ExecutionPageQuery): Promise<Page<ExecutionRow>>
  /** One run as in a list. */
  execution(executionId: number): Promise<ExecutionRow | null>
  lessons(query: LessonPageQuery): Promise<Page<LessonRow>>
  /** Track records of the actions that ran in a workspace. */
  actionRecords(workspaceId: number): Promise<readonly ActionRecord[]>
  /** @param workspaceId null: of all workspaces */
  reliability(workspaceId: number | null): Promise<Reliability>
  /** @param known parts that were counted before and are not counted again */
  dashboard(workspaceId: number, known?: Partial<LastingFigures>): Promise<Dashboard>
  /** How people voted in a workspace over the last days, by name, with warnings by the usual limits or by others. */
  approvers(query: {
    readonly workspaceId: number
    readonly days: number
    readonly limits?: RubberStampLimits
  }): Promise<readonly ApproverRecord[]>
  /** @param known means that were counted before and are not counted again */
  figures(known?: MeanTimes): Promise<PipelineFigures>
  /** What watching cost each target lately, of all workspaces; at most 5,000, without those of which nothing is known. */
  watchingCosts(): Promise<readonly WatchingCost[]>
  /** The workspace each target belongs to. */
  workspaceOf(targetId: number): Promise<number | null>
  /** Targets of a workspace. */
  targetIds(workspaceId: number): Promise<readonly number[]>
  /**
   * Where a row of the pipeline belongs, by its table and key, for those who are told of its change; null: it is not
   * there, or of the whole installation.
   */
  place(table: string, key: string | number): Promise<Place | null>
  /** Number of the newest link of the audit chain; 0: none. */
  newestSeq(): Promise<number>
}
