/** Base rates from past outcomes, by levels: all, category, action, engine, server. Newer counts more. */
import { hierarchicalRate, type Outcomes, outcomeWeight } from '../../core/calibration.ts'
import type { PastOutcome } from '../../core/store-ports.ts'
import { toMs } from '../../core/time.ts'
import type { BaseRate } from './rank-hypotheses.ts'

/** Where a base rate is wanted. */
export interface BaseRatePlace {
  readonly category: string
  readonly engine: string
  readonly instanceUid: string
}

/**
 * The base rate function of one issue. Decided outcomes only; each is weighted by its age. Without a
 * candidate action the rate stops at the category.
 */
export function baseRates(outcomes: readonly PastOutcome[], place: BaseRatePlace, now: string): BaseRate {
  const decided = outcomes.filter((o) => o.resolved !== null)
  const count = (keep: (o: PastOutcome) => boolean): Outcomes => {
    let successes = 0
    let trials = 0
    for (const outcome of decided.filter(keep)) {
      const weight = outcomeWeight((toMs(now) - toMs(outcome.at)) / 86_400_000)
      trials += weight
      if (outcome.resolved === true) successes += weight
    }
    return { successes, trials }
  }
  const all = count(() => true)
  const category = count((o) => o.issueCategory === place.category)
  return (_rootCause, actionId) => {
    if (actionId === null) return hierarchicalRate([all, category])
    const ofAction = (o: PastOutcome): boolean =>
      o.issueCategory === place.category && o.actionName === actionId
    const ofEngine = (o: PastOutcome): boolean => ofAction(o) && o.engine === place.engine
    return hierarchicalRate([
      all,
      category,
      count(ofAction),
      count(ofEngine),
      count((o) => ofEngine(o) && o.instanceUid === place.instanceUid),
    ])
  }
}
