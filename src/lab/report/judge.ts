/** How one recorded answer is judged: its action, the harm it did, what its effect was worth. Pure. */
import type { RecordedEffect, RecordedIssue, RecordedResult } from './recorded.ts'

/** What the project sets itself to reach; shares from 0 to 1, times in seconds. */
export const AIMS = {
  recall: 0.97,
  precision: 0.97,
  firstCauseSingle: 0.92,
  firstCauseCompound: 0.8,
  lockSeconds: 15,
  statementSeconds: 60,
  diagnosisSeconds: 2,
  verdictsRight: 0.95,
  falselyImproved: 0.05,
} as const

/**
 * `right`: what the scenario expects (rightly nothing included), and it helped where it ran; `useless`: another
 * action, or one without effect; `missing`: none where one is right, or no issue at all; `harmful`: see `harmsOf`.
 */
export type ActionOutcome = 'right' | 'useless' | 'missing' | 'harmful'

/** Judges the action of one expected issue. */
export function actionOutcome(i: RecordedIssue): ActionOutcome {
  if (isHarmful(i)) return 'harmful'
  if (!i.found || (i.action === null && i.expectedAction !== null)) return 'missing'
  if (i.action !== i.expectedAction) return 'useless'
  const idle = i.verdict === 'no_effect' && i.expectedVerdict !== 'no_effect'
  return idle ? 'useless' : 'right'
}

const isHarmful = (i: RecordedIssue): boolean => i.verdict === 'regressed' || endedAnother(i)

/** It ran, and ended or cancelled another session than the one at fault. */
const endedAnother = (i: RecordedIssue): boolean => i.outcome === 'SUCCESS' && i.rightSession === false

/** Harm done in a run. */
export interface Harm {
  readonly kind: 'a guarded figure got worse' | 'another session was ended' | 'others waited for us'
  readonly what: string
}

/** The two looks between which a wait of others is known, ms. */
const LOOK_MS = 200

/** Every harm of a run. Waits are those of sessions behind a lock of one of our accounts, beyond the plan's own guard. */
export function harmsOf(r: RecordedResult): readonly Harm[] {
  const harms: Harm[] = []
  for (const i of r.issues) {
    if (i.verdict === 'regressed')
      harms.push({
        kind: 'a guarded figure got worse',
        what: `${i.action ?? '?'}: ${i.because ?? 'regressed'}`,
      })
    if (endedAnother(i)) harms.push({ kind: 'another session was ended', what: i.action ?? '?' })
  }
  const guardMs = lockGuardOf(r)
  if (r.ownLockWaits !== null && guardMs !== null && r.ownLockWaits.longestMs > guardMs + LOOK_MS)
    harms.push({
      kind: 'others waited for us',
      what: `${r.ownLockWaits.longestMs} ms, where the guard allows ${guardMs} ms`,
    })
  return harms
}

/** The longest guard of the plans that ran, ms; null where none ran. A plan without a guard may make nobody wait. */
export function lockGuardOf(r: RecordedResult): number | null {
  const ran = r.issues.filter((i) => i.durationMs !== null)
  return ran.length === 0 ? null : Math.max(...ran.map((i) => i.lockGuardMs ?? 0))
}

/** Whether the analysis named the right root cause; null where abstaining was right. */
export const causeRight = (i: RecordedIssue): boolean | null =>
  i.expectedRootCause === 'UNKNOWN' ? null : i.rootCause === i.expectedRootCause

/** Whether the right root cause was among the three likeliest. */
export const amongThree = (i: RecordedIssue): boolean => i.ranked.slice(0, 3).includes(i.expectedRootCause)

/**
 * The share of the trouble that was gone afterwards: 1 - after/before, at most 1, negative where it got worse. In
 * every measure of the lab the smaller figure is the better. Of a session that was still waiting (`freed` without an
 * after) nothing was gone. Null where a side was not measured or there was no trouble.
 */
export function relief(e: RecordedEffect | null): number | null {
  if (e === null) return null
  if (e.measure === 'freed' && e.after === null) return 0
  if (e.before === null || e.after === null || e.before <= 0) return null
  return 1 - e.after / e.before
}

/** The same fault three times: with our action, with the textbook remedy, with nothing done. Shares of the trouble. */
export interface Compared {
  /** Ours less nothing: what would have gone by itself (regression to the mean) is no merit. */
  readonly net: number | null
  /** `net` divided by the textbook remedy's; null where that itself gains under a twentieth. */
  readonly ofBest: number | null
}

/** What an effect was worth beside the best known answer and none. */
export function compared(r: Pick<RecordedResult, 'effect' | 'oracle' | 'nothing'>): Compared {
  const [own, best, none] = [relief(r.effect), relief(r.oracle), relief(r.nothing)]
  if (own === null || none === null) return { net: null, ofBest: null }
  const net = own - none
  const most = best === null ? null : best - none
  return { net, ofBest: most === null || most < 0.05 ? null : net / most }
}

/** How far a forecast of duration was off: actual by expected as a factor of at least 1; null of no run or forecast. */
export function forecastFactor(i: RecordedIssue): number | null {
  if (i.durationMs === null || i.forecastMs === null) return null
  const [actual, expected] = [Math.max(1, i.durationMs), Math.max(1, i.forecastMs.expected)]
  return Math.max(actual / expected, expected / actual)
}

/** Whether the duration lay within the forecast's own bounds. A run above the upper one is what a person was not told. */
export function withinForecast(i: RecordedIssue): 'below' | 'within' | 'above' | null {
  if (i.durationMs === null || i.forecastMs === null) return null
  if (i.durationMs > i.forecastMs.high) return 'above'
  return i.durationMs < i.forecastMs.low ? 'below' : 'within'
}

/** A band of stated confidence and how often the root causes named with it were right. */
export interface Band {
  readonly from: number
  readonly to: number
  /** Mean of the confidences in it. */
  readonly stated: number
  readonly hits: number
  readonly of: number
}

/** Root causes that were named with a confidence, right or wrong. */
const named = (
  issues: readonly RecordedIssue[],
): readonly { readonly stated: number; readonly hit: boolean }[] =>
  issues.flatMap((i) =>
    i.rootCause === null || i.confidence === null
      ? []
      : [{ stated: i.confidence, hit: i.rootCause === i.expectedRootCause }],
  )

/** Ten bands of equal width, those that hold something. */
export function bandsOf(issues: readonly RecordedIssue[]): readonly Band[] {
  const bands = Map.groupBy(named(issues), (n) => Math.min(9, Math.floor(n.stated * 10)))
  return [...bands]
    .sort(([a], [b]) => a - b)
    .map(([k, all]) => ({
      from: k / 10,
      to: (k + 1) / 10,
      stated: all.reduce((s, n) => s + n.stated, 0) / all.length,
      hits: all.filter((n) => n.hit).length,
      of: all.length,
    }))
}

/** Mean square of (confidence - right) (Brier 1950), and how many it is over; null of nothing. 0 is best. */
export function brierOf(
  issues: readonly RecordedIssue[],
): { readonly score: number; readonly n: number } | null {
  const all = named(issues)
  if (all.length === 0) return null
  return { score: all.reduce((s, n) => s + (n.stated - (n.hit ? 1 : 0)) ** 2, 0) / all.length, n: all.length }
}

/** Expected calibration error: mean distance of stated from found confidence, by band (Naeini et al. 2015); null of nothing. */
export function calibrationError(issues: readonly RecordedIssue[]): number | null {
  const bands = bandsOf(issues)
  const n = bands.reduce((s, b) => s + b.of, 0)
  return n === 0 ? null : bands.reduce((s, b) => s + b.of * Math.abs(b.stated - b.hits / b.of), 0) / n
}
