/** What a measured effect amounts to, by the rules fixed before approval. */
import type { VerificationPlan } from '../../core/plan.ts'
import type { Verdict } from '../../core/vocabulary.ts'
import type { Effect } from './effect.ts'

/** A guarded figure that must not get worse: how much it did, percent (positive: worse). */
export interface GuardReading {
  readonly name: string
  /** Of a share of failing calls: points of a hundred calls beyond twice the odds before. */
  readonly worsePercent: number
  /** Lower end of the interval of that, corrected for the number of figures looked at. */
  readonly surelyWorsePercent: number
  /** Whether a step at the run explains it, rather than one at another time or a drift. */
  readonly beganThen: boolean
  /** Whether the action saves more time than this figure loses. */
  readonly outweighed: boolean
  /** Set if the figure is a share of failing calls: what it was before and is since, percent. */
  readonly failing?: { readonly beforePercent: number; readonly sincePercent: number }
}

/** Worsening of a guarded figure, percent, that counts as a regression. */
export const GUARD_PERCENT = 20
/** Worsening, percent, that chance must not have brought. */
export const SURELY_WORSE_PERCENT = GUARD_PERCENT / 2

/** The same of a share of failing calls, points of a hundred calls. */
export const FAILING_POINTS = 2

const boundOf = (guard: GuardReading): number =>
  guard.failing === undefined ? GUARD_PERCENT : FAILING_POINTS

/** Did a guarded figure get worse by more than the guard, and by half of it even if chance was against it? */
export const isWorse = (guard: GuardReading): boolean =>
  guard.worsePercent > boundOf(guard) && guard.surelyWorsePercent > boundOf(guard) / 2

/** Would it speak against the action if it were surer: is it worse since the run, and by more than the action gained? */
export const suspects = (guard: GuardReading): boolean =>
  guard.worsePercent > boundOf(guard) && guard.beganThen && !guard.outweighed

/** Does it speak against the action? */
export const accuses = (guard: GuardReading): boolean => isWorse(guard) && suspects(guard)

/** The sentence about a figure that accuses. */
export const accusation = ({ failing, name, worsePercent }: GuardReading): string =>
  failing === undefined
    ? `${name} got ${worsePercent.toFixed(0)} % worse`
    : `${name} went from ${failing.beforePercent.toFixed(1)} to ${failing.sincePercent.toFixed(1)} %`

/** What stands behind a verdict. */
export interface VerdictInput {
  readonly plan: Pick<VerificationPlan, 'minimumGainPercent'>
  /** Calls of a statement, or readings of a gauge, needed on each side. */
  readonly fewest: { readonly before: number; readonly after: number; readonly of: 'calls' | 'readings' }
  /** Null: there were too few calls or windows on one side. */
  readonly effect: Effect | null
  /** Whether a step at the run explains the change, rather than one at another time or a drift. */
  readonly beganThen: boolean
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
 * the guard, or a guarded figure accuses the action. no_effect: the whole interval lies below the minimum
 * gain, and its middle above minus the guard: what is maybe worse is not called nothing. Neither improved nor regressed
 * is a change that did not begin with the run. Anything else is undecided.
 */
export function judgeEffect(input: VerdictInput): Judged {
  const { callsAfter, callsBefore, effect, fewest, plan } = input
  const guard = input.guards.find(accuses)
  if (guard !== undefined) return { verdict: 'regressed', because: accusation(guard) }
  if (effect === null || callsBefore < fewest.before || callsAfter < fewest.after) {
    return {
      verdict: 'undecided',
      because: `${callsBefore} ${fewest.of} before and ${callsAfter} after; ${fewest.before} and ${fewest.after} are needed`,
    }
  }
  const interval = `95 % interval ${effect.lowPercent.toFixed(1)} to ${effect.highPercent.toFixed(1)} %`
  const since = (verdict: Verdict): Judged =>
    input.beganThen
      ? { verdict, because: interval }
      : { verdict: 'undecided', because: `${interval}, but the change did not begin when the action ran` }
  if (effect.lowPercent > plan.minimumGainPercent) return since('improved')
  if (effect.highPercent < -GUARD_PERCENT) return since('regressed')
  const isMaybeWorse = effect.improvementPercent < -GUARD_PERCENT
  const bound = isMaybeWorse ? -GUARD_PERCENT : plan.minimumGainPercent
  if (!isMaybeWorse && effect.highPercent <= bound) return { verdict: 'no_effect', because: interval }
  return { verdict: 'undecided', because: `${interval} straddles ${bound} %` }
}
