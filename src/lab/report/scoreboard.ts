/** What a series of lab runs says of the whole pipeline: each figure beside its aim, with its interval. */
import {
  AIMS,
  actionOutcome,
  amongThree,
  brierOf,
  calibrationError,
  causeRight,
  compared,
  forecastFactor,
  type Harm,
  harmsOf,
  lockGuardOf,
  withinForecast,
} from './judge.ts'
import type { RecordedIssue, RecordedResult } from './recorded.ts'
import { type Mean, meanOf, medianInterval, type Proportion, proportionText, quantile } from './statistics.ts'

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
    ...harm(faults),
    ...verification(results, expected),
    ...forecasts(faults, expected),
  ]
}

const count = <T>(of: readonly T[], is: (item: T) => boolean): Proportion => ({
  hits: of.filter(is).length,
  of: of.length,
})

function share(figure: string, p: Proportion, least: number | null): ScoreLine {
  const reached = p.of === 0 || least === null ? null : p.hits / p.of >= least
  return { figure, value: proportionText(p), aim: least === null ? '-' : `at least ${least}`, reached }
}

/** Issues that were opened, and those of them that were expected or a stated symptom. */
export function precisionOf(results: readonly RecordedResult[]): Proportion {
  const right = results.flatMap((r) => r.issues).filter((i) => i.found).length
  const others = results.flatMap((r) => r.others.map((o) => o.allowed && r.kind !== 'control'))
  const hits = right + others.filter(Boolean).length
  return { hits, of: right + others.length }
}

function detection(results: readonly RecordedResult[], expected: readonly RecordedIssue[]): ScoreLine[] {
  const controls = results.filter((r) => r.kind === 'control')
  const onControls = controls.reduce((n, r) => n + r.others.length, 0)
  const locks = expected.filter(isLock)
  const statements = expected.filter((i) => i.category === 'QUERY_PERFORMANCE')
  const rest = expected.filter((i) => !isLock(i) && i.category !== 'QUERY_PERFORMANCE')
  const found = count(expected, (i) => i.found)
  return [
    share('recall: expected issues found', found, AIMS.recall),
    share('precision: opened issues that were right', precisionOf(results), AIMS.precision),
    {
      figure: `issues in ${controls.length} controls (${minutesOf(controls)} min)`,
      value: String(onControls),
      aim: '0',
      reached: controls.length === 0 ? null : onControls === 0,
    },
    times('fault to event, locks and deadlocks', of(locks, 'eventAfterMs'), AIMS.lockSeconds),
    times('fault to open issue, locks and deadlocks', of(locks, 'openedAfterMs'), AIMS.lockSeconds),
    times('fault to event, statements', of(statements, 'eventAfterMs'), AIMS.statementSeconds),
    times('fault to open issue, statements', of(statements, 'openedAfterMs'), AIMS.statementSeconds),
    times('fault to event, all others', of(rest, 'eventAfterMs'), null),
    times('open issue to diagnosis, without a model', diagnosisTimes(expected), AIMS.diagnosisSeconds),
  ]
}

/** Locks and deadlocks, which must be found sooner. */
export const isLock = (i: RecordedIssue): boolean =>
  i.category === 'LOCK_CONTENTION' || i.category === 'DEADLOCK'

const minutesOf = (runs: readonly RecordedResult[]): string =>
  (runs.reduce((s, r) => s + r.seconds, 0) / 60).toFixed(0)

const of = (issues: readonly RecordedIssue[], time: 'eventAfterMs' | 'openedAfterMs'): number[] =>
  issues.flatMap((i) => i[time] ?? [])

/** From the opening of an issue, which takes as many windows as its rule wants, to the first analysis stored. */
const diagnosisTimes = (issues: readonly RecordedIssue[]): number[] =>
  issues.flatMap((i) =>
    i.openedAfterMs === null || i.explainedAfterMs === null
      ? []
      : [Math.max(0, i.explainedAfterMs - i.openedAfterMs)],
  )

/** Median with its interval, 95th percentile and maximum, ms in, seconds out. The aim is for every one of them. */
function times(figure: string, values: readonly number[], aimSeconds: number | null): ScoreLine {
  const seconds = (ms: number): string => (ms / 1000).toFixed(1)
  const at = (q: number): string => seconds(quantile(values, q) ?? 0)
  const interval = medianInterval(values)
  const spread = interval === null ? '' : ` (${interval.map(seconds).join(' to ')})`
  return {
    figure,
    value:
      values.length === 0
        ? '- (none)'
        : `median ${at(0.5)} s${spread}, p95 ${at(0.95)} s, max ${at(1)} s, n ${values.length}`,
    aim: aimSeconds === null ? '-' : `under ${aimSeconds} s`,
    reached: values.length === 0 || aimSeconds === null ? null : Math.max(...values) < aimSeconds * 1000,
  }
}

function diagnosis(faults: readonly RecordedResult[]): ScoreLine[] {
  const toName = (kind: RecordedResult['kind']): readonly RecordedIssue[] =>
    faults.filter((r) => r.kind === kind).flatMap((r) => r.issues.filter((i) => causeRight(i) !== null))
  const [single, compound] = [toName('single'), toName('compound')]
  const toAbstain = faults.flatMap((r) => r.issues).filter((i) => causeRight(i) === null)
  const all = [...single, ...compound]
  const first = (i: RecordedIssue): boolean => causeRight(i) === true
  return [
    share('root cause named first, single faults', count(single, first), AIMS.firstCauseSingle),
    share('root cause named first, compound faults', count(compound, first), AIMS.firstCauseCompound),
    share('root cause among the first three, single faults', count(single, amongThree), null),
    share('root cause among the first three, compound faults', count(compound, amongThree), null),
    share(
      'abstained where evidence was missing',
      count(toAbstain, (i) => i.abstained),
      null,
    ),
    share(
      'abstained where it had to name one',
      count(all, (i) => i.abstained),
      null,
    ),
    ...confidence(faults.flatMap((r) => r.issues)),
  ]
}

function confidence(issues: readonly RecordedIssue[]): ScoreLine[] {
  const brier = brierOf(issues)
  const error = calibrationError(issues)
  const none = { aim: '-', reached: null }
  return [
    {
      figure: 'Brier score of the confidence in the root cause (0 is best)',
      value: brier === null ? '- (none)' : `${brier.score.toFixed(3)} over ${brier.n}`,
      ...none,
    },
    {
      figure: 'calibration error of that confidence (0 is best)',
      value: error === null ? '- (none)' : error.toFixed(3),
      ...none,
    },
  ]
}

function healing(faults: readonly RecordedResult[], expected: readonly RecordedIssue[]): ScoreLine[] {
  const others = faults.flatMap((r) => r.others).filter((o) => o.actions.length > 0).length
  const is = (outcome: string) => count(expected, (i) => actionOutcome(i) === outcome)
  const worth = faults.map(compared)
  return [
    share('action right (or rightly none)', is('right'), null),
    share('action useless: another one, or one without effect', is('useless'), null),
    share('action missing', is('missing'), null),
    { figure: 'actions proposed for other issues', value: String(others), aim: '-', reached: null },
    mean(
      'trouble gone because of us (what goes by itself subtracted)',
      worth.map((w) => w.net),
    ),
    mean(
      'of what the textbook remedy brings',
      worth.map((w) => w.ofBest),
    ),
  ]
}

function mean(figure: string, values: readonly (number | null)[]): ScoreLine {
  const all = meanOf(values.filter((v) => v !== null))
  return { figure, value: meanText(all), aim: '-', reached: null }
}

/** `96.1 % (94.0 to 98.2, n 12)`, of a share. */
export function meanText(m: Mean | null): string {
  if (m === null) return '- (none)'
  const percent = (v: number): string => (v * 100).toFixed(1)
  const spread = m.interval === null ? '' : `${m.interval.map(percent).join(' to ')}, `
  return `${percent(m.mean)} % (${spread}n ${m.n})`
}

function harm(faults: readonly RecordedResult[]): ScoreLine[] {
  const harms = faults.flatMap(harmsOf)
  const ran = faults.filter((r) => r.issues.some((i) => i.durationMs !== null))
  const line = (figure: string, n: number, measured: boolean): ScoreLine => ({
    figure,
    value: measured ? String(n) : '- (not measured)',
    aim: '0',
    reached: measured ? n === 0 : null,
  })
  const by = (kind: Harm['kind']): number => harms.filter((h) => h.kind === kind).length
  const watched = ran.filter((r) => r.ownLockWaits !== null)
  return [
    line(
      `harmful actions, of ${ran.length} runs with one: a guarded figure worse`,
      by('a guarded figure got worse'),
      ran.length > 0,
    ),
    line('harmful actions: another session ended', by('another session was ended'), ran.length > 0),
    line(
      `lock waits caused by us above the guard, of ${watched.length} runs watched`,
      by('others waited for us'),
      watched.length > 0,
    ),
  ]
}

function verification(results: readonly RecordedResult[], expected: readonly RecordedIssue[]): ScoreLine[] {
  const judged = expected.filter((i) => i.expectedVerdict !== null)
  const aa = results.flatMap((r) => r.sameSame ?? [])
  const sum = (key: 'judged' | 'improved' | 'regressed'): number => aa.reduce((n, s) => n + s[key], 0)
  const falsely = { hits: sum('improved'), of: sum('judged') }
  return [
    share(
      'verdicts as expected',
      count(judged, (i) => i.verdict === i.expectedVerdict),
      AIMS.verdictsRight,
    ),
    {
      figure: 'called improved where nothing was done (A/A)',
      value: proportionText(falsely),
      aim: `at most ${AIMS.falselyImproved}`,
      reached: falsely.of === 0 ? null : falsely.hits / falsely.of <= AIMS.falselyImproved,
    },
    {
      figure: 'called regressed where nothing was done (A/A)',
      value: proportionText({ hits: sum('regressed'), of: sum('judged') }),
      aim: '-',
      reached: null,
    },
  ]
}

function forecasts(faults: readonly RecordedResult[], expected: readonly RecordedIssue[]): ScoreLine[] {
  const made = expected.filter((i) => withinForecast(i) !== null)
  const factors = made.flatMap((i) => forecastFactor(i) ?? [])
  const watched = faults.filter((r) => r.ownLockWaits !== null && lockGuardOf(r) !== null)
  const waits = watched.map((r) => r.ownLockWaits?.longestMs ?? 0)
  const kept = count(watched, (r) => harmsOf(r).every((h) => h.kind !== 'others waited for us'))
  const factor = (q: number): string => (quantile(factors, q) ?? 0).toFixed(1)
  return [
    share(
      'duration no longer than the forecast’s upper bound',
      count(made, (i) => withinForecast(i) !== 'above'),
      null,
    ),
    share(
      'duration within the forecast’s bounds',
      count(made, (i) => withinForecast(i) === 'within'),
      null,
    ),
    {
      figure: 'duration off its forecast by a factor of',
      value:
        factors.length === 0 ? '- (none)' : `median ${factor(0.5)}, p95 ${factor(0.95)}, max ${factor(1)}`,
      aim: '-',
      reached: null,
    },
    share('locks as forecast: nobody waited beyond the stated guard', kept, null),
    {
      figure: 'longest wait of others for a lock of ours',
      value: waits.length === 0 ? '- (not measured)' : `${Math.max(...waits)} ms (seen every 200 ms)`,
      aim: '-',
      reached: null,
    },
  ]
}
