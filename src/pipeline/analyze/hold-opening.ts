/**
 * What a person suppressed opens no issue: the opening is counted instead, once an episode (from the first windows over
 * the limit until it cleared). What is worse than what was suppressed opens all the same. Nothing is forgotten: events
 * are recorded as ever, and when the suppression is over the next window over the limit opens the issue.
 */
import type { Log } from '../../core/log.ts'
import type { DetectionEvent } from '../../core/nouns.ts'
import type { HoldingDesk } from '../../core/suppressions.ts'
import type { TargetNameOf } from '../../core/target-names.ts'
import { SEVERITIES, type Severity } from '../../core/vocabulary.ts'

/** An issue that is about to open. */
export interface Opening {
  /** The newest event over the limit. */
  readonly newest: DetectionEvent
  readonly severity: Severity
  /** All events of its fingerprint that were looked at, newest first. */
  readonly events: readonly DetectionEvent[]
}

const rank = (severity: Severity): number => SEVERITIES.indexOf(severity)

/** Is this opening held back by a suppression? If so, it is counted. */
export async function isHeld(
  port: HoldingDesk,
  { newest, severity, events }: Opening,
  { log, nameOf }: { readonly log: Log; readonly nameOf: TargetNameOf },
): Promise<boolean> {
  const holding = await port.holding(newest.issueFingerprint, newest.targetId)
  if (holding === null || rank(severity) > rank(holding.severity)) return false
  const { suppressionId, lastHeldEventId } = holding
  if (lastHeldEventId !== null && !clearedSince(events, lastHeldEventId)) return true
  if (!(await port.countHeld(suppressionId, newest.eventId))) return false
  log({
    level: 'info',
    stage: 'analyze',
    message: 'no issue opened: it is suppressed',
    target: await nameOf(newest.targetId),
    suppression: suppressionId,
    rule: newest.ruleId,
    resource: newest.affectedResourceName,
    severity,
  })
  return true
}

const clearedSince = (events: readonly DetectionEvent[], eventId: number): boolean =>
  events.some((each) => each.eventKind === 'CLEARED' && each.eventId > eventId)
