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
import { type Effect, measureEffect, median, type WindowMeans } from './effect.ts'
import { type GuardReading, judgeEffect } from './verdict.ts'
import { type Binned, windowMeans } from './window-means.ts'

/** How often, in after-windows, an undecided measurement is extended before a person must settle it. */
export const MOST_EXTENSIONS = 4
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

/** The verdict row, or null while it is too early. */
export async function verifyRun(input: VerifyInput): Promise<NewVerification | null> {
  const binding = JSON.parse(input.decision.bindingText) as Binding
  const plan = binding.verification
  const finished = input.execution.finishedAt
  const started = input.execution.startedAt
  if (finished === null || started === null) return null
  const elapsed = (toMs(input.now) - toMs(finished)) / 1000
  if (elapsed < plan.settleSeconds + plan.afterSeconds) return null
  const ofStatements = plan.affectedSeries.some((s) => s.startsWith('statement:'))
  const longest = toMs(started) - plan.beforeSeconds * 1000
  const sides: Sides = {
    beforeFrom: ofStatements ? longest : Math.max(longest, toMs(input.onset)),
    beforeTo: toMs(started),
    afterFrom: toMs(finished) + plan.settleSeconds * 1000,
    afterTo: toMs(input.now),
  }
  const measured = await measure(input, plan, sides)
  const judged =
    plan.affectedSeries.length === 0
      ? byPostcondition(measured.guards)
      : judgeEffect({
          plan: { ...plan, minimumCalls: ofStatements ? plan.minimumCalls : FEWEST_READINGS },
          ...measured,
        })
  const extensions = Math.floor((elapsed - plan.settleSeconds) / plan.afterSeconds)
  if (judged.verdict === 'undecided' && extensions < MOST_EXTENSIONS) return null
  return toRow(input.execution, plan, { measured, judged, sides })
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

function byPostcondition(guards: readonly GuardReading[]): ReturnType<typeof judgeEffect> {
  const worse = guards.find((g) => g.worsePercent > 20)
  if (worse !== undefined)
    return { verdict: 'regressed', because: `${worse.name} got ${worse.worsePercent.toFixed(0)} % worse` }
  return {
    verdict: 'improved',
    because: 'the postcondition holds; this action has no series of its own to measure',
  }
}

async function measure(input: VerifyInput, plan: VerificationPlan, sides: Sides): Promise<Measured> {
  const binSeconds = Math.max(1, plan.afterSeconds / 30)
  const fetch = (series: string, from: number, to: number): Promise<readonly MetricSample[]> => {
    const [kind = '', ...key] = series.split(':')
    return input.read.samples({
      targetId: input.decision.targetId,
      seriesKind: kind,
      seriesKey: key.length === 0 ? null : key.join(':'),
      from: fromMs(from),
      to: fromMs(to),
      limit: 20_000,
    })
  }
  const both = async (
    series: string,
  ): Promise<{ before: readonly MetricSample[]; after: readonly MetricSample[] }> => ({
    before: await fetch(series, sides.beforeFrom, sides.beforeTo),
    after: await fetch(series, sides.afterFrom, sides.afterTo),
  })
  const affected = await Promise.all(plan.affectedSeries.map(both))
  const before = affected.flatMap((s) => windowMeans(s.before, plan.metricName, binSeconds).means)
  const after = affected.flatMap((s) => windowMeans(s.after, plan.metricName, binSeconds).means)
  const callsBefore = affected.reduce(
    (n, s) => n + windowMeans(s.before, plan.metricName, binSeconds).calls,
    0,
  )
  const callsAfter = affected.reduce((n, s) => n + windowMeans(s.after, plan.metricName, binSeconds).calls, 0)
  const untouched = controlsOf(await both('statement'), plan, binSeconds)
  const comparable = plan.affectedSeries.some((s) => s.startsWith('statement:'))
  const effect =
    before.length < 2 || after.length < 2
      ? null
      : measureEffect({ before, after }, comparable ? untouched : [], {
          lowerIsBetter: plan.lowerIsBetter,
          seed: input.execution.executionId,
          floor: Math.max(1e-6, median(before) * 0.01),
        })
  return { effect, callsBefore, callsAfter, guards: guardReadings(untouched) }
}

/** Untouched statement classes with enough calls on both sides, busiest first, as mean times. */
function controlsOf(
  samples: { readonly before: readonly MetricSample[]; readonly after: readonly MetricSample[] },
  plan: VerificationPlan,
  binSeconds: number,
): WindowMeans[] {
  const touched = new Set(plan.affectedSeries.map((s) => s.slice(s.indexOf(':') + 1)))
  const before = bySeries(samples.before, binSeconds)
  const after = bySeries(samples.after, binSeconds)
  const enough = Math.min(plan.minimumCalls, 30)
  return [...before.entries()]
    .filter(([key, b]) => !touched.has(key) && b.calls >= enough && (after.get(key)?.calls ?? 0) >= enough)
    .sort((a, b) => b[1].calls - a[1].calls)
    .slice(0, MOST_CONTROLS)
    .map(([key, b]) => ({ before: b.means, after: after.get(key)?.means ?? [] }))
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
function guardReadings(controls: readonly WindowMeans[]): GuardReading[] {
  if (controls.length < 3) return []
  const shift = median(controls.map((c) => Math.log((median(c.after) + 1e-3) / (median(c.before) + 1e-3))))
  return [{ name: 'the mean time of untouched statements', worsePercent: 100 * (Math.exp(shift) - 1) }]
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
