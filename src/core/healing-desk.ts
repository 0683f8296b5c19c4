/** What `reason` records of healing failures: runs of decisions on issues that a failure opened, and what came back all the same. */
import type { Json } from './canonical.ts'
import type { WatchAcceptance, WatchDesk } from './failure-watches.ts'
import type { RecoveryDesk } from './recovery-desk.ts'

/** A run on an issue that a failure opened, whose attempt is not recorded or not ended. */
export interface HealingRun {
  readonly executionId: number
  readonly decisionId: number
  readonly issueId: number
  readonly targetName: string
  readonly actionName: string
  readonly taskId: number
  /** Null: it is not recorded yet. */
  readonly attemptId: number | null
  /** The number its attempt would have. */
  readonly nextNumber: number
  /** An attempt of the same failure is open: the next one begins after its end. */
  readonly waits: boolean
  /** True: verified as an improvement. False: it failed, or nothing got better. Null: not known yet. */
  readonly succeeded: boolean | null
}

/** An issue of a failure that came back after it was healed as often as it may be on that target. */
export interface CameBack {
  readonly issueId: number
  readonly targetName: string
  readonly taskId: number
  readonly nextNumber: number
  /** Healings within 30 days on that target, the oldest first. */
  readonly healings: readonly { readonly decisionId: number; readonly success: boolean | null }[]
}

/** A failure that was handed to a person, whose issue has ended. */
export interface EndedEscalation {
  readonly attemptId: number
  readonly issueId: number
  /** With a verified run, after it was handed over. */
  readonly resolved: boolean
}

/** An attempt that begins, or that has ended already when it is recorded. */
export interface BegunAttempt {
  readonly taskId: number
  /** One more than the newest one's. */
  readonly number: number
  readonly strategy: 'SELF_HEALING' | 'PREVENTIVE' | 'ESCALATE'
  /** Of SELF_HEALING. */
  readonly decisionId: number | null
  /** At most 1000 characters. */
  readonly reasoning: string
  readonly evidence: Json
  /** Null: it goes on. */
  readonly success: boolean | null
}

/** Why nothing is proposed by itself for an issue. */
export type RecoveryBar =
  | {
      readonly bar: 'switched-off'
      readonly signature: string
      readonly by: string | null
      readonly reason: string | null
      /** The error did not open the issue, and is of the same table, statement or server. */
      readonly isBeside: boolean
    }
  | { readonly bar: 'came-back'; readonly signature: string; readonly healings: number }

/** Healing as `reason` records it. Lists are bounded, the oldest first. */
export interface HealingDesk {
  healingRuns(most: number): Promise<readonly HealingRun[]>
  /** Open issues nobody works on, of which nobody was told yet. */
  cameBack(most: number): Promise<readonly CameBack[]>
  endedEscalations(most: number): Promise<readonly EndedEscalation[]>
  /** False: another process was first. @throws DbmedicError DBM_STORE_REFUSED with the rule */
  beginAttempt(attempt: BegunAttempt): Promise<boolean>
  /** False: it has ended already. @throws DbmedicError DBM_STORE_REFUSED with the rule */
  endAttempt(attemptId: number, success: boolean): Promise<boolean>
  /** By that analysis of the issue. Null: nothing stands against proposing. */
  barOf(issueId: number, analysisId: number): Promise<RecoveryBar | null>
}

/** What `reason` does about failures. */
export interface RecoveryDesks {
  /** What is done about failures that applications report. */
  readonly recovery: RecoveryDesk
  /** What is recorded of healing them. */
  readonly healing: HealingDesk
  /** Watches that failures propose. */
  readonly watches: WatchDesk
}

/** What a person says of recovering from a kind of failure, and of the checks it proposes. */
export interface RecoverySwitchDesk extends WatchAcceptance {
  /**
   * Switches recovery of a kind of failure off, or on again.
   * @throws DbmedicError DBM_STORE_NO_ROW if nobody looked at it yet; DBM_STORE_REFUSED with the rule
   */
  switchRecovery(wish: {
    readonly workspaceId: number
    readonly signature: string
    readonly on: boolean
    readonly reason: string
    readonly by: string
  }): Promise<void>
}
