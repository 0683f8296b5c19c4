/**
 * What one look at a run measures: the effect on the affected series, whether it began with the run, and the guarded
 * figures. Everything is read from stored samples.
 */
import { median } from '../../core/median.ts'
import type { Decision, MetricSample } from '../../core/nouns.ts'
import type { VerificationPlan } from '../../core/plan.ts'
import type { ReadPort } from '../../core/store-ports.ts'
import { fromMs, toMs, type UtcTime } from '../../core/time.ts'
import { beganThen, LIKELY_MOMENT, LOSS_BEGINS, POSITIVE_EVIDENCE, type Tolerance } from './began-then.ts'
import { commonCourse, relativeTo } from './course.ts'
import { type Effect, measureEffect } from './effect.ts'
import { readFailing, type SampleSides } from './failing.ts'
import { type Control, readGuards } from './guards.ts'
import type { GuardReading } from './verdict.ts'
import { type Binned, type BinnedSides, windowMeans } from './window-means.ts'

/** Controls used at most, the busiest first. */
const MOST_CONTROLS = 20

/** The two spans of time that are compared, ms since 1970. */
export interface Sides {
  readonly beforeFrom: number
  readonly beforeTo: number
  readonly afterFrom: number
  readonly afterTo: number
}

/** What is measured, and where it is read. */
export interface MeasureInput {
  /** When the trouble was first seen: a gauge is not compared with the time before it. */
  readonly onset: UtcTime
  readonly decision: Decision
  readonly read: ReadPort
  readonly plan: VerificationPlan
  readonly sides: Sides
  /** Of the bootstrap. */
  readonly seed: number
}

/** What a look found. */
export interface Measured {
  /** Null: there were too few windows on one side. */
  readonly effect: Effect | null
  /** Whether a step at the run explains the change of the affected series; true for gauges, which are not asked. */
  readonly beganThen: boolean
  readonly callsBefore: number
  readonly callsAfter: number
  readonly guards: readonly GuardReading[]
}

/** Bins in one length of the time after a run. */
const BINS = 30
/** A gain may take a sixth of that time to spread: caches warm up. A loss accuses, so it must begin at once. */
const GAIN_BEGINS: Tolerance = {
  earlier: 1,
  later: BINS / 6,
  otherMoment: LIKELY_MOMENT,
  line: POSITIVE_EVIDENCE,
}

/** Is the plan measured by statements, not by gauges? */
export const ofStatements = (plan: VerificationPlan): boolean =>
  plan.affectedSeries.some((s) => s.startsWith('statement:'))

/** Measures both sides. */
export async function measure(input: MeasureInput): Promise<Measured> {
  const { plan, seed, sides } = input
  const binSeconds = Math.max(1, plan.afterSeconds / BINS)
  const read = sidesReader(input)
  const samples = await Promise.all(plan.affectedSeries.map(read))
  const isOfStatements = ofStatements(plan)
  // Trouble that a gauge shows may last seconds: each of its readings counts by itself.
  const ownSeconds = isOfStatements ? binSeconds : 1
  const affected = samples.map(({ before, after }) => ({
    before: windowMeans(isOfStatements ? before : sinceSeen(before, plan), plan.metricName, ownSeconds),
    after: windowMeans(after, plan.metricName, ownSeconds),
  }))
  const before = together(affected.map((s) => s.before))
  const after = together(affected.map((s) => s.after))
  const all = await read('statement')
  const untouched = await controlsOf({ all, read, plan, binSeconds })
  const effect =
    before.means.length < 2 || after.means.length < 2
      ? null
      : measureEffect(
          { before: before.means, after: after.means },
          isOfStatements ? untouched.map(meansOf) : [],
          {
            lowerIsBetter: plan.lowerIsBetter,
            seed,
            floor: Math.max(1e-6, median(before.means) * 0.01),
          },
        )
  const afterSeconds = (sides.afterTo - sides.afterFrom) / 1000
  const savedMsPerSecond =
    effect === null
      ? 0
      : timeSaved(plan, effect.medianBefore - effect.medianAfter, after.calls / afterSeconds)
  return {
    effect,
    beganThen:
      !isOfStatements ||
      beganThen(
        relativeTo(commonCourse(affected), commonCourse(untouched)),
        (effect?.improvementPercent ?? 0) < 0 ? LOSS_BEGINS : GAIN_BEGINS,
      ),
    callsBefore: before.calls,
    callsAfter: after.calls,
    guards: [
      ...(await readFailing({
        all,
        isWhole: isWhole(all),
        readAlone: (key) => read(`statement:${key}`),
        binSeconds,
      })),
      ...readGuards({
        controls: untouched,
        seed,
        savedMsPerSecond,
        savesOthers: !isOfStatements,
        afterSeconds,
      }),
    ],
  }
}

/**
 * Readings of a gauge from the first that shows the trouble. The window in which trouble is first seen begins before it:
 * among three readings, one at which nobody waited yet is enough to leave undecided what ended it. All of them where none
 * shows any.
 */
const sinceSeen = (
  readings: readonly MetricSample[],
  { metricName }: VerificationPlan,
): readonly MetricSample[] =>
  readings.slice(
    Math.max(
      0,
      readings.findIndex((reading) => (reading.measures[metricName] ?? 0) > 0),
    ),
  )

/** What a session that waits loses, ms a second. */
const WAITING_MS_PER_SECOND = 1000

/** Time that `less` of the plan's metric saves all sessions together, ms a second; 0 where that is not known. */
function timeSaved({ metricName }: VerificationPlan, less: number, callsPerSecond: number): number {
  if (metricName === 'mean_ms') return callsPerSecond * less
  return metricName === 'waiting_sessions' ? WAITING_MS_PER_SECOND * less : 0
}

/** Lengths of the time before a run that are looked at where a statement was called too seldom in one. */
const MOST_LENGTHS = 4

/**
 * When the time before a run that began at `startedMs` begins, ms: one length before it; for a statement with too few
 * calls in that, as many as it takes, but no earlier than the trouble. What is slow is called seldom, and however often
 * one looks later, that adds no calls before the run.
 */
export async function beforeFrom(
  { decision, onset, plan, read }: Omit<MeasureInput, 'sides' | 'seed'>,
  startedMs: number,
): Promise<number> {
  const lengthMs = plan.beforeSeconds * 1000
  const usual = startedMs - lengthMs
  const earliest = Math.min(usual, Math.max(toMs(onset), startedMs - MOST_LENGTHS * lengthMs))
  if (!ofStatements(plan) || earliest === usual) return usual
  const sides = { beforeFrom: earliest, beforeTo: startedMs, afterFrom: startedMs, afterTo: startedMs }
  const reader = sidesReader({ decision, onset, plan, read, sides, seed: 0 })
  const samples = (await Promise.all(plan.affectedSeries.map(reader))).flatMap(({ before }) => before)
  const callsSince = (from: number): number =>
    samples.reduce((sum, s) => (toMs(s.windowStart) >= from ? sum + s.calls : sum), 0)
  const lengths = Array.from({ length: MOST_LENGTHS }, (_, i) =>
    Math.max(earliest, startedMs - (i + 1) * lengthMs),
  )
  return lengths.find((from) => callsSince(from) >= plan.minimumCalls) ?? usual
}

const meansOf = ({ before, after }: BinnedSides) => ({ before: before.means, after: after.means })

const together = (binned: readonly Omit<Binned, 'at'>[]): Omit<Binned, 'at'> => ({
  means: binned.flatMap((b) => b.means),
  calls: binned.reduce((n, b) => n + b.calls, 0),
})

/** Reads both sides of a series: `kind:key`, or `kind` for all of a kind (the newest rows, bounded). */
type ReadSides = (series: string) => Promise<SampleSides>

/** Rows of one read. */
const PAGE_ROWS = 20_000
/** Are these all rows there are? A side that fills a page may be cut. */
const isWhole = ({ before, after }: SampleSides): boolean =>
  Math.max(before.length, after.length) < PAGE_ROWS * 0.9

function sidesReader({ decision, onset, read, sides }: MeasureInput): ReadSides {
  const fetch = async (series: string, from: number, to: number): Promise<readonly MetricSample[]> => {
    const [kind = '', ...key] = series.split(':')
    const samples = await read.samples({
      targetId: decision.targetId,
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
      /^statement(:|$)/.test(series) ? sides.beforeFrom : Math.max(sides.beforeFrom, toMs(onset)),
      sides.beforeTo,
    ),
    after: await fetch(series, sides.afterFrom, sides.afterTo),
  })
}

/** Untouched statement classes with enough calls on both sides, busiest first, as mean times. */
async function controlsOf({
  all,
  read,
  plan,
  binSeconds,
}: {
  readonly all: SampleSides
  readonly read: ReadSides
  readonly plan: VerificationPlan
  readonly binSeconds: number
}): Promise<Control[]> {
  const touched = new Set(plan.affectedSeries.map((s) => s.slice(s.indexOf(':') + 1)))
  const before = bySeries(all.before, binSeconds)
  const after = bySeries(all.after, binSeconds)
  const enough = Math.min(plan.minimumCalls, 30)
  const chosen = [...before.entries()]
    .filter(([key, b]) => !touched.has(key) && b.calls >= enough && (after.get(key)?.calls ?? 0) >= enough)
    .sort((a, b) => b[1].calls - a[1].calls)
    .slice(0, MOST_CONTROLS)
    .map(([key]) => key)
  return Promise.all(
    chosen.map(async (key) => {
      if (isWhole(all)) return { key, before: before.get(key) ?? NONE, after: after.get(key) ?? NONE }
      const own = await read(`statement:${key}`)
      return {
        key,
        before: windowMeans(own.before, 'mean_ms', binSeconds),
        after: windowMeans(own.after, 'mean_ms', binSeconds),
      }
    }),
  )
}

const NONE: Binned = { at: [], means: [], calls: 0 }

function bySeries(samples: readonly MetricSample[], binSeconds: number): Map<string, Binned> {
  const groups = new Map<string, MetricSample[]>()
  for (const sample of samples) {
    const group = groups.get(sample.seriesKey)
    if (group === undefined) groups.set(sample.seriesKey, [sample])
    else group.push(sample)
  }
  return new Map([...groups].map(([key, group]) => [key, windowMeans(group, 'mean_ms', binSeconds)]))
}
