/**
 * How like an earlier case the present one is, 0..1, and the five most alike, failures included. Below 0.5
 * there is no similar case, and none is invented.
 */
import type { Issue } from '../../core/nouns.ts'
import type { PastOutcome } from '../../core/store-ports.ts'

/** Weights of what two cases may have in common; they sum to 1. */
export const SIMILARITY_WEIGHTS = {
  fingerprint: 0.35,
  statement: 0.25,
  cause: 0.2,
  engine: 0.1,
  object: 0.1,
} as const

/** Least similarity that counts. */
export const SIMILAR_FROM = 0.5

/** An earlier case and how alike it is. */
export interface SimilarCase {
  readonly outcome: PastOutcome
  readonly similarity: number
}

/** What is known of the present case. */
export interface PresentCase {
  readonly issue: Issue
  readonly engine: string
  readonly rootCause: string
  readonly affectingQueries: readonly string[]
}

/** The similarity of one earlier case. */
export function similarity(present: PresentCase, past: PastOutcome): number {
  const same = present.issue.issueFingerprint === past.issueFingerprint ? 1 : 0
  const engine = present.engine === past.engine ? 1 : 0
  const object = present.issue.affectedResourceName === past.affectedResourceName ? 1 : 0
  const category = present.issue.issueCategory === past.issueCategory
  const cause = category && present.rootCause === past.rootCauseCode ? 1 : category ? 0.5 : 0
  return (
    SIMILARITY_WEIGHTS.fingerprint * same +
    SIMILARITY_WEIGHTS.statement * jaccard(present.affectingQueries, past.affectingQueries) +
    SIMILARITY_WEIGHTS.cause * cause +
    SIMILARITY_WEIGHTS.engine * engine +
    SIMILARITY_WEIGHTS.object * object
  )
}

/** The most similar earlier cases, most alike first, at most `most`; empty below the threshold. */
export function similarCases(
  present: PresentCase,
  outcomes: readonly PastOutcome[],
  most = 5,
): readonly SimilarCase[] {
  return outcomes
    .map((outcome) => ({ outcome, similarity: similarity(present, outcome) }))
    .filter((c) => c.similarity >= SIMILAR_FROM)
    .sort((a, b) => b.similarity - a.similarity || b.outcome.decisionId - a.outcome.decisionId)
    .slice(0, most)
}

/** Size of the intersection over size of the union (Jaccard 1901); 0 where both are empty. */
function jaccard(a: readonly string[], b: readonly string[]): number {
  const [left, right] = [new Set(a), new Set(b)]
  const union = left.union(right).size
  return union === 0 ? 0 : left.intersection(right).size / union
}
