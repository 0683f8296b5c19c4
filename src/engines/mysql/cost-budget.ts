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

/** The first of the order: facts that change slowly and errors, without which most conditions are still noticed. */
const SHED_EASILY = 3

/**
 * What finds trouble goes only at twice the budget: a detector that is blind when the server is busy is worth less than
 * what it saves. It comes back at one and a half times.
 */
const VITAL: ReadonlySet<SnapshotName> = new Set(['replication', 'statements', 'status'])
const VITAL_SHARE = 2

/** How long the past is that the cost is about, ms. A shorter past counts as this long: beginnings cost more. */
const SPAN_MS = 60_000
/** Shedding goes on or back one step at most this often, ms. */
const STEP_MS = 10_000
/** Below this part of the budget one step is taken back. */
const EASY_SHARE = 0.75
/** Statement time by the server's own figures is asked for this often, ms. */
const ASK_MS = 20_000
/** Statements that say what the network's part of each is, and which of them by duration: the first quarter. */
const ROUND_TRIPS = 100
const QUARTILE = 0.25

/** Share of the budget above which this instrument is skipped. */
const limitOf = (name: SnapshotName | undefined): number =>
  name !== undefined && VITAL.has(name) ? VITAL_SHARE : 1

/** Budget of a target. */
export interface BudgetOptions {
  readonly budgetPercent: number
  readonly budgetMsPerSecond: number
}

/** Statement time by the server's own figures, since it started, ms. */
export interface StatementTime {
  readonly ownMs: number
  readonly totalMs: number
}

interface Dated<T> {
  readonly atMs: number
  readonly value: T
}

/** What the last minute's figures of the server say, ms a second. */
interface Rates {
  readonly own: number
  readonly total: number
}

/**
 * Keeps the account. Until the server's own figures are there (Performance Schema off, no privilege), what counts
 * is time as seen from here, each statement's less what the quickest quarter of them takes: the network's part.
 */
export class CostBudget {
  readonly #options: BudgetOptions
  readonly #now: () => number
  readonly #startedMs: number
  #spent: Dated<number>[] = []
  #durations: number[] = []
  #askedMs = Number.NEGATIVE_INFINITY
  #figures: Dated<StatementTime>[] = []
  #steps = 0
  #steppedMs = Number.NEGATIVE_INFINITY

  constructor(options: BudgetOptions, now: () => number = () => performance.now()) {
    this.#options = options
    this.#now = now
    this.#startedMs = now()
  }

  /** Notes one statement, `ms` long as seen from here. */
  spent(ms: number): void {
    this.#durations = [...this.#durations.slice(1 - ROUND_TRIPS), ms]
    const sorted = this.#durations.toSorted((a, b) => a - b)
    const network = sorted[Math.floor((sorted.length - 1) * QUARTILE)] ?? ms
    this.#spent.push({ atMs: this.#now(), value: Math.max(0, ms - network) })
    this.#spent = this.#recent(this.#spent)
  }

  /** Whether the server's own figures should be asked for now. */
  get isDue(): boolean {
    return this.#now() - this.#askedMs >= ASK_MS
  }

  /** Takes the server's own figures; `null`: it does not give them. Figures that went down start anew. */
  asked(figures: StatementTime | null): void {
    const atMs = this.#now()
    this.#askedMs = atMs
    const last = this.#figures.at(-1)?.value
    const wentDown =
      last !== undefined && figures !== null && (figures.ownMs < last.ownMs || figures.totalMs < last.totalMs)
    if (figures === null || wentDown) this.#figures = []
    if (figures !== null) this.#figures = this.#recent([...this.#figures, { atMs, value: figures }])
  }

  /** Takes a step if one is due, and tells what is skipped now. */
  shed(): readonly SnapshotName[] {
    const nowMs = this.#now()
    // A server that gives its own figures is judged by them, not by ours while they come.
    const isJudgeable = this.#figures.length === 0 || this.#rates() !== null
    if (isJudgeable && nowMs - this.#steppedMs >= STEP_MS && nowMs - this.#startedMs >= STEP_MS) {
      const allowed = this.#allowedMsPerSecond()
      const share = this.#busyMsPerSecond() / allowed
      const next = SHED_ORDER[this.#steps]
      const limit = next === undefined ? Number.POSITIVE_INFINITY : limitOf(next)
      // What one dear moment cost stays in the account for a minute; skipping more would not make it cheaper.
      if (share > limit && this.#lately() / allowed > limit) this.#step(1, nowMs)
      else if (share < EASY_SHARE * limitOf(SHED_ORDER[this.#steps - 1])) this.#step(-1, nowMs)
    }
    return SHED_ORDER.slice(0, this.#steps)
  }

  /** The cost of the last minute. */
  cost(): ObserverCost {
    const rates = this.#rates()
    return {
      busyMsPerSecond: this.#busyMsPerSecond(),
      sharePercent: rates === null || rates.total === 0 ? null : (100 * rates.own) / rates.total,
      allowedMsPerSecond: this.#allowedMsPerSecond(),
      shed: SHED_ORDER.slice(0, this.#steps),
      shedsMuch: this.#steps > SHED_EASILY,
    }
  }

  #step(by: 1 | -1, nowMs: number): void {
    this.#steps = Math.min(SHED_ORDER.length, Math.max(0, this.#steps + by))
    this.#steppedMs = nowMs
  }

  #recent<T>(dated: readonly Dated<T>[]): Dated<T>[] {
    const oldestMs = this.#now() - SPAN_MS
    return dated.filter((one) => one.atMs >= oldestMs)
  }

  #rates(): Rates | null {
    const figures = this.#recent(this.#figures)
    const [first, last] = [figures[0], figures.at(-1)]
    if (first === undefined || last === undefined || first === last) return null
    const seconds = Math.max(SPAN_MS / 2, last.atMs - first.atMs) / 1000
    return {
      own: (last.value.ownMs - first.value.ownMs) / seconds,
      total: (last.value.totalMs - first.value.totalMs) / seconds,
    }
  }

  #busyMsPerSecond(): number {
    const rates = this.#rates()
    if (rates !== null) return rates.own
    return this.#recent(this.#spent).reduce((sum, one) => sum + one.value, 0) / (SPAN_MS / 1000)
  }

  /** The cost between the server's last two figures or, without them, of the last ten seconds, ms a second. */
  #lately(): number {
    const [before, last] = this.#recent(this.#figures).slice(-2)
    if (before !== undefined && last !== undefined)
      return (1000 * (last.value.ownMs - before.value.ownMs)) / Math.max(1, last.atMs - before.atMs)
    const sinceMs = this.#now() - STEP_MS
    const spent = this.#spent.filter((one) => one.atMs > sinceMs)
    return spent.reduce((sum, one) => sum + one.value, 0) / (STEP_MS / 1000)
  }

  #allowedMsPerSecond(): number {
    const share = ((this.#rates()?.total ?? 0) * this.#options.budgetPercent) / 100
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
): Promise<StatementTime | null> {
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
