/**
 * A statement class that takes a large share of the server's time and became much slower than it was. What
 * reads too many rows, or joins without an index, is left to `mysql/full-scan`, so that one statement is one issue. Where all classes became
 * slower together, that is one issue of the server, and a class only counts as slow beyond the others.
 */
import type { Finding } from '../../core/detector.ts'
import type { StatementDelta, StatementWindow } from '../../engines/mysql/shapes.ts'
import { type Baseline, baselineOf, nextBaseline } from './baseline.ts'
import { joinsInFull } from './full-join.ts'
import {
  fullScan,
  joinLimits,
  readsLittle,
  readsWastefully,
  type ScannedClass,
  scanLimits,
} from './full-scan.ts'
import { type CommonCourse, commonCourse } from './general-slowdown.ts'
import { putRow, readTable, writeTable } from './memory-table.ts'
import {
  grade,
  leastOver,
  type Measure,
  type MysqlDetector,
  type MysqlView,
  worthSaying,
} from './mysql-detector.ts'
import { quickestCalls } from './quickest-call.ts'
import { serverFinding } from './server-finding.ts'
import { type StatementLoad, statementFacts, statementKey, statementLoad } from './statement-load.ts'
import { waitsOnPurpose } from './waits-on-purpose.ts'

export const slowStatement: MysqlDetector = {
  id: 'mysql/slow-statement',
  version: 5,
  engine: 'mysql',
  title: 'A statement class became slow',
  category: 'QUERY_PERFORMANCE',
  source: 'PERFORMANCE_SCHEMA',
  needs: ['performance-schema', 'statement-digests'],
  reads: ['statements'],
  everyMs: 10_000,
  thresholds: {
    timeSharePercent: {
      value: 5,
      unit: 'percent',
      why: 'below a twentieth of the server’s time a class is not what hurts',
    },
    busyMsPerSecond: {
      value: 10,
      unit: 'ms/s',
      why: 'on a quiet server even a trifle is a large share; a hundredth of one session’s time hurts nobody',
    },
    warningFactor: {
      value: 3,
      unit: 'times',
      why: 'three times its own baseline is beyond ordinary variation',
    },
    criticalFactor: { value: 10, unit: 'times', why: 'ten times its own baseline' },
    criticalMeanMs: { value: 1000, unit: 'ms', why: 'people wait for a statement that takes a second' },
    absoluteMeanMs: {
      value: 1000,
      unit: 'ms',
      why: 'without a baseline only an absolute limit can be crossed',
    },
    baselineWindows: {
      value: 30,
      unit: 'windows',
      why: 'five minutes of windows before a baseline means anything',
    },
    generalSeconds: {
      value: 30,
      unit: 's',
      why: 'a machine may be busy elsewhere for some seconds; half a minute of it concerns people',
    },
    ordinaryScatter: {
      value: 1.5,
      unit: 'times',
      why: 'windows of a steady server stay within 1.3 times their class’s level; where others go beyond, a machine is short of something',
    },
    criticalCalls: { value: 2, unit: 'calls', why: 'one call is an anecdote' },
  },
  async detect(view) {
    const reading = await view.read('statements')
    if (!reading.known) return []
    const window = reading.value
    const baselines = readTable(view, 'baselines')
    const learning = view.threshold('baselineWindows')
    const latest = readTable(view, 'latest')
    const course = commonCourse(window, { baselines, latest }, learning)
    writeTable(view, 'latest', latest)
    const quickest = quickestCalls(view, window, (s) => readsLittle(s, scanThreshold))
    const findings: Finding[] = [allSlower(view, window, course)]
    for (const s of window.statements.filter((one) => !one.partial && one.calls > 0)) {
      const before = baselineOf(baselines.get(statementKey(s)))
      const load = statementLoad(s, window)
      // Most classes take next to nothing of the time: of those nothing is said, so nothing is asked.
      if ((isHeavy(view, load) && !waitsOnPurpose(s)) || view.tracked.has(statementKey(s)))
        findings.push(judge(view, { s, load, baseline: before, course, quickestMs: quickest(s) }))
      const next = nextBaseline(before, s.totalMs / s.calls, learning)
      putRow(baselines, statementKey(s), [next.mean, next.windows])
    }
    writeTable(view, 'baselines', baselines)
    return worthSaying(findings, view.tracked)
  },
}

interface Case extends ScannedClass {
  readonly baseline: Baseline | null
  readonly course: CommonCourse
}

/** Every class slower at once: an issue of the server if it lasts. */
function allSlower(view: MysqlView, window: StatementWindow, { factor, classes }: CommonCourse): Finding {
  const limit = view.threshold('warningFactor')
  const before = view.memory.get('slowerForMs')
  const lastedMs = factor > limit ? (typeof before === 'number' ? before : 0) + window.elapsedMs : 0
  view.memory.set('slowerForMs', lastedMs)
  const lasted = lastedMs >= 1000 * view.threshold('generalSeconds')
  return serverFinding({
    key: 'all-statements',
    name: 'all statements',
    severity: lasted ? 'WARNING' : null,
    metric: 'median_slowdown',
    unit: 'times',
    value: factor,
    limit,
    context: { classes, lastedMs },
  })
}

/** A threshold of the detector that takes wasteful reads over, as shipped. */
const scanThreshold = (name: string): number => fullScan.thresholds[name]?.value ?? Number.POSITIVE_INFINITY

/** Whether the class takes enough of the server's time, and of a session's, to be spoken of. */
const isHeavy = (view: MysqlView, { sharePercent, busyMsPerSecond }: StatementLoad): boolean =>
  sharePercent >= view.threshold('timeSharePercent') && busyMsPerSecond >= view.threshold('busyMsPerSecond')

function judge(view: MysqlView, { s, load, baseline, course, quickestMs }: Case): Finding {
  const key = statementKey(s)
  const learned = baseline !== null && baseline.windows >= view.threshold('baselineWindows') ? baseline : null
  const others = besideOthers(view, { key, course, load })
  const meanMs = lastingMean(s, learned, others)
  const mean = meanMeasure(view, learned, { ms: meanMs, times: others.times })
  // What keeps a class from being named is no sign that a followed one is well again.
  const own = meanMeasure(view, learned, { ms: s.totalMs / s.calls, times: Math.max(1, course.factor) })
  const share = {
    metricName: 'time_share_percent',
    metricUnit: 'percent',
    metricValue: load.sharePercent,
    limit: view.threshold('timeSharePercent'),
  }
  const busy = {
    metricName: 'busy_ms_per_second',
    metricUnit: 'ms/s',
    metricValue: load.busyMsPerSecond,
    limit: view.threshold('busyMsPerSecond'),
  }
  const isLeft = !view.tracked.has(key) && isWasteful({ s, load, quickestMs })
  const severity =
    isHeavy(view, load) && !isLeft
      ? grade(isCritical(view, { s, learned, others, meanMs }), meanMs > mean.limit)
      : null
  return {
    resourceType: 'statement',
    resourceName: s.fingerprint,
    resourceKey: key,
    severity,
    ...(severity === null ? leastOver(own, share, busy) : mean),
    workload: s.calls,
    opensAtOnce: false,
    context: {
      ...statementFacts(s, load),
      baselineMs: learned?.mean ?? null,
      generalSlowdown: course.factor,
      scatterOfOthers: others.scatter,
    },
  }
}

/** Whether `mysql/full-scan` speaks of it. */
const isWasteful = (one: ScannedClass): boolean =>
  readsWastefully(one.s, scanLimits(one, scanThreshold)) || joinsInFull(one, joinLimits(scanThreshold))

interface Judged {
  readonly s: StatementDelta
  readonly learned: Baseline | null
  readonly others: BesideOthers
  readonly meanMs: number
}

function isCritical(view: MysqlView, { s, learned, others, meanMs }: Judged): boolean {
  return (
    learned !== null &&
    s.calls >= view.threshold('criticalCalls') &&
    meanMs > others.times * learned.mean * view.threshold('criticalFactor') &&
    meanMs > view.threshold('criticalMeanMs')
  )
}

/** What of a class's slowness it shares with the others. */
interface BesideOthers {
  /** How far the other classes scatter, times their own levels. */
  readonly scatter: number
  /** What a class's limits are multiplied by: how much slower all are, and by how much they scatter more than is ordinary. */
  readonly times: number
  /** Its level of the latest windows, times its baseline, where one window alone says nothing; else null. */
  readonly level: number | null
}

/** Share of the server's time from which a class is more likely the cause of the others' unsteadiness than its victim, percent. */
const CAUSE_SHARE_PERCENT = 50

function besideOthers(
  view: MysqlView,
  {
    key,
    course,
    load,
  }: { readonly key: string; readonly course: CommonCourse; readonly load: StatementLoad },
): BesideOthers {
  const scatter = course.scatterBeside(key)
  const ordinary = view.threshold('ordinaryScatter')
  const isCause = load.sharePercent >= CAUSE_SHARE_PERCENT
  return {
    scatter,
    times: Math.max(1, course.factor) * (isCause ? 1 : Math.max(1, scatter / ordinary)),
    level: scatter > ordinary ? course.levelOf(key) : null,
  }
}

/** A mean beside its limit: the class's own baseline, `times` as slow as the others make it, or without one the absolute. */
const meanMeasure = (
  view: MysqlView,
  learned: Baseline | null,
  { ms, times }: { readonly ms: number; readonly times: number },
): Measure => ({
  metricName: 'mean_ms',
  metricUnit: 'ms',
  metricValue: ms,
  limit:
    learned === null
      ? view.threshold('absoluteMeanMs')
      : Math.max(1e-6, times * learned.mean * view.threshold('warningFactor')),
})

/** The class's mean time in this window, ms; where the others scatter, no more than the level of its latest windows. */
function lastingMean(s: StatementDelta, learned: Baseline | null, { level }: BesideOthers): number {
  const meanMs = s.totalMs / s.calls
  return level === null || learned === null ? meanMs : Math.min(meanMs, level * learned.mean)
}
