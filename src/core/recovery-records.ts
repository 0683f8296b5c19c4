/** What is done about failures that applications report: who answers which, why, what was tried, and what came of it. */
import type { Json } from './canonical.ts'
import type { FailureWatch } from './failure-watches.ts'
import type { UtcTime } from './time.ts'
import type { Severity } from './vocabulary.ts'

/**
 * Who answers a failure. IMMEDIATE: the client tries again, within its budget. PREVENTIVE: a watch on what leads to it.
 * SELF_HEALING: a decision in the ordinary loop, with its approval. AI_POWERED: an explanation with hypotheses, by rules
 * and, if configured, a model. ESCALATE: a person, now.
 */
export const RECOVERY_STRATEGIES = [
  'IMMEDIATE',
  'PREVENTIVE',
  'SELF_HEALING',
  'AI_POWERED',
  'ESCALATE',
] as const
/** One of them. */
export type RecoveryStrategy = (typeof RECOVERY_STRATEGIES)[number]

/** A failure in words for people. Holds no value of a statement or message. */
export interface FailureWords {
  /** What fails, one or two sentences. At most 600 characters. */
  readonly summary: string
  /** What may be behind it, the likeliest first, and how to tell. At most 4000 characters. */
  readonly rootCause: string
  /** Whether to try again, how, and who does it. At most 600 characters. */
  readonly retryDecision: string
  /** What a person has to do; null: nothing, as long as it does not go on. At most 2000 characters. */
  readonly userAction: string | null
  readonly severity: Severity
  readonly strategy: RecoveryStrategy
}

/** An explanation on record. */
export interface RecoveryExplanation extends FailureWords {
  readonly number: number
  readonly explainer: string
  readonly knowledgeId: string | null
  readonly basisDigest: string
  readonly evidence: readonly Json[]
  readonly at: UtcTime
}

/** An attempt on record. */
export interface RecoveryAttempt {
  readonly number: number
  readonly strategy: RecoveryStrategy
  /** Of SELF_HEALING, and of no other. */
  readonly decisionId: number | null
  readonly reasoning: string
  readonly evidence: Json
  readonly startedAt: UtcTime
  readonly endedAt: UtcTime | null
  /** Null: not ended. */
  readonly success: boolean | null
}

/** Attempts of one failure that are shown. */
export const ATTEMPTS_SHOWN = 20

/** A person switched recovery of a failure. */
export interface RecoverySwitch {
  readonly on: boolean
  readonly by: string
  readonly reason: string
  readonly at: UtcTime
}

/** What was done about one kind of failure. */
export interface RecoveryRecord {
  readonly attempts: number
  readonly lastAttemptAt: UtcTime | null
  /** False: nothing is proposed for it by itself, and no grant lets it through. */
  readonly enabled: boolean
  /** The newest one; null: nobody ever switched it. */
  readonly switched: RecoverySwitch | null
  /** The newest one. */
  readonly explanation: RecoveryExplanation | null
  /** Checks that it proposed, the newest first, 20 at most. */
  readonly watches: readonly FailureWatch[]
  /** The newest first, `ATTEMPTS_SHOWN` at most. */
  readonly latest: readonly RecoveryAttempt[]
}
