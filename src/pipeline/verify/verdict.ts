/** What a measured effect amounts to, by the rules fixed before approval. */
import type { VerificationPlan } from '../../core/plan.ts'
import type { Verdict } from '../../core/vocabulary.ts'
import type { Effect } from './effect.ts'

/** A guarded figure that must not get worse: how much it did, percent (positive: worse). */
export interface GuardReading {
  readonly name: string
  readonly worsePercent: number
  /** Lower end of the 95 % interval of that. */
  readonly surelyWorsePercent: number
}

/** Worsening of a guarded figure, percent, that counts as a regression. */
export const GUARD_PERCENT = 20

/** Did a guarded figure get worse by more than the guard, and by half of it even if chance was against it? */
export const isWorse = (guard: GuardReading): boolean =>
  guard.worsePercent > GUARD_PERCENT && guard.surelyWorsePercent > GUARD_PERCENT / 2

/** What stands behind a verdict. */
export interface VerdictInput {
  readonly plan: VerificationPlan
  /** Null: there were too few calls or windows on one side. */
  readonly effect: Effect | null
  readonly callsBefore: number
  readonly callsAfter: number
  readonly guards: readonly GuardReading[]
}

/** A verdict and the sentence that justifies it. */
export interface Judged {
  readonly verdict: Verdict
  readonly because: string
}

/**
 * improved: the whole interval lies above the minimum gain. regressed: the whole interval lies below minus
 * the guard, or a guarded figure worsened beyond it. no_effect: the whole interval lies below the minimum
 * gain. Anything else is undecided.
 */
export function judgeEffect(input: VerdictInput): Judged {
  const { plan, effect } = input
  const guard = input.guards.find(isWorse)
  if (guard !== undefined) {
    return { verdict: 'regressed', because: `${guard.name} got ${guard.worsePercent.toFixed(0)} % worse` }
  }
  const least = Math.min(input.callsBefore, input.callsAfter)
  if (effect === null || least < plan.minimumCalls) {
    return {
      verdict: 'undecided',
      because: `${input.callsBefore} calls before and ${input.callsAfter} after; ${plan.minimumCalls} are needed on each side`,
    }
  }
  const interval = `95 % interval ${effect.lowPercent.toFixed(1)} to ${effect.highPercent.toFixed(1)} %`
  if (effect.lowPercent > plan.minimumGainPercent) return { verdict: 'improved', because: interval }
  if (effect.highPercent < -GUARD_PERCENT) return { verdict: 'regressed', because: interval }
  if (effect.highPercent <= plan.minimumGainPercent) return { verdict: 'no_effect', because: interval }
  return { verdict: 'undecided', because: `${interval} straddles ${plan.minimumGainPercent} %` }
}
