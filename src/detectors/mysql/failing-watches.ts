/**
 * What the watches of a target say of its failures. A look counts once, by its own time; one that could not be had says
 * nothing. Where a detector has an open issue of the very condition, that issue tells it and the watch is silent.
 */
import type { Json } from '../../core/canonical.ts'
import type { WatchKind } from '../../core/failure-watches.ts'
import type { FailureFacts, OpenIssue, WatchedFailures, WatchState } from '../../core/reported-failures.ts'
import { fromMs, toMs, type UtcTime } from '../../core/time.ts'
import type { DetectionSource } from '../../core/vocabulary.ts'

/** A failure of which something watched is not as it should be. */
export interface FailingFailure {
  readonly failure: FailureFacts
  /** Its watches that fail, the newest look first. */
  readonly watches: readonly WatchState[]
}

/** What is to be said of the failures that are watched. */
export interface WatchWords {
  /** Those whose watches fail, by signature. */
  readonly failing: ReadonlyMap<string, FailingFailure>
  /** Those of which it is not settled yet that they hold: neither is said of them. */
  readonly unsettled: ReadonlySet<string>
  /** Why a watch that does not count any more does not, by signature. */
  readonly because: ReadonlyMap<string, string>
}

/** Looks that hold, in a row, before one that measures counts as well again: a measure at its limit goes to and fro. */
const HELD_LEAST = { measured: 2, plain: 1 } as const

/** Rules whose open issue tells of the same condition as a watch of that kind; none is left out that there is. */
const SAME_CONDITION: Readonly<Partial<Record<WatchKind, string>>> = {
  'connection-headroom': 'mysql/connection-exhaustion',
  'deadlock-rate': 'mysql/deadlock',
  'id-headroom': 'mysql/id-exhaustion',
}

/** Where the answer to the question of each kind comes from. */
const SOURCES: Readonly<Record<WatchKind, DetectionSource>> = {
  'table-exists': 'CATALOG_SCAN',
  'column-exists': 'CATALOG_SCAN',
  'pending-migrations': 'CATALOG_SCAN',
  'id-headroom': 'CATALOG_SCAN',
  'connection-headroom': 'ENGINE_STATUS',
  'deadlock-rate': 'ENGINE_STATUS',
  disk: 'ENGINE_STATUS',
}

/** Of the newest look that failed. */
export const sourceOf = ({ watches }: FailingFailure): DetectionSource | undefined => {
  const [newest] = watches
  return newest === undefined ? undefined : SOURCES[newest.kind]
}

/** Sorts out what fails, what holds, and what another issue tells already. `leastAgeMs`: younger looks wait. */
export function watchWords(
  { watches, openIssues }: WatchedFailures,
  at: UtcTime,
  leastAgeMs: number,
): WatchWords {
  const failing = new Map<string, FailingFailure>()
  const unsettled = new Set<string>()
  const because = new Map<string, string>()
  const told = new Set<string>()
  for (const { failure, watch } of watches) {
    const { signature } = failure
    const elsewhere = toldIn(watch, openIssues, told)
    if (watch.look.result === 'FAILS' && elsewhere !== null) because.set(signature, elsewhere)
    else if (watch.look.result === 'FAILS') {
      told.add(conditionOf(watch))
      if (toMs(at) - toMs(watch.look.at) < leastAgeMs) unsettled.add(signature)
      else failing.set(signature, { failure, watches: [...(failing.get(signature)?.watches ?? []), watch] })
    } else if (watch.held < HELD_LEAST[watch.limit === null ? 'plain' : 'measured']) unsettled.add(signature)
    else because.set(signature, `watch ${watch.watchId} holds again: ${watch.look.says}`)
  }
  for (const [signature, { failure, watches: of }] of failing)
    failing.set(signature, { failure, watches: of.toSorted((a, b) => toMs(b.look.at) - toMs(a.look.at)) })
  return { failing, unsettled, because }
}

const conditionOf = ({ kind, subject }: WatchState): string => `${kind} ${(subject ?? '').toLowerCase()}`

/** What tells of the same condition; null: nothing does. */
function toldIn(watch: WatchState, open: readonly OpenIssue[], told: ReadonlySet<string>): string | null {
  if (told.has(conditionOf(watch))) return `another watch looks at the same as watch ${watch.watchId}`
  const rule = SAME_CONDITION[watch.kind]
  const subject = watch.subject?.toLowerCase()
  const issue = open.find(
    ({ ruleId, affectedResourceName }) =>
      ruleId === rule &&
      // Of ids the issue names the column, and the watch its table.
      (subject === undefined || affectedResourceName.toLowerCase().startsWith(`${subject}.`)),
  )
  return issue === undefined ? null : `issue ${issue.issueId} tells of the same (${issue.ruleId})`
}

/** The time a look stands for: since the one before it was due. */
export function windowOf({ look, intervalSeconds }: WatchState): {
  readonly windowStart: UtcTime
  readonly windowEnd: UtcTime
} {
  return { windowStart: fromMs(toMs(look.at) - intervalSeconds * 1000), windowEnd: look.at }
}

/** Which look it is: told of once. */
export const lookName = ({ watchId, look }: WatchState): string => `${watchId} ${look.number}`

/** What was asked, the answer, and since when it is so. */
export const watchFacts = ({ watches }: FailingFailure): Json =>
  watches.map((watch) => ({
    watchId: watch.watchId,
    kind: watch.kind,
    subject: watch.subject,
    asked: watch.asked,
    everySeconds: watch.intervalSeconds,
    limit: watch.limit,
    look: watch.look.number,
    value: watch.look.value,
    says: watch.look.says,
    at: watch.look.at,
    failsSince: watch.failsSince,
  }))
