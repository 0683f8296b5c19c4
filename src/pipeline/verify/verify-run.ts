/**
 * Verifies one completed run: gathers the windows before and after from the stored samples, measures the
 * effect against untouched statement classes, looks at the guarded figures, and gives the verdict row.
 * While the after-window is still running there is none.
 */
import type { Json } from '../../core/canonical.ts'
import type { Decision, Execution, NewVerification } from '../../core/nouns.ts'
import type { Binding, VerificationPlan } from '../../core/plan.ts'
import type { ReadPort } from '../../core/store-ports.ts'
import { fromMs, toMs, type UtcTime } from '../../core/time.ts'
import { beforeFrom, type Measured, measure, ofStatements, type Sides } from './measure.ts'
import {
  accusation,
  accuses,
  GUARD_PERCENT,
  type GuardReading,
  isWorse,
  type Judged,
  judgeEffect,
  suspects,
} from './verdict.ts'

/**
 * Looks at a run, one at the end of each length of its after-window; then a person must settle it. Only at
 * these moments: looking again and again until an interval happens to exclude zero would find an effect in
 * anything (Armitage, McPherson and Rowe 1969).
 */
export const MOST_LOOKS = 4
/**
 * Readings of a gauge (sessions that wait, …) needed on each side. A gauge is read at intervals, not called; the minimum number
 * of calls is about statements. Two before are enough: what is approved within seconds of the trouble has no third, and that the
 * trouble is still there is asked once more right before the statement is sent.
 */
export const FEWEST_READINGS = { before: 2, after: 3, of: 'readings' } as const

/** A run to verify. */
export interface VerifyInput {
  /** When the trouble was first seen: a gauge is not compared with the time before it. */
  readonly onset: UtcTime
  readonly execution: Execution
  readonly decision: Decision
  readonly now: UtcTime
  readonly read: ReadPort
}

/** Which look at a run is due now, 1 to MOST_LOOKS; 0: none yet. The same for everybody who looks. */
export function looksDue(execution: Execution, decision: Decision, now: UtcTime): number {
  if (execution.finishedAt === null) return 0
  const plan = (JSON.parse(decision.bindingText) as Binding).verification
  const measured = (toMs(now) - toMs(execution.finishedAt)) / 1000 - plan.settleSeconds
  return Math.min(MOST_LOOKS, Math.max(0, Math.floor(measured / plan.afterSeconds)))
}

/** When a run that ended is looked at first, and last before a person must settle it; null for one that did not end. */
export function lookTimes(
  { finishedAt }: Pick<Execution, 'finishedAt'>,
  { settleSeconds, afterSeconds }: Pick<VerificationPlan, 'settleSeconds' | 'afterSeconds'>,
): { readonly first: UtcTime; readonly last: UtcTime } | null {
  if (finishedAt === null) return null
  const at = (look: number): UtcTime =>
    fromMs(toMs(finishedAt) + (settleSeconds + look * afterSeconds) * 1000)
  return { first: at(1), last: at(MOST_LOOKS) }
}

/** The verdict row, or null while it is too early. */
export async function verifyRun(input: VerifyInput): Promise<NewVerification | null> {
  const { execution, decision } = input
  const plan = (JSON.parse(decision.bindingText) as Binding).verification
  const { finishedAt, startedAt } = execution
  const look = looksDue(execution, decision, input.now)
  if (finishedAt === null || startedAt === null || look === 0) return null
  const afterFrom = toMs(finishedAt) + plan.settleSeconds * 1000
  const sides: Sides = {
    beforeFrom: await beforeFrom({ ...input, plan }, toMs(startedAt)),
    beforeTo: toMs(startedAt),
    afterFrom,
    afterTo: afterFrom + look * plan.afterSeconds * 1000,
  }
  const at = { ...input, plan, seed: execution.executionId }
  const measured = await measure({ ...at, sides })
  const judge = (found: Measured): Judged => judged(execution, plan, found)
  let verdict = judge(measured)
  // One look accuses nobody, nor does it acquit where a figure may be worse.
  if (look === 1 && (verdict.verdict === 'regressed' || measured.guards.some(suspects))) return null
  if (verdict.verdict === 'regressed') {
    // Something beside the action may have slowed everything for a moment, and an undo would then take a good plan
    // back: what it is accused of must be so in the newest length of time, too.
    const lately = await measure({ ...at, sides: { ...sides, afterFrom: lastLength(sides, plan) } })
    verdict = judge(lasting(measured, lately))
  }
  if (verdict.verdict === 'undecided' && look < MOST_LOOKS) return null
  return toRow(execution, plan, { measured, judged: verdict, sides })
}

const lastLength = ({ afterTo }: Sides, plan: VerificationPlan): number => afterTo - plan.afterSeconds * 1000

/** What was measured, without what speaks against the action and is over. */
function lasting(measured: Measured, lately: Measured): Measured {
  const worseLately = new Set(lately.guards.filter(isWorse).map((guard) => guard.name))
  const isSlowLately = (lately.effect?.improvementPercent ?? 0) < -GUARD_PERCENT
  const isSlow = (measured.effect?.highPercent ?? 0) < -GUARD_PERCENT
  return {
    ...measured,
    // A change that is over is no step.
    beganThen: measured.beganThen && (!isSlow || isSlowLately),
    guards: measured.guards.filter((guard) => !accuses(guard) || worseLately.has(guard.name)),
  }
}

/** The verdict of what was measured, by the series of the plan or, where it has none, by its postcondition. */
function judged(execution: Execution, plan: VerificationPlan, measured: Measured): Judged {
  if (plan.affectedSeries.length === 0) return byPostcondition(execution, measured)
  const calls = { before: plan.minimumCalls, after: plan.minimumCalls, of: 'calls' } as const
  return judgeEffect({ plan, fewest: ofStatements(plan) ? calls : FEWEST_READINGS, ...measured })
}

function byPostcondition(execution: Execution, { guards }: Measured): Judged {
  const worse = guards.find(accuses)
  if (worse !== undefined) return { verdict: 'regressed', because: accusation(worse) }
  if (execution.executionOutcome !== 'SUCCESS')
    return { verdict: 'no_effect', because: 'the plan did not run to its end' }
  return {
    verdict: 'improved',
    because: 'the postcondition holds; this action has no series of its own to measure',
  }
}

/** Is a figure surely worse since the run, by less than the action gained? It is said, and does not accuse. */
const isOutweighed = (guard: GuardReading): boolean => isWorse(guard) && guard.beganThen && guard.outweighed

const besideIt = (guard: GuardReading): string =>
  `meanwhile ${accusation(guard)}, which costs less time than was gained`

function toRow(
  execution: Execution,
  plan: VerificationPlan,
  result: {
    readonly measured: Measured
    readonly judged: Judged
    readonly sides: Sides
  },
): NewVerification {
  const { effect, callsBefore, callsAfter, guards } = result.measured
  const percent = (p: number | undefined): number | null =>
    p === undefined ? null : Math.min(100, Number(p.toFixed(4)))
  return {
    executionId: execution.executionId,
    verdict: result.judged.verdict,
    metricName: plan.metricName,
    metricUnit: plan.metricUnit,
    lowerIsBetter: plan.lowerIsBetter,
    metricBefore: effect?.medianBefore ?? null,
    metricAfter: effect?.medianAfter ?? null,
    samplesBefore: callsBefore,
    samplesAfter: callsAfter,
    improvementPercent: percent(effect?.improvementPercent),
    intervalLowPercent: percent(effect?.lowPercent),
    intervalHighPercent: percent(effect?.highPercent),
    details: {
      because: [result.judged.because, ...guards.filter(isOutweighed).map(besideIt)].join('; '),
      controls: effect?.controls ?? 0,
      controlPercent: effect?.controlPercent ?? null,
      beganThen: result.measured.beganThen,
      guards: guards as unknown as Json,
      before: { from: fromMs(result.sides.beforeFrom), to: fromMs(result.sides.beforeTo) },
      after: { from: fromMs(result.sides.afterFrom), to: fromMs(result.sides.afterTo) },
      seed: execution.executionId,
    },
    assessedBy: 'act',
  }
}
