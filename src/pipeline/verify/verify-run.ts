/**
 * Verifies one completed run: gathers the windows before and after from the stored samples, measures the
 * effect against untouched statement classes, looks at the guarded figures, and gives the verdict row.
 * While the after-window is still running there is none.
 */
import type { Json } from '../../core/canonical.ts'
import type { Decision, Execution, MetricSample, NewVerification } from '../../core/nouns.ts'
import type { Binding, VerificationPlan } from '../../core/plan.ts'
import type { ReadPort } from '../../core/store-ports.ts'
import { fromMs, toMs, type UtcTime } from '../../core/time.ts'
import { type Effect, measureEffect, measureShift, type WindowMeans } from './effect.ts'
import { median } from './resampled-median.ts'
import { type GuardReading, isWorse, judgeEffect } from './verdict.ts'
import { type Binned, windowMeans } from './window-means.ts'

/**
 * Looks at a run, one at the end of each length of its after-window; then a person must settle it. Only at
 * these moments: looking again and again until an interval happens to exclude zero would find an effect in
 * anything (Armitage, McPherson and Rowe 1969).
 */
export const MOST_LOOKS = 4
/** Controls used at most, the busiest first. */
export const MOST_CONTROLS = 20

/**
 * Readings of a gauge (sessions that wait, …) needed on each side. A gauge is read at intervals, not called;
 * the minimum number of calls is about statements.
 */
export const FEWEST_READINGS = 3

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

/** The verdict row, or null while it is too early. */
export async function verifyRun(input: VerifyInput): Promise<NewVerification | null> {
  const binding = JSON.parse(input.decision.bindingText) as Binding
  const plan = binding.verification
  const finished = input.execution.finishedAt
  const started = input.execution.startedAt
  const look = looksDue(input.execution, input.decision, input.now)
  if (finished === null || started === null || look === 0) return null
  const sides: Sides = {
    beforeFrom: toMs(started) - plan.beforeSeconds * 1000,
    beforeTo: toMs(started),
    afterFrom: toMs(finished) + plan.settleSeconds * 1000,
    afterTo: toMs(finished) + (plan.settleSeconds + look * plan.afterSeconds) * 1000,
  }
  const measured = await measure(input, plan, sides)
  const judge = (guards: readonly GuardReading[]): ReturnType<typeof judgeEffect> =>
    judged(input.execution, plan, { ...measured, guards })
  const byItself = judge([])
  const accused = measured.guards.some(isWorse) && byItself.verdict !== 'regressed'
  // Something beside the action may have slowed everything for a moment, and an undo would then take a good plan
  // back: one look does not accuse it.
  if (accused && look === 1) return null
  const lately = { ...sides, afterFrom: sides.afterTo - plan.afterSeconds * 1000 }
  const lasts = accused && (await measure(input, plan, lately)).guards.some(isWorse)
  const verdict = lasts ? judge(measured.guards) : byItself
  if (verdict.verdict === 'undecided' && look < MOST_LOOKS) return null
  return toRow(input.execution, plan, { measured, judged: verdict, sides })
}

/** The verdict of what was measured, by the series of the plan or, where it has none, by its postcondition. */
function judged(
  execution: Execution,
  plan: VerificationPlan,
  measured: Measured,
): ReturnType<typeof judgeEffect> {
  if (plan.affectedSeries.length === 0) return byPostcondition(execution, measured.guards)
  const minimumCalls = ofStatements(plan) ? plan.minimumCalls : FEWEST_READINGS
  return judgeEffect({ plan: { ...plan, minimumCalls }, ...measured })
}

interface Sides {
  readonly beforeFrom: number
  readonly beforeTo: number
  readonly afterFrom: number
  readonly afterTo: number
}

interface Measured {
  readonly effect: Effect | null
  readonly callsBefore: number
  readonly callsAfter: number
  readonly guards: readonly GuardReading[]
}

function byPostcondition(
  execution: Execution,
  guards: readonly GuardReading[],
): ReturnType<typeof judgeEffect> {
  const worse = guards.find(isWorse)
  if (worse !== undefined)
    return { verdict: 'regressed', because: `${worse.name} got ${worse.worsePercent.toFixed(0)} % worse` }
  if (execution.executionOutcome !== 'SUCCESS')
    return { verdict: 'no_effect', because: 'the plan did not run to its end' }
  return {
    verdict: 'improved',
    because: 'the postcondition holds; this action has no series of its own to measure',
  }
}

/** Both sides of one series, or of all series of a kind. */
interface Samples {
  readonly before: readonly MetricSample[]
  readonly after: readonly MetricSample[]
}

/** Reads both sides of a series: `kind:key`, or `kind` for all of a kind (the newest rows, bounded). */
type ReadSides = (series: string) => Promise<Samples>

/** Rows of one read. */
const PAGE_ROWS = 20_000

function sidesReader(input: VerifyInput, sides: Sides): ReadSides {
  const fetch = async (series: string, from: number, to: number): Promise<readonly MetricSample[]> => {
    const [kind = '', ...key] = series.split(':')
    const samples = await input.read.samples({
      targetId: input.decision.targetId,
      seriesKind: kind,
      seriesKey: key.length === 0 ? null : key.join(':'),
      from: fromMs(from),
      to: fromMs(to),
      limit: PAGE_ROWS,
    })
    // A window that began before the end of a side and ended after it belongs to neither.
    return samples.filter((s) => toMs(s.windowEnd) <= to)
  }
  return async (series) => ({
    before: await fetch(
      series,
      // A gauge is compared with the time of trouble only, a statement with all the time before.
      /^statement(:|$)/.test(series) ? sides.beforeFrom : Math.max(sides.beforeFrom, toMs(input.onset)),
      sides.beforeTo,
    ),
    after: await fetch(series, sides.afterFrom, sides.afterTo),
  })
}

async function measure(input: VerifyInput, plan: VerificationPlan, sides: Sides): Promise<Measured> {
  const binSeconds = Math.max(1, plan.afterSeconds / 30)
  const read = sidesReader(input, sides)
  const affected = await Promise.all(plan.affectedSeries.map(read))
  // Trouble that a gauge shows may last seconds: each of its readings counts by itself.
  const ownSeconds = ofStatements(plan) ? binSeconds : 1
  const before = together(affected.map((s) => windowMeans(s.before, plan.metricName, ownSeconds)))
  const after = together(affected.map((s) => windowMeans(s.after, plan.metricName, ownSeconds)))
  const untouched = await controlsOf(read, plan, binSeconds)
  const seed = input.execution.executionId
  const effect =
    before.means.length < 2 || after.means.length < 2
      ? null
      : measureEffect({ before: before.means, after: after.means }, ofStatements(plan) ? untouched : [], {
          lowerIsBetter: plan.lowerIsBetter,
          seed,
          floor: Math.max(1e-6, median(before.means) * 0.01),
        })
  return {
    effect,
    callsBefore: before.calls,
    callsAfter: after.calls,
    guards: guardReadings(untouched, seed),
  }
}

const ofStatements = (plan: VerificationPlan): boolean =>
  plan.affectedSeries.some((s) => s.startsWith('statement:'))

const together = (binned: readonly Binned[]): Binned => ({
  means: binned.flatMap((b) => b.means),
  calls: binned.reduce((n, b) => n + b.calls, 0),
})

/** Untouched statement classes with enough calls on both sides, busiest first, as mean times. */
async function controlsOf(
  read: ReadSides,
  plan: VerificationPlan,
  binSeconds: number,
): Promise<WindowMeans[]> {
  const touched = new Set(plan.affectedSeries.map((s) => s.slice(s.indexOf(':') + 1)))
  const all = await read('statement')
  const before = bySeries(all.before, binSeconds)
  const after = bySeries(all.after, binSeconds)
  const enough = Math.min(plan.minimumCalls, 30)
  const chosen = [...before.entries()]
    .filter(([key, b]) => !touched.has(key) && b.calls >= enough && (after.get(key)?.calls ?? 0) >= enough)
    .sort((a, b) => b[1].calls - a[1].calls)
    .slice(0, MOST_CONTROLS)
    .map(([key]) => key)
  const whole = Math.max(all.before.length, all.after.length) < PAGE_ROWS * 0.9
  return Promise.all(
    chosen.map(async (key) => {
      if (whole) return { before: before.get(key)?.means ?? [], after: after.get(key)?.means ?? [] }
      const own = await read(`statement:${key}`)
      const meansOf = (samples: readonly MetricSample[]) => windowMeans(samples, 'mean_ms', binSeconds).means
      return { before: meansOf(own.before), after: meansOf(own.after) }
    }),
  )
}

function bySeries(samples: readonly MetricSample[], binSeconds: number): Map<string, Binned> {
  const groups = new Map<string, MetricSample[]>()
  for (const sample of samples) {
    const group = groups.get(sample.seriesKey)
    if (group === undefined) groups.set(sample.seriesKey, [sample])
    else group.push(sample)
  }
  return new Map([...groups].map(([key, group]) => [key, windowMeans(group, 'mean_ms', binSeconds)]))
}

/** The untouched classes as a whole must not have got slower. */
function guardReadings(controls: readonly WindowMeans[], seed: number): GuardReading[] {
  if (controls.length < 3) return []
  const { percent, lowPercent } = measureShift(controls, seed)
  return [
    {
      name: 'the mean time of untouched statements',
      worsePercent: percent,
      surelyWorsePercent: lowPercent,
    },
  ]
}

function toRow(
  execution: Execution,
  plan: VerificationPlan,
  result: {
    readonly measured: Measured
    readonly judged: ReturnType<typeof judgeEffect>
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
      because: result.judged.because,
      controls: effect?.controls ?? 0,
      controlPercent: effect?.controlPercent ?? null,
      guards: guards as unknown as Json,
      before: { from: fromMs(result.sides.beforeFrom), to: fromMs(result.sides.beforeTo) },
      after: { from: fromMs(result.sides.afterFrom), to: fromMs(result.sides.afterTo) },
      seed: execution.executionId,
    },
    assessedBy: 'act',
  }
}
