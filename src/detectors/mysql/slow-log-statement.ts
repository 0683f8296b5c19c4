/**
 * The slow log, where digests cannot be read. A class that takes seconds shows up once in a while and not
 * in every window, so entries are summed up over some minutes.
 */
import type { Json } from '../../core/canonical.ts'
import type { Finding } from '../../core/detector.ts'
import { toMs } from '../../core/time.ts'
import type { SlowLogClass, SlowLogWindow } from '../../engines/mysql/shapes.ts'
import {
  goneFindings,
  grade,
  leastOver,
  type MysqlDetector,
  type MysqlView,
  worthSaying,
} from './mysql-detector.ts'
import { statementKey } from './statement-load.ts'
import { waitsOnPurpose } from './waits-on-purpose.ts'

/** Classes kept of one window, the most expensive first. */
const CLASSES_MAX = 50

export const slowLogStatement: MysqlDetector = {
  id: 'mysql/slow-log-statement',
  version: 2,
  engine: 'mysql',
  title: 'A statement class fills the slow log',
  category: 'QUERY_PERFORMANCE',
  source: 'SLOW_QUERY_LOG',
  needs: ['slow-log'],
  reads: ['slowLog', 'statements'],
  everyMs: 10_000,
  thresholds: {
    warningMeanMs: { value: 1000, unit: 'ms', why: 'people wait for a statement that takes a second' },
    criticalMeanMs: { value: 10_000, unit: 'ms', why: 'most applications give up near ten seconds' },
    minimumCount: { value: 3, unit: 'entries', why: 'one entry is an anecdote, two are a coincidence' },
    busyMsPerSecond: {
      value: 50,
      unit: 'ms/s',
      why: 'a twentieth of one session’s time: a nightly report is not trouble',
    },
    criticalBusyMsPerSecond: {
      value: 1000,
      unit: 'ms/s',
      why: 'one session does nothing else all the time',
    },
    overSeconds: { value: 300, unit: 's', why: 'entries of a slow class come far apart' },
  },
  async detect(view) {
    const digests = await view.read('statements')
    if (digests.known) return []
    const reading = await view.read('slowLog')
    if (!reading.known) return []
    const windows = remember(view, reading.value)
    const logBytesSkipped = windows.reduce((total, one) => total + one.skippedBytes, 0)
    const found = sumUp(windows)
      .filter((c) => !waitsOnPurpose({ ...c, calls: c.count }))
      .map((c) => judge(view, c, logBytesSkipped))
    const gone = goneFindings(view, found, {
      resourceType: 'statement',
      metricName: 'mean_ms',
      metricUnit: 'ms',
      limit: view.threshold('warningMeanMs'),
    })
    return worthSaying([...found, ...gone], view.tracked)
  },
}

type Kept = Pick<
  SlowLogClass,
  'fingerprintId' | 'fingerprint' | 'schema' | 'count' | 'totalMs' | 'rowsExamined' | 'rowsSent'
>
interface KeptWindow {
  readonly endMs: number
  /** Of the log in this window: the figures of the classes are too low by what stood there. */
  readonly skippedBytes: number
  readonly classes: readonly Kept[]
}

/** Adds the window to those remembered and forgets what is too old. The same window counts once. */
function remember(view: MysqlView, window: SlowLogWindow): readonly KeptWindow[] {
  const stored = view.memory.get('windows')
  const before = (Array.isArray(stored) ? stored : []) as unknown as readonly KeptWindow[]
  const endMs = toMs(window.windowEnd)
  const newest: KeptWindow = {
    endMs,
    skippedBytes: window.unread.skippedBytes,
    classes: [...window.classes].sort((a, b) => b.totalMs - a.totalMs).slice(0, CLASSES_MAX),
  }
  const since = endMs - view.threshold('overSeconds') * 1000
  const kept = [...before.filter((w) => w.endMs > since && w.endMs !== endMs), newest]
  view.memory.set('windows', kept as unknown as Json)
  return kept
}

function sumUp(windows: readonly KeptWindow[]): Kept[] {
  const groups = Map.groupBy(
    windows.flatMap((w) => w.classes),
    statementKey,
  )
  const sum = (group: readonly Kept[], of: (one: Kept) => number): number =>
    group.reduce((total, one) => total + of(one), 0)
  return [...groups.values()].flatMap((group) =>
    group.slice(0, 1).map((first) => ({
      ...first,
      count: sum(group, (one) => one.count),
      totalMs: sum(group, (one) => one.totalMs),
      rowsExamined: sum(group, (one) => one.rowsExamined),
      rowsSent: sum(group, (one) => one.rowsSent),
    })),
  )
}

function judge(view: MysqlView, c: Kept, logBytesSkipped: number): Finding {
  const meanMs = c.count > 0 ? c.totalMs / c.count : 0
  const mean = {
    metricName: 'mean_ms',
    metricUnit: 'ms',
    metricValue: meanMs,
    limit: view.threshold('warningMeanMs'),
  }
  // Over the whole span even while less of it was watched: a burst right after a start is no steady load.
  const busy = {
    metricName: 'busy_ms_per_second',
    metricUnit: 'ms/s',
    metricValue: c.totalMs / Math.max(1, view.threshold('overSeconds')),
    limit: view.threshold('busyMsPerSecond'),
  }
  const enough = c.count >= view.threshold('minimumCount') && busy.metricValue >= busy.limit
  const critical =
    meanMs > view.threshold('criticalMeanMs') && busy.metricValue >= view.threshold('criticalBusyMsPerSecond')
  const severity = enough ? grade(critical, meanMs > mean.limit) : null
  return {
    resourceType: 'statement',
    resourceName: c.fingerprint,
    resourceKey: statementKey(c),
    severity,
    ...(severity === null ? leastOver(mean, busy) : mean),
    workload: 1,
    opensAtOnce: false,
    context: {
      fingerprintId: c.fingerprintId,
      fingerprint: c.fingerprint,
      schema: c.schema,
      calls: c.count,
      totalMs: c.totalMs,
      busyMsPerSecond: busy.metricValue,
      rowsExamined: c.rowsExamined,
      rowsSent: c.rowsSent,
      logBytesSkipped,
    },
  }
}
