/**
 * The observing side of a MySQL-family target: two guarded sessions (monitor, planner), one runner for each
 * instrument, the cost of it all, and the questions. Nothing here can change a target.
 */
import type { Credentials, SeriesWindow, TargetAddress } from '../../core/engine.ts'
import type { CapabilityReport, Identity, Observer, ObserverCost, Reading } from '../../core/observer.ts'
import { type SqlDialect, withSqlMode } from '../../sql/index.ts'
import { readCapabilities } from './capabilities/index.ts'
import { textOrEmpty } from './cells.ts'
import type { CollectorTarget, KnownAccounts, SnapshotName } from './collector.ts'
import { busyReading, type RunnerSettings, shedReading } from './collector-runner.ts'
import { type MysqlOptions, migrationPlace, namesOf, readMysqlOptions } from './config.ts'
import { type SessionServer, TargetSession } from './connect.ts'
import { CostBudget, readStatementTime } from './cost-budget.ts'
import { KnownIdentity } from './identity.ts'
import { PlanWatch } from './plan-watch.ts'
import { createAsk } from './questions/ask.ts'
import type { Reader, RecentPlan } from './questions/question.ts'
import { Recent } from './recent.ts'
import { type SameServer, sameServer } from './same-server.ts'
import { dialectOf } from './server-version.ts'
import type { MysqlQuestions, MysqlSnapshots } from './shapes.ts'
import { createRunners, INSTRUMENTS, type Runners } from './snapshots/index.ts'
import { SharedReadings } from './snapshots/shared-readings.ts'
import { SampleBook } from './statement-samples.ts'
import type { Lane } from './statement-turns.ts'
import { unknownBecause } from './unknown-reading.ts'

/** How to observe a target. */
export interface ObserverSettings {
  readonly address: TargetAddress
  readonly monitor: Credentials
  /** The account that may EXPLAIN; `null`: plans cannot be asked for. */
  readonly planner: Credentials | null
}

/** Running threads per core above which heavy reading pauses. */
const BUSY_THREADS_PER_CORE = 4
const ACTIVITY_SPAN_MS = 10 * 60_000
const WINDOWS_SPAN_MS = 45 * 60_000
const KEPT_MAX = 400
/** A plan of the slow log older than this, ms at pace 1, may be one that the statement has no more. */
const LOGGED_PLAN_AGE_MS = 300_000
/** What is now, ms at pace 1: one window of statements. */
const NOW_MS = 10_000

/** What the observer keeps of its last windows, for questions and series. */
export interface RecentWindows {
  readonly activity: Recent<MysqlSnapshots['activity']>
  readonly status: Recent<MysqlSnapshots['status']>
  readonly statements: Recent<MysqlSnapshots['statements']>
  readonly connections: Recent<MysqlSnapshots['connections']>
  readonly catalog: Recent<MysqlSnapshots['catalog']>
}

/** Observes one MySQL or MariaDB server. */
export class MysqlObserver implements Observer<MysqlSnapshots, MysqlQuestions> {
  readonly ask: Observer<MysqlSnapshots, MysqlQuestions>['ask']
  readonly recent: RecentWindows = {
    activity: new Recent(ACTIVITY_SPAN_MS, KEPT_MAX),
    status: new Recent(WINDOWS_SPAN_MS, KEPT_MAX),
    statements: new Recent(WINDOWS_SPAN_MS, KEPT_MAX),
    connections: new Recent(WINDOWS_SPAN_MS, 1),
    catalog: new Recent(WINDOWS_SPAN_MS, 1),
  }
  readonly #settings: ObserverSettings
  readonly #options: MysqlOptions
  readonly #monitor: TargetSession
  readonly #planner: TargetSession | null
  readonly #samples = new SampleBook()
  readonly #sameServer: SameServer
  readonly #budget: CostBudget
  readonly #identity: KnownIdentity
  readonly #runners: Runners
  readonly #plans: PlanWatch
  readonly #accounts: KnownAccounts
  readonly #readers = new WeakMap<SessionServer, Partial<Record<Lane, Reader>>>()
  #shared: {
    readonly server: SessionServer
    readonly boardKey: string
    readonly readings: SharedReadings
  } | null = null
  #dialect: { readonly server: SessionServer; readonly dialect: SqlDialect; readonly ms: number } | null =
    null

  /** @throws DbmedicError DBM_TARGET_OPTION for options this engine does not know. Connects in the background. */
  constructor(settings: ObserverSettings) {
    this.#settings = settings
    this.#options = readMysqlOptions(settings.address)
    this.#sameServer = sameServer(settings.address)
    this.#monitor = this.#session(settings.monitor, 'monitor')
    this.#planner = settings.planner === null ? null : this.#session(settings.planner, 'planner')
    this.#budget = new CostBudget({ ...this.#options, instruments: INSTRUMENTS })
    this.#identity = new KnownIdentity(this.#monitor, () => this.#reader('reading'))
    this.#accounts = this.#knownAccounts()
    this.#runners = createRunners(this.#runnerSettings())
    this.ask = createAsk(this.#questionContext({ mayAnalyse: this.#options.analyseStatements }))
    // Plans are followed all the time: whatever is consented to, nothing is run for it.
    const planOnly = createAsk(this.#questionContext({ mayAnalyse: false }))
    this.#plans = new PlanWatch(
      {
        statements: () => this.recent.statements.values,
        plan: (fingerprintId) => planOnly('statement-plan', { fingerprintId }),
        mayAsk: () => this.#planner !== null && this.cost().shed.length === 0 && !this.#isBusy(),
      },
      this.#options.pace,
    )
    // Opened before trouble: at max_connections nobody gets in any more.
    void this.#monitor.open().catch(() => undefined)
  }

  async identity(): Promise<Reading<Identity>> {
    try {
      const { identity, at } = await this.#identity.now()
      return { known: true, value: identity, at, source: '@@server_uuid or @@server_uid, Uptime, VERSION()' }
    } catch (error) {
      return unknownBecause(error)
    }
  }

  async capabilities(): Promise<readonly CapabilityReport[]> {
    return readCapabilities({
      session: this.#monitor,
      query: (sql, values, limits) => this.#query(sql, values, limits),
      planner: this.#planner,
      options: this.#options,
      address: this.#settings.address,
    })
  }

  async read<K extends SnapshotName>(name: K): Promise<Reading<MysqlSnapshots[K]>> {
    await this.#measureCost()
    const reading: Reading<MysqlSnapshots[K]> = await this.#runners[name].read()
    if (reading.known) this.#remember(name, reading.value)
    return reading
  }

  /** Stretches of time in which the busiest classes had one plan, as they end: the series `plan`. */
  planWindows(): Promise<readonly SeriesWindow[]> {
    return this.#plans.windows()
  }

  cost(): ObserverCost {
    const otherwise = Object.entries(this.#runners).flatMap(([name, runner]) =>
      runner.times === 1 ? [] : [[name, runner.times] as const],
    )
    return { ...this.#budget.cost(), stretched: Object.fromEntries(otherwise) }
  }

  attend(): void {
    this.#budget.attend()
  }

  async close(): Promise<void> {
    await Promise.all([this.#monitor.close(), this.#planner?.close()])
  }

  #session(credentials: Credentials, purpose: 'monitor' | 'planner'): TargetSession {
    return new TargetSession({
      address: this.#settings.address,
      credentials,
      purpose,
      options: this.#options,
    })
  }

  #remember<K extends SnapshotName>(name: K, value: MysqlSnapshots[K]): void {
    if (name === 'activity') this.recent.activity.add(value as MysqlSnapshots['activity'])
    if (name === 'status') this.recent.status.add(value as MysqlSnapshots['status'])
    if (name === 'statements') this.recent.statements.add(value as MysqlSnapshots['statements'])
    if (name === 'connections') this.recent.connections.add(value as MysqlSnapshots['connections'])
    if (name === 'catalog') this.recent.catalog.add(value as MysqlSnapshots['catalog'])
  }

  /** A statement of the monitor, charged to the budget. */
  #query(...asked: Parameters<CollectorTarget['query']>): ReturnType<CollectorTarget['query']> {
    return this.#charged(null, ...asked)
  }

  /** The same, charged to one instrument. */
  async #charged(
    name: SnapshotName | null,
    ...[sql, values, limits]: Parameters<CollectorTarget['query']>
  ): ReturnType<CollectorTarget['query']> {
    const before = this.#monitor.busyMs
    try {
      return await this.#monitor.query(sql, values, limits)
    } finally {
      this.#budget.spent(this.#monitor.busyMs - before, name)
    }
  }

  async #measureCost(): Promise<void> {
    if (!this.#budget.isDue || this.#monitor.server === null) return
    this.#budget.asked(
      await readStatementTime(
        (sql, values) => this.#query(sql, values),
        [this.#monitor.server, this.#planner?.server ?? null],
      ),
    )
  }

  #knownAccounts(): KnownAccounts {
    const { monitor, planner } = this.#settings
    return {
      ownUsers: [
        monitor.user,
        ...(planner === null ? [] : [planner.user]),
        ...namesOf(this.#options.ownAccounts),
        ...(this.#settings.address.ownUsers ?? []),
      ],
      backupUsers: namesOf(this.#options.backupAccounts),
      ownConnections: () => this.#sameServer.connections,
    }
  }

  #runnerSettings(): RunnerSettings {
    const { slowCollectorMs, pace } = this.#options
    return {
      target: (name, heavy) => this.#target(name, heavy ? 'heavy' : 'reading'),
      waitedMs: (heavy) => this.#monitor.waitedMs(heavy ? 'heavy' : 'reading'),
      stretch: (name) => this.#budget.stretch(name),
      ended: (name, how) => this.#budget.ended(name, how),
      hold: (name, heavy) => this.#hold(name, heavy),
      slowCollectorMs,
      pace,
    }
  }

  async #target(name: SnapshotName, lane: Lane): Promise<Omit<CollectorTarget, 'nominalMs'>> {
    const { identity } = await this.#identity.now()
    const server = await this.#monitor.open()
    return {
      query: (sql, values, limits) => this.#charged(name, sql, values, { ...limits, lane }),
      server,
      identity,
      clock: () => this.#identity.clock(),
      options: this.#options,
      address: this.#settings.address,
      dialect: await this.#serverDialect(server),
      samples: this.#samples,
      shared: this.#sharedReadings(server, identity),
      accounts: this.#accounts,
      isOwnStatement: (id) => this.#sameServer.own.has(id),
      preparedCalls: () => this.#sameServer.preparedCalls,
    }
  }

  /** Lexical rules under the global sql_mode, which most sessions have; read again every minute. */
  async #serverDialect(server: SessionServer): Promise<SqlDialect> {
    const known = this.#dialect
    if (known !== null && known.server === server && performance.now() - known.ms < 60_000)
      return known.dialect
    const [row] = await this.#query('SELECT @@GLOBAL.sql_mode AS mode')
    const dialect = withSqlMode(dialectOf(server.flavour), textOrEmpty(row?.['mode']))
    this.#dialect = { server, dialect, ms: performance.now() }
    return dialect
  }

  #hold(name: SnapshotName, heavy: boolean): Reading<never> | null {
    const { budgetPercent, budgetMsPerSecond } = this.#options
    if (this.#budget.shed().includes(name))
      return shedReading(name, `${budgetPercent} %, ${budgetMsPerSecond} ms/s`)
    return heavy && this.#isBusy() ? busyReading(name, this.#threadsRunning) : null
  }

  get #threadsRunning(): number {
    return this.recent.activity.values.at(-1)?.threadsRunning ?? 0
  }

  #isBusy(): boolean {
    return this.#threadsRunning > BUSY_THREADS_PER_CORE * this.#options.cores
  }

  /** The plan a class was last logged with, if that was a moment ago. */
  #loggedPlan(fingerprintId: string): RecentPlan | null {
    const { pace } = this.#options
    const logged = this.#samples.plan(fingerprintId, LOGGED_PLAN_AGE_MS * pace)
    if (logged === null) return null
    return { rows: logged.rows, isOfNow: this.#samples.plan(fingerprintId, NOW_MS * pace) !== null }
  }

  /** Behind one address may be several servers: what is shared is of one life of one, and of one account. */
  #sharedReadings(server: SessionServer, { instanceUid, epoch }: Identity): SharedReadings {
    const boardKey = JSON.stringify([this.#settings.monitor.user, instanceUid, epoch])
    if (this.#shared?.server === server && this.#shared.boardKey === boardKey) return this.#shared.readings
    const query: CollectorTarget['query'] = (sql, values, limits) => this.#query(sql, values, limits)
    const readings = new SharedReadings({
      target: { query, server, accounts: this.#accounts },
      boards: this.#sameServer.boards,
      boardKey,
      pace: this.#options.pace,
    })
    this.#shared = { server, boardKey, readings }
    return readings
  }

  /** One reader of a lane per opened connection, so that what questions remember of a server ends with it. */
  #reader(lane: Lane): Reader {
    const reader: Reader = { query: (sql, values) => this.#query(sql, values, { lane }) }
    const { server } = this.#monitor
    if (server === null) return reader
    const known = { [lane]: reader, ...this.#readers.get(server) }
    this.#readers.set(server, known)
    return known[lane] ?? reader
  }

  #questionContext(consent: { readonly mayAnalyse: boolean }): Parameters<typeof createAsk>[0] {
    const planner = this.#planner
    const reader = (): Reader => this.#reader('question')
    return {
      get reader() {
        return reader()
      },
      planner:
        planner === null
          ? null
          : { query: (sql, values) => planner.query(sql, values, { lane: 'question' }) },
      mayAnalyse: consent.mayAnalyse,
      migrations: migrationPlace(this.#options),
      identity: () => this.identity(),
      samples: this.#samples,
      loggedPlans: { get: (fingerprintId) => this.#loggedPlan(fingerprintId) },
      collected: {
        activity: () => this.recent.activity.values,
        connections: () => this.recent.connections.values.at(-1) ?? null,
        status: () => this.recent.status.values,
        statements: () => this.recent.statements.values,
        catalog: () => this.recent.catalog.values.at(-1) ?? null,
        pace: this.#options.pace,
      },
      ownUsers: this.#accounts.ownUsers,
      backupUsers: this.#accounts.backupUsers,
    }
  }
}

/** Opens the observing side of a target. @throws DbmedicError DBM_TARGET_OPTION for options this engine does not know. */
export function createMysqlObserver(settings: ObserverSettings): MysqlObserver {
  return new MysqlObserver(settings)
}
