/**
 * What watching costs a target, and what is read less often or skipped to stay within the budget: 0.5 % of the target's statement
 * time, or 2 ms a second where that is more (a quiet server has little to take a share of). What can be foreseen from the last
 * readings is planned (`cost-plan.ts`); steps are taken where that was not enough.
 */
import type { ObserverCost } from '../../core/observer.ts'
import type { Row } from './cells.ts'
import { count } from './cells.ts'
import type { SnapshotName } from './collector.ts'
import type { Bound, SessionServer } from './connect.ts'
import { type Planned, plannedTimes, ReadingCosts, STRETCHES } from './cost-plan.ts'

/** One instrument that may be read less. */
interface Sheddable {
  readonly name: SnapshotName
  /**
   * What finds trouble is read less often and never skipped: every minute at least, above twice the budget every five
   * minutes (back at one and a half times). A detector that is blind when the server is busy is worth less than what
   * it saves.
   */
  readonly isVital: boolean
}

/** What goes first when watching is too expensive: what is needed latest, and costs most, first. Locks never go. */
export const SHED_ORDER: readonly Sheddable[] = [
  { name: 'catalog', isVital: false },
  { name: 'tableSizes', isVital: false },
  { name: 'serverErrors', isVital: false },
  { name: 'slowLog', isVital: true },
  { name: 'replication', isVital: true },
  { name: 'statements', isVital: true },
  { name: 'status', isVital: true },
]
const VITAL_SHARE = 2

/** By how much the interval of a vital instrument is multiplied above twice the budget: 10 s become five minutes. */
export const RARELY = 30
/** The past over which an instrument's own part is summed up, ms: three of the longest intervals. */
const PART_SPAN_MS = 180_000

/** How long the past is that the cost is about, ms. A shorter past counts as this long: beginnings cost more. */
const SPAN_MS = 60_000
/** Shedding goes on or back one step at most this often, ms. */
const STEP_MS = 10_000
/** So long after something new was noticed nothing that finds trouble is stretched below twice the budget, ms. */
export const ATTENTION_MS = 120_000
/**
 * What tells a lasting trouble from a moment's by itself is read twice as often for so long then, ms: sessions that wait for
 * locks. Three windows of the usual five seconds would be a quarter of a minute, in which applications give up.
 */
const QUICK_FOR_MS = 20_000
const QUICK: { readonly name: SnapshotName; readonly times: number } = { name: 'activity', times: 0.5 }
/** So long the plan is that of the last reading, ms: what it rests on moves slowly. */
const PLAN_MS = 1_000
/** Below this part of the budget one step is taken back. */
const EASY_SHARE = 0.75
/** Statement time by the server's own figures is asked for this often, ms. */
const ASK_MS = 20_000
/** Statements that say what the network's part of each is, and which of them by duration: the first quarter. */
const ROUND_TRIPS = 100
const QUARTILE = 0.25

/** One thing that was done to stay within the budget. The last is taken back first. */
interface Step {
  readonly name: SnapshotName
  readonly does: 'skip' | 'stretch' | 'rarely'
}

/** So many steps by which one instrument is read less often. */
const stretchBy = (name: SnapshotName, steps: number): readonly Step[] =>
  Array.from({ length: steps }, () => ({ name, does: 'stretch' }))

interface Spent {
  readonly ms: number
  /** Whose reading it was for; null: several instruments share it, or it was a question. */
  readonly name: SnapshotName | null
}

/** Budget of a target. */
export interface BudgetOptions {
  readonly budgetPercent: number
  readonly budgetMsPerSecond: number
  /** What is read; without it nothing is planned, and all depends on what was spent. */
  readonly instruments?: readonly Instrument[]
  /** Multiplies every interval; 1 in production. The plan is that of production: a laboratory reads more often on purpose. */
  readonly pace?: number
}

/** An instrument as far as its cost goes. */
export interface Instrument {
  readonly name: SnapshotName
  /** Its own interval, ms at pace 1. */
  readonly everyMs: number
  /** It reads facts that change slowly, and much at once. */
  readonly heavy: boolean
}

/** How each instrument may be planned: what is never shed is read at its own interval. */
export function toPlan(instruments: readonly Instrument[]): readonly Planned[] {
  const sheddable = new Set(SHED_ORDER.map(({ name }) => name))
  return instruments.map(({ name, everyMs, heavy }) => ({
    name,
    everyMs,
    kind: heavy ? 'slow' : sheddable.has(name) ? 'quick' : 'kept',
  }))
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
  readonly #instruments: readonly Planned[]
  readonly #costs = new ReadingCosts()
  #plan: Dated<ReadonlyMap<SnapshotName, number>> | null = null
  #spent: Dated<Spent>[] = []
  #durations: number[] = []
  #askedMs = Number.NEGATIVE_INFINITY
  #figures: Dated<StatementTime>[] = []
  #steps: readonly Step[] = []
  #steppedMs = Number.NEGATIVE_INFINITY
  #attentiveUntilMs = Number.NEGATIVE_INFINITY

  constructor(options: BudgetOptions, now: () => number = () => performance.now()) {
    this.#options = options
    this.#now = now
    this.#startedMs = now()
    this.#instruments = toPlan(options.instruments ?? [])
  }

  /** Notes one statement, `ms` long as seen from here, for the reading of the instrument `name`. */
  spent(ms: number, name: SnapshotName | null = null): void {
    this.#durations = [...this.#durations.slice(1 - ROUND_TRIPS), ms]
    const sorted = this.#durations.toSorted((a, b) => a - b)
    const network = sorted[Math.floor((sorted.length - 1) * QUARTILE)] ?? ms
    const value = { ms: Math.max(0, ms - network), name }
    this.#spent.push({ atMs: this.#now(), value })
    this.#spent = this.#recent(this.#spent, PART_SPAN_MS)
    if (name !== null) this.#costs.add(name, value.ms)
  }

  /** The reading of `name` is over: its interval goes by what it cost from now on. */
  ended(name: SnapshotName, how: 'read' | 'failed' = 'read'): void {
    this.#costs.end(name, how)
    this.#plan = null
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

  /** For two minutes twice the budget may be spent before anything that finds trouble is read less often. */
  attend(): void {
    const isWithin = this.#busyMsPerSecond() <= VITAL_SHARE * this.#allowedMsPerSecond()
    this.#attentiveUntilMs = this.#now() + ATTENTION_MS
    this.#plan = null
    if (isWithin && this.#steps.every((step) => step.does !== 'rarely'))
      this.#steps = this.#steps.filter((step) => step.does !== 'stretch')
  }

  /** Takes a step if one is due, and tells what is skipped now. */
  shed(): readonly SnapshotName[] {
    const nowMs = this.#now()
    // A server that gives its own figures is judged by them, not by ours while they come.
    const isJudgeable = this.#figures.length === 0 || this.#rates() !== null
    if (isJudgeable && nowMs - this.#steppedMs >= STEP_MS && nowMs - this.#startedMs >= STEP_MS) {
      const allowed = this.#allowedMsPerSecond()
      const share = this.#busyMsPerSecond() / allowed
      const next = share > 1 ? this.#nextSteps(share) : []
      const limit = next[0] === undefined ? Number.POSITIVE_INFINITY : this.#limitOf(next[0])
      const last = this.#steps.at(-1)
      // What one dear moment cost stays in the account for a minute; skipping more would not make it cheaper.
      if (share > limit && this.#lately() / allowed > limit) this.#go([...this.#steps, ...next], nowMs)
      else if (last !== undefined && this.#shareWithout(last, share) < EASY_SHARE * this.#limitOf(last))
        this.#go(this.#steps.slice(0, -1), nowMs)
    }
    return this.#skipped()
  }

  /** By how much the interval of this instrument is multiplied now: above 1 for what it costs, below because of something new. */
  stretch(name: SnapshotName): number {
    if (name === QUICK.name) return this.#isQuick() ? QUICK.times : 1
    if (this.#isAt('rarely', name)) return RARELY
    return Math.max(STRETCHES[this.#stretchSteps(name)] ?? 1, this.#planned(name))
  }

  /** The cost of the last minute. */
  cost(): ObserverCost {
    const rates = this.#rates()
    return {
      busyMsPerSecond: this.#busyMsPerSecond(),
      sharePercent: rates === null || rates.total === 0 ? null : (100 * rates.own) / rates.total,
      allowedMsPerSecond: this.#allowedMsPerSecond(),
      shed: this.#skipped(),
      stretched: Object.fromEntries(
        SHED_ORDER.map(({ name }) => [name, this.stretch(name)] as const).filter(([, by]) => by > 1),
      ),
      shedsMuch: this.#steps.some((step) => step.does === 'rarely'),
    }
  }

  /** By how much the interval of this instrument is multiplied by what its last readings cost. */
  #planned(name: SnapshotName): number {
    const atMs = this.#now()
    if (this.#plan === null || atMs - this.#plan.atMs >= PLAN_MS) {
      const counted = this.#counted()
      const costs = [...this.#costs.expected(this.#instruments)].map(
        ([one, ms]) => [one, ms * counted] as const,
      )
      const value = plannedTimes(this.#instruments, new Map(costs), {
        budget: this.#allowedMsPerSecond(),
        patience: atMs < this.#attentiveUntilMs ? VITAL_SHARE : 1,
        elsewhere: counted * this.#spentMsPerSecond(null) * (this.#options.pace ?? 1),
      })
      this.#plan = { atMs, value }
    }
    return this.#plan.value.get(name) ?? 1
  }

  #isQuick(): boolean {
    return (
      this.#now() < this.#attentiveUntilMs - ATTENTION_MS + QUICK_FOR_MS &&
      this.#busyMsPerSecond() <= VITAL_SHARE * this.#allowedMsPerSecond()
    )
  }

  /** Share of the budget above which a step is taken. */
  #limitOf({ does }: Step): number {
    const isAttentive = this.#now() < this.#attentiveUntilMs
    return does === 'rarely' || (does === 'stretch' && isAttentive) ? VITAL_SHARE : 1
  }

  #go(steps: readonly Step[], nowMs: number): void {
    // A stretched interval shows in the account of a minute only after that minute.
    const isStretch = (steps.length > this.#steps.length ? steps : this.#steps).at(-1)?.does === 'stretch'
    this.#steps = steps
    this.#steppedMs = isStretch ? nowMs + SPAN_MS - STEP_MS : nowMs
  }

  #skipped(): readonly SnapshotName[] {
    return this.#steps.filter((step) => step.does === 'skip').map((step) => step.name)
  }

  #isAt(does: Step['does'], name: SnapshotName): boolean {
    return this.#steps.some((step) => step.does === does && step.name === name)
  }

  #stretchSteps(name: SnapshotName): number {
    return this.#steps.filter((step) => step.does === 'stretch' && step.name === name).length
  }

  /**
   * The dearest instrument is read less often if it is vital and that is enough, or it alone is over the budget; else, and
   * where that is at its end, the next one goes. What is dear for other reasons is not mended by looking away.
   */
  #nextSteps(share: number): readonly Step[] {
    const left = SHED_ORDER.filter(({ name }) => !this.#isAt('skip', name) && !this.#isAt('rarely', name))
    const parts = left
      .map(({ name, isVital }) => ({ name, isVital, share: this.#partOf(name) }))
      .toSorted((a, b) => b.share - a.share)
    const mayStretch = ({ name, isVital }: Sheddable): boolean =>
      isVital && this.#stretchSteps(name) < STRETCHES.length - 1
    const [[dearest], [next]] = [parts, left]
    const dear = parts.find((one) => one.share > 0 && mayStretch(one))
    const enough = dear !== undefined && dear === dearest ? this.#enough(dear, share) : 0
    if (dear !== undefined && enough > 0) return stretchBy(dear.name, enough)
    if (next === undefined) return []
    if (!next.isVital) return [{ name: next.name, does: 'skip' }]
    return dear === undefined ? [{ name: next.name, does: 'rarely' }] : stretchBy(dear.name, 1)
  }

  /** How many steps of this instrument bring the share within the budget; all there are where it is over it alone; or 0. */
  #enough(one: { readonly name: SnapshotName; readonly share: number }, share: number): number {
    const now = this.stretch(one.name)
    const room = STRETCHES.findIndex((by) => by > now && share - one.share * (1 - now / by) <= 1)
    const last = room === -1 && one.share > 1 ? STRETCHES.length - 1 : room
    return Math.max(0, last - this.#stretchSteps(one.name))
  }

  /** The share of the budget there would be without this step; of what is hardly read nobody knows what it would cost. */
  #shareWithout({ name, does }: Step, share: number): number {
    if (does !== 'stretch') return share
    const now = this.stretch(name)
    const before = Math.max(STRETCHES[this.#stretchSteps(name) - 1] ?? 1, this.#planned(name))
    return share + this.#partOf(name) * (now / before - 1)
  }

  /** What the server counts of a millisecond as seen from here, where a reading may take longer and never less. */
  #counted(): number {
    const ours = this.#spentMsPerSecond()
    return ours === 0 ? 1 : Math.min(1, this.#busyMsPerSecond() / ours)
  }

  /** The part of the budget that the readings of one instrument took lately. */
  #partOf(name: SnapshotName): number {
    const overMs = Math.max(SPAN_MS, Math.min(PART_SPAN_MS, this.#now() - this.#startedMs))
    const own = this.#recent(this.#spent, PART_SPAN_MS).filter((one) => one.value.name === name)
    const msPerSecond = own.reduce((sum, one) => sum + one.value.ms, 0) / (overMs / 1000)
    return (this.#counted() * msPerSecond) / this.#allowedMsPerSecond()
  }

  /** Time as seen from here in the last minute, ms a second: of all, or `null`: of what is no instrument's. */
  #spentMsPerSecond(of?: null): number {
    const recent = this.#recent(this.#spent).filter((one) => of === undefined || one.value.name === of)
    return recent.reduce((sum, one) => sum + one.value.ms, 0) / (SPAN_MS / 1000)
  }

  #recent<T>(dated: readonly Dated<T>[], spanMs = SPAN_MS): Dated<T>[] {
    const oldestMs = this.#now() - spanMs
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
    return this.#spentMsPerSecond()
  }

  /** The cost between the server's last two figures or, without them, of the last ten seconds, ms a second. */
  #lately(): number {
    const [before, last] = this.#recent(this.#figures).slice(-2)
    if (before !== undefined && last !== undefined)
      return (1000 * (last.value.ownMs - before.value.ownMs)) / Math.max(1, last.atMs - before.atMs)
    const sinceMs = this.#now() - STEP_MS
    const spent = this.#spent.filter((one) => one.atMs > sinceMs)
    return spent.reduce((sum, one) => sum + one.value.ms, 0) / (STEP_MS / 1000)
  }

  #allowedMsPerSecond(): number {
    const share = ((this.#rates()?.total ?? 0) * this.#options.budgetPercent) / 100
    return Math.max(this.#options.budgetMsPerSecond, share)
  }
}

const TOTAL_SQL = `SELECT SUM(SUM_TIMER_WAIT) / 1000000000 AS total_ms
FROM performance_schema.events_statements_summary_global_by_event_name`
/**
 * By our two threads: what accounts took, MariaDB adds up from the threads of each for every event (43 ms with a hundred accounts
 * that have a session each), and the targets of one account would each count the cost of all.
 */
const OWN_SQL = `SELECT SUM(e.SUM_TIMER_WAIT) / 1000000000 AS own_ms FROM performance_schema.threads t
JOIN performance_schema.events_statements_summary_by_thread_by_event_name e ON e.THREAD_ID = t.THREAD_ID
WHERE t.PROCESSLIST_ID IN (?, ?)`

/**
 * Statement time of these sessions, ms since they began, and of the whole server, ms since its start; `null` where the server
 * keeps no such figures or does not show them.
 */
export async function readStatementTime(
  query: (sql: string, values?: readonly Bound[]) => Promise<readonly Row[]>,
  sessions: readonly (SessionServer | null)[],
): Promise<StatementTime | null> {
  try {
    const totalMs = count((await query(TOTAL_SQL))[0]?.['total_ms'])
    if (totalMs === 0) return null
    const [one = '0', other = one] = sessions.flatMap((session) => session?.connectionId ?? [])
    const ownMs = count((await query(OWN_SQL, [one, other]))[0]?.['own_ms'])
    return { ownMs, totalMs }
  } catch {
    return null
  }
}
