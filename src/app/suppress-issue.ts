/** Silencing the condition of an issue for a while: what stands against it, said before the store would refuse it. */
import type { Refusal } from '../core/errors.ts'
import type { Issue } from '../core/nouns.ts'
import type { ServePort } from '../core/store-ports.ts'
import { longestSuppression, SUPPRESSION_SECONDS_LEAST } from '../core/suppressions.ts'
import { isWish } from '../pipeline/index.ts'

/** For how long, why, by whom. */
export interface SuppressedBy {
  /** Whole seconds from now. */
  readonly seconds: number
  readonly reason: string
  readonly by: string
}

const DAY_SECONDS = 86_400

/**
 * Suppresses the condition of an issue (its rule on its resource) on its target, whatever state the issue is in; an open
 * one stays open. Gives the suppression’s number, or why it cannot be.
 * @throws DbmedicError what the store refuses
 */
export async function suppressIssue(
  port: ServePort,
  issue: Issue,
  { seconds, reason, by }: SuppressedBy,
): Promise<number | Refusal> {
  const { issueId, severity } = issue
  const longest = longestSuppression(severity)
  if (seconds < SUPPRESSION_SECONDS_LEAST)
    return refusal(`a suppression of ${seconds} s is over before the next window`, 'Give a minute or more.')
  if (seconds > longest)
    return refusal(
      `issue ${issueId} is ${severity}, and that is suppressed for ${longest / DAY_SECONDS} days at most`,
      `Give ${longest / DAY_SECONDS} days or less; who wants it longer says so again then.`,
    )
  if (isWish(issue))
    return refusal(
      `issue ${issueId} is a person’s request, which no instrument reports`,
      `Close it: dbmedic close ${issueId}`,
    )
  const { rows } = await port.read.suppressions({ issueId, active: true, after: null, limit: 1 })
  const [holding] = rows
  if (holding !== undefined)
    return refusal(
      `suppression ${holding.suppressionId} of ${holding.suppressedBy} holds it until ${holding.expiresAt}`,
      `End that one first: dbmedic suppressions end ${holding.suppressionId}`,
    )
  return port.suppress({ issueId, seconds, reason, by })
}

const refusal = (because: string, toProceed: string): Refusal => ({
  refused: true,
  code: 'DBM_PRECONDITION_FAILED',
  because,
  toProceed,
})
