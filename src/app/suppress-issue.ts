/** Silencing the condition of an issue for a while: what stands against it, said before the store would refuse it. */
import { mayUse } from '../access/index.ts'
import type { Refusal } from '../core/errors.ts'
import type { Issue } from '../core/nouns.ts'
import type { ServePort } from '../core/store-ports.ts'
import {
  longestSuppression,
  SILENT_SECONDS_MOST,
  SILENT_WITHIN_SECONDS,
  SUPPRESSION_SECONDS_LEAST,
  silentSeconds,
} from '../core/suppressions.ts'
import { isWish } from '../pipeline/index.ts'
import { notNow } from './not-now.ts'

/** For how long, why, by whom. */
export interface SuppressedBy {
  /** Whole seconds from now. */
  readonly seconds: number
  readonly reason: string
  readonly by: string
  /** May they let something go on that was stopped (`release`)? What is CRITICAL, or silent for long, asks for it. */
  readonly mayRelease: boolean
}

const DAY_SECONDS = 86_400
/** Suppressions of one condition that are counted; the store counts them all. */
const LOOKED_MOST = 200

/**
 * Suppresses the condition of an issue (its rule on its resource) on its target, whatever state the issue is in; an open
 * one stays open. Gives the suppression’s number, or why it cannot be.
 * @throws DbmedicError what the store refuses
 */
export async function suppressIssue(
  port: ServePort,
  issue: Issue,
  { seconds, reason, by, mayRelease }: SuppressedBy,
): Promise<number | Refusal> {
  const { issueId, severity } = issue
  const longest = longestSuppression(severity)
  if (seconds < SUPPRESSION_SECONDS_LEAST)
    return notNow(`a suppression of ${seconds} s is over before the next window`, 'Give a minute or more.')
  if (seconds > longest)
    return notNow(
      `issue ${issueId} is ${severity}, and that is suppressed for ${longest / DAY_SECONDS} days at most`,
      `Give ${longest / DAY_SECONDS} days or less; who wants it longer says so again then.`,
    )
  if (isWish(issue))
    return notNow(
      `issue ${issueId} is a person’s request, which no instrument reports`,
      `Close it: dbmedic close ${issueId}`,
    )
  const { rows } = await port.read.suppressions({ issueId, active: true, after: null, limit: 1 })
  const [holding] = rows
  if (holding !== undefined)
    return notNow(
      `suppression ${holding.suppressionId} of ${holding.suppressedBy} holds it until ${holding.expiresAt}`,
      `End that one first: dbmedic suppressions end ${holding.suppressionId}`,
    )
  const right = mayRelease ? null : await needsRelease(port, issue, seconds)
  return right ?? port.suppress({ issueId, seconds, reason, by })
}

/** Why this is for somebody who approves or administers; null: it is not. */
async function needsRelease(port: ServePort, issue: Issue, seconds: number): Promise<Refusal | null> {
  const { issueId, severity } = issue
  if (severity === 'CRITICAL')
    return notNow(
      `issue ${issueId} is CRITICAL, which an approver or administrator suppresses`,
      'Ask one of those in: dbmedic users',
    )
  const people = await port.read.people()
  const { rows } = await port.read.suppressions({ issueId, after: null, limit: LOOKED_MOST })
  const past = silentSeconds(rows, await port.read.now(), (userName) =>
    people.some((each) => each.userName === userName && mayUse(each, 'release')),
  )
  if (past + seconds <= SILENT_SECONDS_MOST) return null
  const [most, within] = [SILENT_SECONDS_MOST / DAY_SECONDS, SILENT_WITHIN_SECONDS / DAY_SECONDS]
  return notNow(
    `it was suppressed for ${Math.round(past / DAY_SECONDS)} of the last ${within} days, and is for ${most} of them at most unless an approver or administrator says so`,
    'Mend it, give a shorter time, or ask one of those in: dbmedic users',
  )
}
