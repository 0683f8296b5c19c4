/** InnoDB resolved a deadlock by rolling one transaction back. */
import type { Json } from '../../core/canonical.ts'
import type { Finding } from '../../core/detector.ts'
import { toMs } from '../../core/time.ts'
import type { DeadlockReport, DeadlockWindow } from '../../engines/mysql/shapes.ts'
import { putRow, readTable, writeTable } from './memory-table.ts'
import { goneFindings, type MysqlDetector, type MysqlView } from './mysql-detector.ts'

/** How much of one report goes into an event; a whole ring of many locks would not fit. */
const TRANSACTIONS_MAX = 6
const LOCKS_MAX = 4
const WAITS_MAX = 12
const STATEMENT_CHARACTERS_MAX = 800

export const deadlock: MysqlDetector = {
  id: 'mysql/deadlock',
  version: 3,
  engine: 'mysql',
  title: 'Transactions deadlock',
  category: 'DEADLOCK',
  source: 'INNODB_DEADLOCK',
  needs: ['process'],
  reads: ['deadlocks'],
  everyMs: 5_000,
  thresholds: {
    criticalPerMinute: {
      value: 1,
      unit: '1/min',
      why: 'one a minute, kept up for five, is not bad luck',
    },
    criticalMinutes: { value: 5, unit: 'minutes', why: 'see criticalPerMinute' },
    quietMinutes: {
      value: 60,
      unit: 'minutes',
      why: 'a kind that comes back every quarter of an hour is one issue, not four an hour',
    },
  },
  async detect(view) {
    const reading = await view.read('deadlocks')
    if (!reading.known) return []
    const window = reading.value
    const critical = tooMany(view, window)
    const { missed } = window
    const found = firstOfEach(window.reports).map(([report, times]) =>
      finding({ report, times, missed }, critical),
    )
    // Beside one that was caught, those that were not are most likely more of it: no issue of its own, but said.
    // Missed are those of the window before, whose reports came then.
    const isBeside = found.length > 0 || view.memory.get('caught') === true
    view.memory.set('caught', found.length > 0)
    if (missed > 0 && !isBeside) found.push(unseen(missed, critical))
    return [...found, ...quiet(view, found, window)]
  },
}

/** Whether deadlocks came faster than allowed over the last minutes of this epoch, watched in whole. */
function tooMany(view: MysqlView, { counted, elapsedMs }: DeadlockWindow): boolean {
  const before = view.memory.get('rate')
  const list = Array.isArray(before) ? (before as readonly (readonly [number, number])[]) : []
  const kept: (readonly [number, number])[] = [...list, [counted, elapsedMs]]
  const spanMs = view.threshold('criticalMinutes') * 60_000
  const covered = (rows: typeof kept): number => rows.reduce((total, [, ms]) => total + ms, 0)
  while (kept.length > 1 && covered(kept.slice(1)) >= spanMs) kept.shift()
  view.memory.set('rate', kept)
  const watchedMs = covered(kept)
  const total = kept.reduce((sum, [n]) => sum + n, 0)
  return watchedMs >= spanMs && total / (watchedMs / 60_000) > view.threshold('criticalPerMinute')
}

/** The newest report of each kind and how many there were: one event a kind and window. */
function firstOfEach(reports: readonly DeadlockReport[]): (readonly [DeadlockReport, number])[] {
  const kinds = Map.groupBy(reports, (r) => r.signature)
  return [...kinds.values()].flatMap((all) => {
    const newest = all.at(-1)
    return newest === undefined ? [] : [[newest, all.length] as const]
  })
}

interface Seen {
  readonly report: DeadlockReport
  /** Reports of its kind in the window. */
  readonly times: number
  /** Deadlocks of the window whose report was not caught, of whatever kind. */
  readonly missed: number
}

function finding({ report, times, missed }: Seen, critical: boolean): Finding {
  const { signature, deadlock: seen } = report
  const locks = seen.transactions.flatMap((t) => [...t.holds, ...(t.waitsFor === null ? [] : [t.waitsFor])])
  const tables = [...new Set(locks.map((l) => l.table))].sort()
  return {
    resourceType: 'transaction',
    resourceName: tables.length > 0 ? tables.join(', ') : 'unknown tables',
    resourceKey: `deadlock|${signature}`,
    severity: critical ? 'CRITICAL' : 'WARNING',
    metricName: 'deadlocks',
    metricUnit: 'count',
    metricValue: times,
    limit: 1,
    workload: 1,
    opensAtOnce: true,
    context: { signature, incomplete: seen.incomplete, missed, report: shortened(report) },
  }
}

type SeenLock = DeadlockReport['edges'][number]['wanted']

const lockFacts = ({ table, index, mode, gap }: SeenLock): Json => ({ table, index, mode, gap })

/**
 * What the analyst and the panel need of a report: shapes, tables, indexes and kinds of locks, and who waits for whom;
 * no ids, no hosts. `had` is the lock that stands in the way, null where the report does not show it (`assumed`).
 */
function shortened({ deadlock: { victim, transactions }, edges }: DeadlockReport): Json {
  const shown = transactions.slice(0, TRANSACTIONS_MAX)
  const isShown = (n: number): boolean => shown.some((t) => t.n === n)
  return {
    victim,
    transactions: shown.map((t) => ({
      n: t.n,
      user: t.user,
      statement: t.statement?.slice(0, STATEMENT_CHARACTERS_MAX) ?? null,
      holds: t.holds.slice(0, LOCKS_MAX).map(lockFacts),
      waitsFor: t.waitsFor === null ? null : lockFacts(t.waitsFor),
    })),
    waits: edges
      .filter(({ waiter, holder }) => isShown(waiter) && isShown(holder))
      .slice(0, WAITS_MAX)
      .map(({ waiter, holder, had, evidence }) => ({
        waiter,
        holder,
        had: had === null ? null : lockFacts(had),
        evidence,
      })),
  }
}

const unseen = (missed: number, critical: boolean): Finding => ({
  resourceType: 'server',
  resourceName: 'deadlocks whose report was not caught',
  resourceKey: 'deadlock|missed',
  severity: critical ? 'CRITICAL' : 'WARNING',
  metricName: 'deadlocks',
  metricUnit: 'count',
  metricValue: missed,
  limit: 1,
  workload: 1,
  opensAtOnce: true,
  context: { missed },
})

/** Followed kinds that have not come back for long enough count as calm; before that nothing is said of them. */
function quiet(view: MysqlView, found: readonly Finding[], window: DeadlockWindow): Finding[] {
  const now = toMs(window.windowEnd)
  const before = readTable(view, 'last')
  const last = new Map<string, readonly number[]>()
  for (const f of found) putRow(last, f.resourceKey, [now])
  for (const key of view.tracked) if (!last.has(key)) putRow(last, key, before.get(key) ?? [now])
  writeTable(view, 'last', last)
  const wait = view.threshold('quietMinutes') * 60_000
  const gone = goneFindings(view, found, {
    resourceType: 'transaction',
    metricName: 'deadlocks',
    metricUnit: 'count',
    limit: 1,
  })
  return gone.filter((f) => now - (last.get(f.resourceKey)?.[0] ?? now) >= wait)
}
