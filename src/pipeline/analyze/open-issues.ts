/**
 * From events to issues: a resource over its limit in 3 of 5 windows (at once for critical kinds) opens an
 * issue, unless a person suppressed it; further events are counted on it; a CLEARED event ends one nobody has
 * decided on. Everything is read from rows, so any copy of the analyst comes to the same result.
 */
import type { Log } from '../../core/log.ts'
import type { DetectionEvent, Issue } from '../../core/nouns.ts'
import type { ReasonPort } from '../../core/store-ports.ts'
import { isStoreTrouble } from '../../core/store-trouble.ts'
import type { TargetNameOf } from '../../core/target-names.ts'
import { fromMs, toMs } from '../../core/time.ts'
import { isHeld } from './hold-opening.ts'

/** When breaches make an issue. */
export interface OpeningRule {
  readonly breaches: number
  readonly ofWindows: number
  /** Days within which an ended issue of the same fingerprint makes the new one a recurrence. */
  readonly recurrenceDays: number
}

/** The default rule. */
export const OPENING_RULE: OpeningRule = { breaches: 3, ofWindows: 5, recurrenceDays: 30 }

const EVENTS_LOOKED_AT = 40

/**
 * Whether these events (newest first, of one fingerprint) open an issue: partial windows and windows
 * before `afterRecorded` do not count.
 */
export function opens(
  events: readonly DetectionEvent[],
  rule: OpeningRule,
  afterRecorded: string | null,
): DetectionEvent[] | null {
  const breaches: DetectionEvent[] = []
  for (const event of events) {
    if (afterRecorded !== null && event.recordedAt <= afterRecorded) break
    if (event.eventKind === 'CLEARED') break
    if (event.eventKind === 'BREACH' && !event.partial) breaches.push(event)
  }
  const newest = breaches[0]
  if (newest === undefined) return null
  if (breaches.some((e) => e.opensAtOnce || e.severityIndicator === 'CRITICAL')) return breaches
  const width = usualWidth(breaches)
  const since = toMs(newest.windowEnd) - width * (rule.ofWindows - 0.5)
  const within = new Set(breaches.filter((e) => toMs(e.windowEnd) > since).map((e) => e.windowEnd))
  return within.size >= rule.breaches ? breaches : null
}

/** Median length of the windows, ms: intervals are jittered, so the newest alone would misjudge the others. */
function usualWidth(breaches: readonly DetectionEvent[]): number {
  const widths = breaches.map((e) => toMs(e.windowEnd) - toMs(e.windowStart)).sort((a, b) => a - b)
  return Math.max(1, widths[widths.length >> 1] ?? 1)
}

/** Where the analyst stands in the stream of events. */
export interface OpeningCursor {
  afterEventId: number
  /** Turns in a row in which a fingerprint failed; the cursor waits for it this long and no longer. */
  failedTurns?: number
}

/** Turns a failing fingerprint is tried again before the cursor moves on without it. */
export const MOST_FAILED_TURNS = 5

/** Where lines go, and what names the target in them. */
interface Told {
  readonly log: Log
  readonly nameOf: TargetNameOf
}

interface OpeningOptions extends Told {
  readonly rule: OpeningRule
}

/**
 * Looks at fingerprints with new breaches; opens or counts. Gives the ids of issues it opened. A fingerprint
 * that fails is logged and tried again at the next turns; the others go on. The cursor waits for a store that cannot be
 * used as long as that takes: an event that came once would be seen again only after a restart.
 * @throws what a store that cannot be used throws
 */
export async function openIssues(
  port: ReasonPort,
  cursor: OpeningCursor,
  options: OpeningOptions & { readonly limit: number },
): Promise<readonly number[]> {
  const fresh = await port.freshFingerprints(cursor.afterEventId, options.limit)
  const opened: number[] = []
  let failed = false
  for (const fingerprint of fresh.fingerprints) {
    try {
      const issueId = await openOrCount(port, fingerprint, options)
      if (issueId !== null) opened.push(issueId)
    } catch (error) {
      if (isStoreTrouble(error)) throw error
      failed = true
      const message = error instanceof Error ? error.message : 'unknown'
      options.log({ level: 'error', stage: 'analyze', message, fingerprint })
    }
  }
  cursor.failedTurns = failed ? (cursor.failedTurns ?? 0) + 1 : 0
  if (failed && cursor.failedTurns < MOST_FAILED_TURNS) return opened
  cursor.failedTurns = 0
  cursor.afterEventId = Math.max(cursor.afterEventId, fresh.upTo)
  return opened
}

async function openOrCount(
  port: ReasonPort,
  fingerprint: string,
  options: OpeningOptions,
): Promise<number | null> {
  const events = await port.read.events({ issueFingerprint: fingerprint, limit: EVENTS_LOOKED_AT })
  const open = await port.openIssueOf(fingerprint)
  if (open !== null)
    return (await endedUnderFormerName(port, open, { events, options })) ? null : countOn(port, open, events)
  const earlier = await port.earlierIssueOf(fingerprint, options.rule.recurrenceDays)
  const breaches = opens(events, options.rule, earlier?.closedAt ?? null)
  const [newest] = breaches ?? []
  if (breaches === null || newest === undefined) return null
  const severity = worstSeverity(breaches)
  if (await isHeld(port, { newest, severity, events }, options)) return null
  return openedBy(port, { newest, breaches, severity, earlier }, options)
}

interface Breached {
  readonly newest: DetectionEvent
  /** Newest first. */
  readonly breaches: readonly DetectionEvent[]
  readonly severity: Issue['severity']
  /** The one that ended before it. */
  readonly earlier: Issue | null
}

/** Opens the issue; null if another copy was first. */
async function openedBy(
  port: ReasonPort,
  { newest, breaches, severity, earlier }: Breached,
  { log, nameOf }: Told,
): Promise<number | null> {
  // A fingerprint is of a server, and after a failover or a new name its earlier events are of another target: they
  // count towards opening, but an issue refers to events of its own target only.
  const own = breaches.filter((e) => e.targetId === newest.targetId)
  const oldest = own.at(-1) ?? newest
  const issueId = await port.openIssue({
    targetId: newest.targetId,
    instanceUid: newest.instanceUid,
    issueCategory: newest.issueCategory,
    issueFingerprint: newest.issueFingerprint,
    ruleId: newest.ruleId,
    severity,
    affectedResourceType: newest.affectedResourceType,
    affectedResourceName: newest.affectedResourceName,
    occurrenceCount: own.length,
    firstOccurrenceEventId: oldest.eventId,
    lastDetectionEventId: newest.eventId,
    recurrenceOfIssueId: earlier?.issueId ?? null,
  })
  if (issueId !== null) {
    log({
      level: 'info',
      stage: 'analyze',
      message: 'issue opened',
      target: await nameOf(newest.targetId),
      issue: issueId,
      rule: newest.ruleId,
      resource: newest.affectedResourceName,
      severity: newest.severityIndicator,
    })
  }
  return issueId
}

/**
 * A server that was given another name in the configuration is another target, and an issue nobody decided on would wait
 * for answers about the former one for ever while it keeps the new one’s from opening. It ends here; the next windows
 * open it again under the new name, as a recurrence. Two names for one server that are both watched are left alone.
 */
async function endedUnderFormerName(
  port: ReasonPort,
  open: Issue,
  seen: { readonly events: readonly DetectionEvent[]; readonly options: OpeningOptions },
): Promise<boolean> {
  const { events, options } = seen
  const [newest] = events
  if (newest === undefined || newest.targetId === open.targetId) return false
  const sinceMs = toMs(newest.windowEnd) - FORMER_MS
  const isElsewhere =
    opens(
      events.filter((e) => e.targetId === newest.targetId),
      options.rule,
      null,
    ) !== null
  if (!isElsewhere || events.some((e) => e.targetId === open.targetId && toMs(e.windowEnd) > sinceMs))
    return false
  const own = { targetId: open.targetId, seriesKind: 'server', seriesKey: null }
  const watched = await port.read.samples({ ...own, from: fromMs(sinceMs), to: newest.windowEnd, limit: 1 })
  if (watched.length > 0) return false
  const ended = await endUndecided(port, open)
  if (ended)
    options.log({
      level: 'info',
      stage: 'analyze',
      message: `ended: the server is ${await options.nameOf(newest.targetId)} now, and nobody watches it under this name`,
      target: await options.nameOf(open.targetId),
      issue: open.issueId,
    })
  return ended
}

/** How long nothing must have come of a target under its former name, ms: longer than any restart of ours. */
const FORMER_MS = 600_000

/** Ends an issue nobody has decided on; false if there is a decision, which ends by its own validity first. */
async function endUndecided(port: ReasonPort, issue: Issue): Promise<boolean> {
  const { issueId, issueStatus } = issue
  if (issueStatus !== 'UNDER_ANALYSIS' && issueStatus !== 'AWAITING_DECISION') return false
  return (
    (await port.moveIssue(issueId, issueStatus, 'NO_ACTION')) &&
    (await port.moveIssue(issueId, 'NO_ACTION', 'CLOSED'))
  )
}

const worstSeverity = (breaches: readonly DetectionEvent[]): Issue['severity'] =>
  breaches.some((e) => e.severityIndicator === 'CRITICAL') ? 'CRITICAL' : 'WARNING'

async function countOn(port: ReasonPort, open: Issue, events: readonly DetectionEvent[]): Promise<null> {
  // The same server seen under another target is no occurrence of this target's issue.
  const further = events.filter(
    (e) => e.eventKind === 'BREACH' && e.eventId > open.lastDetectionEventId && e.targetId === open.targetId,
  )
  const newest = further[0]
  if (newest === undefined) return null
  const critical = open.severity === 'CRITICAL' || further.some((e) => e.severityIndicator === 'CRITICAL')
  await port.countOccurrences(
    open.issueId,
    further.length,
    newest.eventId,
    critical ? 'CRITICAL' : open.severity,
  )
  return null
}

/**
 * Ends issues nobody has decided on whose condition cleared. Issues with a decision are left to their
 * approval's validity. Gives how many ended.
 */
export async function closeCleared(port: ReasonPort, { log, nameOf }: Told): Promise<number> {
  const waiting = await port.read.issues({
    states: ['UNDER_ANALYSIS', 'AWAITING_DECISION', 'NO_ACTION'],
    limit: 200,
  })
  let ended = 0
  for (const issue of waiting) {
    if (issue.issueStatus === 'NO_ACTION') {
      if (await port.moveIssue(issue.issueId, 'NO_ACTION', 'CLOSED')) ended += 1
      continue
    }
    const [newest] = await port.read.events({ issueFingerprint: issue.issueFingerprint, limit: 1 })
    if (newest?.eventKind !== 'CLEARED') continue
    if (await port.moveIssue(issue.issueId, issue.issueStatus, 'NO_ACTION')) {
      log({
        level: 'info',
        stage: 'analyze',
        message: 'the condition cleared by itself',
        target: await nameOf(issue.targetId),
        issue: issue.issueId,
        ...becauseOf(newest),
      })
      if (await port.moveIssue(issue.issueId, 'NO_ACTION', 'CLOSED')) ended += 1
    }
  }
  return ended
}

/** Why it cleared, where the event says so. */
function becauseOf({ rawContext }: DetectionEvent): { readonly because?: string } {
  try {
    const { facts } = JSON.parse(rawContext) as { readonly facts?: { readonly because?: unknown } }
    return typeof facts?.because === 'string' ? { because: facts.because } : {}
  } catch {
    return {}
  }
}
