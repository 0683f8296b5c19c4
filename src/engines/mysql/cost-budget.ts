/**
 * What watching costs a target, and what is skipped to stay within the budget: 0.5 % of the target's statement
 * time, or 2 ms a second where that is more (a quiet server has little to take a share of).
 */
import type { ObserverCost } from '../../core/observer.ts'
import type { Row } from './cells.ts'
import { count } from './cells.ts'
import type { SnapshotName } from './collector.ts'
import type { Bound, SessionServer } from './connect.ts'

/** What goes first when watching is too expensive: what is needed latest, and costs most, first. */
export const SHED_ORDER: readonly SnapshotName[] = [
  'catalog',
  'tableSizes',
  'serverErrors',
  'slowLog',
  'replication',
  'statements',
  'status',
]

/** How long the past is that the cost is about, ms. */
const SPAN_MS = 60_000
/** Shedding goes on or back one step at most this often, ms. */
const STEP_MS = 10_000
/** Below this part of the budget one step is taken back. */
const EASY_SHARE = 0.7
/** Statement time by the server's own figures is asked for this often, ms. */
const ASK_MS = 60_000

/** Budget of a target. */
export interface BudgetOptions {
  readonly budgetPercent: number
  readonly budgetMsPerSecond: number
}

/** Statement time by the server's own figures, since it started, ms. */
export interface StatementTime {
  readonly atMs: number
  readonly ownMs: number
  readonly totalMs: number
}

interface Spent {
  readonly atMs: number
  readonly ms: number
}

/**
 * Keeps the account. Until the server's own figures are there (Performance Schema off, no privilege), what counts
 * is time as seen from here less the shortest round trip seen, which is the network's part.
 */
export class CostBudget {
  readonly #options: BudgetOptions
  readonly #now: () => number
  readonly #startedMs: number
  #spent: Spent[] = []
  #shortestMs = Number.POSITIVE_INFINITY
  #asked: StatementTime | null = null
  #server: {
    readonly busyMsPerSecond: number
    readonly totalMsPerSecond: number
    readonly atMs: number
  } | null = null
  #steps = 0
  #steppedMs = Number.NEGATIVE_INFINITY

  constructor(options: BudgetOptions, now: () => number = () => performance.now()) {
    this.#options = options
    this.#now = now
    this.#startedMs = now()
  }

  /** Notes one statement, `ms` long as seen from here. */
  spent(ms: number): void {
    const atMs = this.#now()
    this.#shortestMs = Math.min(this.#shortestMs, ms)
    this.#spent.push({ atMs, ms: Math.max(0, ms - this.#shortestMs) })
    while ((this.#spent[0]?.atMs ?? atMs) < atMs - SPAN_MS) this.#spent.shift()
  }

  /** Whether the server's own figures should be asked for now. */
  get isDue(): boolean {
    return this.#asked === null || this.#now() - this.#asked.atMs >= ASK_MS
  }

  /** Takes the server's own figures; `null`: it does not give them. Figures that went down start anew. */
  asked(figures: Omit<StatementTime, 'atMs'> | null): void {
    const atMs = this.#now()
    const before = this.#asked
    this.#asked = { atMs, ownMs: figures?.ownMs ?? 0, totalMs: figures?.totalMs ?? 0 }
    if (figures === null) this.#server = null
    if (
      figures === null ||
      before === null ||
      figures.ownMs < before.ownMs ||
      figures.totalMs < before.totalMs
    )
      return
    const seconds = Math.max(0.001, (atMs - before.atMs) / 1000)
    if (before.totalMs === 0) return
    this.#server = {
      busyMsPerSecond: (figures.ownMs - before.ownMs) / seconds,
      totalMsPerSecond: (figures.totalMs - before.totalMs) / seconds,
      atMs,
    }
  }

  /** Takes a step if one is due, and tells what is skipped now. */
  shed(): readonly SnapshotName[] {
    const nowMs = this.#now()
    if (nowMs - this.#steppedMs >= STEP_MS && nowMs - this.#startedMs >= STEP_MS) {
      const share = this.#busyMsPerSecond() / this.#allowedMsPerSecond()
      if (share > 1) this.#step(1, nowMs)
      else if (share < EASY_SHARE) this.#step(-1, nowMs)
    }
    return SHED_ORDER.slice(0, this.#steps)
  }

  /** The cost of the last minute. */
  cost(): ObserverCost {
    const busyMsPerSecond = this.#busyMsPerSecond()
    const total = this.#fresh()?.totalMsPerSecond ?? 0
    return {
      busyMsPerSecond,
      sharePercent: total > 0 ? (100 * busyMsPerSecond) / total : null,
      shed: SHED_ORDER.slice(0, this.#steps),
    }
  }

  #step(by: 1 | -1, nowMs: number): void {
    this.#steps = Math.min(SHED_ORDER.length, Math.max(0, this.#steps + by))
    this.#steppedMs = nowMs
  }

  #fresh() {
    return this.#server !== null && this.#now() - this.#server.atMs < 2 * ASK_MS ? this.#server : null
  }

  #busyMsPerSecond(): number {
    const server = this.#fresh()
    if (server !== null) return server.busyMsPerSecond
    const nowMs = this.#now()
    const seconds = Math.min(SPAN_MS, Math.max(1_000, nowMs - this.#startedMs)) / 1000
    const recent = this.#spent.filter((one) => one.atMs >= nowMs - SPAN_MS)
    return recent.reduce((sum, one) => sum + one.ms, 0) / seconds
  }

  #allowedMsPerSecond(): number {
    const share = ((this.#fresh()?.totalMsPerSecond ?? 0) * this.#options.budgetPercent) / 100
    return Math.max(this.#options.budgetMsPerSecond, share)
  }
}

const TOTAL_SQL = `SELECT SUM(SUM_TIMER_WAIT) / 1000000000 AS total_ms
FROM performance_schema.events_statements_summary_global_by_event_name`
const OWN_SQL = `SELECT SUM(SUM_TIMER_WAIT) / 1000000000 AS own_ms
FROM performance_schema.events_statements_summary_by_account_by_event_name WHERE USER = ? AND HOST = ?`

/**
 * Statement time of these sessions' accounts and of the whole server, ms since the start; `null` where the server
 * keeps no such figures or does not show them.
 */
export async function readStatementTime(
  query: (sql: string, values?: readonly Bound[]) => Promise<readonly Row[]>,
  sessions: readonly (SessionServer | null)[],
): Promise<Omit<StatementTime, 'atMs'> | null> {
  try {
    const totalMs = count((await query(TOTAL_SQL))[0]?.['total_ms'])
    if (totalMs === 0) return null
    let ownMs = 0
    for (const seenAs of new Set(sessions.flatMap((session) => session?.seenAs ?? []))) {
      const at = seenAs.lastIndexOf('@')
      ownMs += count((await query(OWN_SQL, [seenAs.slice(0, at), seenAs.slice(at + 1)]))[0]?.['own_ms'])
    }
    return { ownMs, totalMs }
  } catch {
    return null
  }
}
