/** What is done about failures that applications report: who answers which, why, what was tried, and what came of it. */
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
