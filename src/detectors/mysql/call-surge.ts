/**
 * A statement class is called many times as often as it was, while the others are not: a loop in an application, or
 * a retry without end. More users call everything more often, so growth is measured against that of all classes.
 */
import type { Finding } from '../../core/detector.ts'
import type { StatementDelta, StatementWindow } from '../../engines/mysql/shapes.ts'
import { type Baseline, baselineOf, nextBaseline } from './baseline.ts'
import { putRow, readTable, writeTable } from './memory-table.ts'
import { grade, leastOver, type MysqlDetector, type MysqlView, worthSaying } from './mysql-detector.ts'
import { statementFacts, statementKey, statementLoad } from './statement-load.ts'

/** Learned classes below which nothing can be said of their common growth, which then counts as none. */
const CLASSES_MIN = 5

export const callSurge: MysqlDetector = {
  id: 'mysql/call-surge',
  version: 1,
  engine: 'mysql',
  title: 'A statement class is called many times as often as before',
  category: 'QUERY_PERFORMANCE',
  source: 'PERFORMANCE_SCHEMA',
  needs: ['performance-schema', 'statement-digests'],
  reads: ['statements'],
  everyMs: 10_000,
  thresholds: {
    growthFactor: {
      value: 5,
      unit: 'times',
      why: 'five times its own rate, beyond what all classes grew by, is no busier hour',
    },
    callsPerSecond: { value: 100, unit: '1/s', why: 'fewer calls of a cheap statement hurt nobody' },
    timeSharePercent: {
      value: 5,
      unit: 'percent',
      why: 'below a twentieth of the server’s time a class is not what hurts',
    },
    baselineWindows: {
      value: 30,
      unit: 'windows',
      why: 'five minutes of windows before a baseline means anything',
    },
  },
  async detect(view) {
    const reading = await view.read('statements')
    if (!reading.known) return []
    const window = reading.value
    const rates = readTable(view, 'rates')
    const learning = view.threshold('baselineWindows')
    const cases = window.statements
      .filter((s) => !s.partial && s.calls > 0 && window.elapsedMs > 0)
      .map((s) => rateOf(s, window, baselineOf(rates.get(statementKey(s)))))
    const learned = cases.filter((c) => (c.baseline?.windows ?? 0) >= learning)
    const common = commonGrowth(learned)
    const findings = learned.map((c) => judge(view, c, { window, common }))
    for (const { s, rate, baseline } of cases) {
      const next = nextBaseline(baseline, rate, learning)
      putRow(rates, statementKey(s), [next.mean, next.windows])
    }
    writeTable(view, 'rates', rates)
    return worthSaying(findings, view.tracked)
  },
}

/** A class with its calls a second and what they usually are. */
interface Case {
  readonly s: StatementDelta
  readonly rate: number
  readonly baseline: Baseline | null
  readonly growth: number
}

function rateOf(s: StatementDelta, window: StatementWindow, baseline: Baseline | null): Case {
  const rate = (1000 * s.calls) / window.elapsedMs
  return { s, rate, baseline, growth: baseline === null ? 1 : rate / Math.max(1e-9, baseline.mean) }
}

/** What all learned classes grew by: their median growth, never less than none. */
function commonGrowth(learned: readonly Case[]): number {
  const growths = learned.map((c) => c.growth).sort((a, b) => a - b)
  return growths.length < CLASSES_MIN ? 1 : Math.max(1, growths[growths.length >> 1] ?? 1)
}

function judge(
  view: MysqlView,
  { s, rate, baseline, growth }: Case,
  { window, common }: { readonly window: StatementWindow; readonly common: number },
): Finding {
  const load = statementLoad(s, window)
  const grown = {
    metricName: 'calls_growth_factor',
    metricUnit: 'times',
    metricValue: growth,
    limit: common * view.threshold('growthFactor'),
  }
  const often = {
    metricName: 'calls_per_second',
    metricUnit: '1/s',
    metricValue: rate,
    limit: view.threshold('callsPerSecond'),
  }
  const share = {
    metricName: 'time_share_percent',
    metricUnit: 'percent',
    metricValue: load.sharePercent,
    limit: view.threshold('timeSharePercent'),
  }
  const severity = grade(
    false,
    [grown, often, share].every((m) => m.metricValue > m.limit),
  )
  return {
    resourceType: 'statement',
    resourceName: s.fingerprint,
    resourceKey: statementKey(s),
    severity,
    ...(severity === null ? leastOver(grown, often, share) : grown),
    // Fewer calls are its recovery, so they cannot be asked for as proof of one.
    workload: 1,
    opensAtOnce: false,
    context: {
      ...statementFacts(s, load),
      callsPerSecond: rate,
      callsPerSecondBefore: baseline?.mean ?? null,
      growthOfAll: common,
    },
  }
}
