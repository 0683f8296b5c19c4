/** What a series of lab runs says of the whole pipeline: each figure beside its aim, with its interval. */
import type { MeasuredEffect } from './measure-effect.ts'
import { type Proportion, proportionText, quantile } from './proportion.ts'
import type { RecordedIssue, RecordedResult } from './recorded-result.ts'

/** One figure of the scoreboard. */
export interface ScoreLine {
  readonly figure: string
  readonly value: string
  readonly aim: string
  /** Null: there is no aim, or nothing was measured. */
  readonly reached: boolean | null
}

/** The scoreboard of a series of runs, in the order of the pipeline. */
export function scoreboard(results: readonly RecordedResult[]): readonly ScoreLine[] {
  const faults = results.filter((r) => r.kind !== 'control')
  const expected = faults.flatMap((r) => r.issues)
  return [
    ...detection(results, expected),
    ...diagnosis(faults),
    ...healing(faults, expected),
    ...verification(results, expected),
  ]
}

function share(figure: string, p: Proportion, least: number): ScoreLine {
  const reached = p.of === 0 ? null : p.hits / p.of >= least
  return { figure, value: proportionText(p), aim: `at least ${least}`, reached }
}

const count = <T>(of: readonly T[], is: (item: T) => boolean): Proportion => ({
  hits: of.filter(is).length,
  of: of.length,
})

function detection(results: readonly RecordedResult[], expected: readonly RecordedIssue[]): ScoreLine[] {
  const right = expected.filter((i) => i.found).length + allowed(results)
  const opened = right + results.flatMap((r) => r.others).filter((o) => !o.allowed).length
  const controls = results.filter((r) => r.kind === 'control')
  const onControls = controls.reduce((n, r) => n + r.others.length, 0)
  const locks = expected.filter((i) => i.category === 'LOCK_CONTENTION' || i.category === 'DEADLOCK')
  const statements = expected.filter((i) => i.category === 'QUERY_PERFORMANCE')
  return [
    share(
      'recall: expected issues found',
      count(expected, (i) => i.found),
      0.97,
    ),
    share('precision: opened issues that were right', { hits: right, of: opened }, 0.97),
    {
      figure: `issues in ${controls.length} controls (${minutesOf(controls)} min)`,
      value: String(onControls),
      aim: '0',
      reached: controls.length === 0 ? null : onControls === 0,
    },
    times('fault to event, locks and deadlocks', eventTimes(locks), 15),
    times('fault to event, statements', eventTimes(statements), 60),
    times('event to diagnosis, without a model', diagnosisTimes(expected), null),
  ]
}

const allowed = (results: readonly RecordedResult[]): number =>
  results
    .filter((r) => r.kind !== 'control')
    .flatMap((r) => r.others)
    .filter((o) => o.allowed).length

const minutesOf = (runs: readonly RecordedResult[]): string =>
  (runs.reduce((s, r) => s + r.seconds, 0) / 60).toFixed(0)

const eventTimes = (issues: readonly RecordedIssue[]): number[] =>
  issues.flatMap((i) => (i.eventAfterMs === null ? [] : [i.eventAfterMs]))

const diagnosisTimes = (issues: readonly RecordedIssue[]): number[] =>
  issues.flatMap((i) =>
    i.eventAfterMs === null || i.explainedAfterMs === null ? [] : [i.explainedAfterMs - i.eventAfterMs],
  )

/** Median, 95th percentile and maximum of times, ms in, seconds out; the aim is for all of them. */
function times(figure: string, values: readonly number[], aimSeconds: number | null): ScoreLine {
  const at = (q: number): string => ((quantile(values, q) ?? 0) / 1000).toFixed(1)
  return {
    figure,
    value: values.length === 0 ? '-' : `median ${at(0.5)} s, p95 ${at(0.95)} s, max ${at(1)} s`,
    aim: aimSeconds === null ? '-' : `under ${aimSeconds} s`,
    reached: values.length === 0 || aimSeconds === null ? null : Math.max(...values) < aimSeconds * 1000,
  }
}

function diagnosis(faults: readonly RecordedResult[]): ScoreLine[] {
  const named = (kind: RecordedResult['kind']): readonly RecordedIssue[] =>
    faults
      .filter((r) => r.kind === kind)
      .flatMap((r) => r.issues.filter((i) => i.expectedRootCause !== 'UNKNOWN'))
  const toAbstain = faults.flatMap((r) => r.issues).filter((i) => i.expectedRootCause === 'UNKNOWN')
  const top1 = (i: RecordedIssue): boolean => i.rootCause === i.expectedRootCause
  const top3 = (i: RecordedIssue): boolean => i.ranked.slice(0, 3).includes(i.expectedRootCause)
  const all = [...named('single'), ...named('compound')]
  const judged = all.filter((i) => i.rootCause !== null && i.confidence !== null)
  const brier = judged.reduce((s, i) => s + ((i.confidence ?? 0) - (top1(i) ? 1 : 0)) ** 2, 0) / judged.length
  return [
    share('root cause named first, single faults', count(named('single'), top1), 0.92),
    share('root cause named first, compound faults', count(named('compound'), top1), 0.8),
    { ...share('root cause among the first three', count(all, top3), 0), aim: '-', reached: null },
    {
      ...share(
        'abstained where evidence was missing',
        count(toAbstain, (i) => i.abstained),
        0,
      ),
      aim: '-',
      reached: null,
    },
    {
      ...share(
        'abstained where it had to name one',
        count(all, (i) => i.abstained),
        0,
      ),
      aim: '-',
      reached: null,
    },
    {
      figure: 'Brier score of the confidence in the root cause',
      value: judged.length === 0 ? '-' : `${brier.toFixed(3)} over ${judged.length}`,
      aim: '-',
      reached: null,
    },
  ]
}

function healing(faults: readonly RecordedResult[], expected: readonly RecordedIssue[]): ScoreLine[] {
  const right = count(expected, (i) => i.found && i.action === i.expectedAction)
  const harmful = expected.filter((i) => i.verdict === 'regressed').length + wrongConnections(faults)
  const forecasts = expected.filter((i) => i.durationMs !== null && i.forecastMs !== null)
  const within = count(forecasts, (i) => (i.durationMs ?? 0) <= (i.forecastMs?.high ?? 0))
  const compared = faults.filter((r) => r.effect !== null && r.oracle !== null)
  const reached = count(compared, (r) => comparable(r.effect, r.oracle))
  const idle = faults.filter((r) => r.effect !== null && r.nothing !== null)
  return [
    { ...share('right action proposed (or rightly none)', right, 0), aim: '-', reached: null },
    {
      figure: 'harmful actions: a guarded figure worse, or the wrong connection',
      value: String(harmful),
      aim: '0',
      reached: expected.length === 0 ? null : harmful === 0,
    },
    { ...share('plans that took no longer than their forecast allows', within, 0), aim: '-', reached: null },
    { ...share('effect within a factor of 2 of the textbook remedy', reached, 0), aim: '-', reached: null },
    {
      ...share(
        'better than doing nothing',
        count(idle, (r) => betterThan(r.effect, r.nothing)),
        0,
      ),
      aim: '-',
      reached: null,
    },
  ]
}

const wrongConnections = (faults: readonly RecordedResult[]): number =>
  faults
    .filter((r) => r.issues.some((i) => i.verdict !== null))
    .flatMap((r) => r.checks)
    .filter((c) => !c.ok && c.what.includes('is about session')).length

/** The smaller figure is the better one in every measure of the lab; a hundredth of the trouble counts as none. */
function comparable(own: MeasuredEffect | null, other: MeasuredEffect | null): boolean {
  if (own?.after == null || other?.after == null) return false
  return own.after <= Math.max(2 * other.after, (own.before ?? 0) / 100)
}

const betterThan = (own: MeasuredEffect | null, nothing: MeasuredEffect | null): boolean =>
  own?.after != null && (nothing?.after == null || own.after < nothing.after)

function verification(results: readonly RecordedResult[], expected: readonly RecordedIssue[]): ScoreLine[] {
  const judged = expected.filter((i) => i.expectedVerdict !== null)
  const aa = results.flatMap((r) => (r.sameSame === null ? [] : [r.sameSame]))
  const sum = (of: 'judged' | 'improved' | 'regressed'): number => aa.reduce((n, s) => n + s[of], 0)
  const falsely = { hits: sum('improved'), of: sum('judged') }
  return [
    share(
      'verdicts as expected',
      count(judged, (i) => i.verdict === i.expectedVerdict),
      0.95,
    ),
    {
      figure: 'called improved where nothing was done (A/A)',
      value: proportionText(falsely),
      aim: 'at most 0.05',
      reached: falsely.of === 0 ? null : falsely.hits / falsely.of <= 0.05,
    },
    {
      figure: 'called regressed where nothing was done (A/A)',
      value: proportionText({ hits: sum('regressed'), of: sum('judged') }),
      aim: '-',
      reached: null,
    },
  ]
}
