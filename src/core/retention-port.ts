/** What the retention role may do with the store, in bounded steps. Floors are the store's own. */
import type { Lease } from './lease.ts'
import type { UtcTime } from './time.ts'

/** What is pruned by itself, under a lease. */
export const RETENTION_TASKS = ['samples', 'events'] as const
/** One of the two. */
export type RetentionTask = (typeof RETENTION_TASKS)[number]

/** What is pruned: beside those, failures of applications and what was done about them, by hand only. Nothing else ever is. */
export const PRUNED_THINGS = [...RETENTION_TASKS, 'failures'] as const
/** One of them. */
export type PrunedThing = (typeof PRUNED_THINGS)[number]

/** Ages from which on rows may go, days. The store refuses samples below 8 and events below 30, whatever is asked. */
export interface RetentionAges {
  /** Of fine windows that a rolled one holds the sums of; the store refuses below 1. */
  readonly fineDays: number
  readonly samplesDays: number
  /** Of the series `plan`. */
  readonly plansDays: number
  /** Since the batch of events was sealed. */
  readonly eventsDays: number
}

/** One task as the store has it. */
export interface RetentionTaskState {
  readonly task: RetentionTask
  /** Who is at it now; null if nobody. */
  readonly heldBy: string | null
  /** When it was last done; null if never. */
  readonly finishedAt: UtcTime | null
  readonly removedRows: number
}

/** Rows that are due. */
export interface RowsDue {
  /** Samples, or events of the batches that are due, those an issue refers to included. */
  readonly rows: number
  /** There are more; counting stopped at `rows`. */
  readonly more: boolean
  /** Batches of events; null for samples. */
  readonly batches: number | null
}

/** One step of pruning samples. */
export interface PrunedSamples {
  readonly removed: number
  /** There may be more to remove: another step is worth while, also where this one removed nothing. */
  readonly more: boolean
}

/** One batch of events after pruning it. */
export interface PrunedBatch {
  readonly batchId: number
  /** Events that went; 0 where the store refused. */
  readonly removed: number
  /** Why the store refused: the batch is not what was sealed. Null if it did not. */
  readonly refused: string | null
}

/** Failures and records of recovery that are due. */
export interface FailuresDue {
  /** Failures seen fewer than ten times, and not for 90 days. */
  readonly patterns: number
  /** Explanations that a newer one replaced, 90 days old. */
  readonly explanations: number
  /** Attempts that a newer one followed, ended 90 days ago (a year, if they failed). */
  readonly attempts: number
  /** Looks of watches, 30 days old (90, if they failed), after which one showed the same. */
  readonly looks: number
  /** Questions of watches that no look rests on any more, 30 days old. */
  readonly questions: number
  /** There are more; counting stopped at 100,000. */
  readonly more: boolean
}

/** One step of pruning failures. */
export interface PrunedFailures {
  /** Rows of all tables. */
  readonly removed: number
  /** The next step begins after this failure. */
  readonly after: number
  /** There may be more to remove. */
  readonly more: boolean
}

/** `retention`: deletes what is old enough. */
export interface RetentionPort {
  tasks(): Promise<readonly RetentionTaskState[]>
  /** Takes a task nobody is at and that was not done within `restSeconds`; false if there is no need or another is at it. */
  claim(task: RetentionTask, lease: Lease, restSeconds: number): Promise<boolean>
  /** Gives the task back with what went. */
  finish(task: RetentionTask, owner: string, removedRows: number): Promise<void>
  /** What is due now: of samples up to a million that are old, and what is rolled up among the next 50,000. */
  due(task: RetentionTask, ages: RetentionAges): Promise<RowsDue>
  /**
   * One step: deletes up to `most` (1 to 5000) of the oldest samples that are due and no open verification needs; where
   * none is, looks at so many more samples and deletes what the rolled ones among them hold the sums of.
   */
  pruneSamples(ages: RetentionAges, most: number): Promise<PrunedSamples>
  /** Prunes the oldest batch after `afterBatchId` that is due; null if none is. `by`: the user who asked, for the record. */
  pruneEvents(ages: RetentionAges, afterBatchId: number, by: string | null): Promise<PrunedBatch | null>
  /** Ages are the store's own here. */
  failuresDue(): Promise<FailuresDue>
  /**
   * One step: up to `most` (512) old records of recovery; where there are none, up to 50 failures after that id, each with
   * its places and all that was done about it. Two processes at it at once do no harm.
   */
  pruneFailures(after: number, most: number): Promise<PrunedFailures>
}

/** How much a table of the store holds. */
export interface TableSize {
  readonly table: string
  readonly rows: number
  /** The server's estimate, not a count (MySQL family). */
  readonly estimated: boolean
  /** With indexes; null if the store does not say. */
  readonly bytes: number | null
  /** Of the oldest row; null for an empty table or one without a time. */
  readonly oldest: UtcTime | null
}
