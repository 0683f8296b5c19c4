/**
 * The series that verification and baselines are made of. Kind `statement`, key the fingerprint id: one window of a
 * class, all its schemas together. Kind `plan`: see plan-watch.ts. Kind `server`: `totals` (all statements), and figures of one reading each
 * (`calls` 1): `waits`, `connections`, `pressure`, `slow-log`, `deadlocks`, `replication`. Figures named like counters are a second.
 */
import type { SeriesWindow } from '../../core/engine.ts'
import type { Reading } from '../../core/observer.ts'
import { fromMs, toMs } from '../../core/time.ts'
import type {
  Activity,
  ConnectionUse,
  DeadlockWindow,
  MysqlSnapshots,
  Replication,
  SlowLogWindow,
  StatementDelta,
  StatementWindow,
  StatusWindow,
  Window,
} from './shapes.ts'

/** Most windows of one call. */
const WINDOWS_MAX = 200
/** A moment's reading is given the shortest window there is, ms: it speaks for no time before it. */
const MOMENT_MS = 1

/** The windows that series are read from. */
type Read = 'statements' | 'activity' | 'connections' | 'status' | 'slowLog' | 'deadlocks' | 'replication'

/** What the series are read from: an observer. */
export interface SeriesSource {
  /** Windows of the series `plan`; left out where nobody follows plans. */
  planWindows?(): Promise<readonly SeriesWindow[]>
  read<K extends Read>(name: K): Promise<Reading<MysqlSnapshots[K]>>
}

/** The series of the windows read last, the busiest statement classes first, at most 200. Partial windows are left out. */
export async function readSeries(source: SeriesSource): Promise<readonly SeriesWindow[]> {
  const server = [
    await one(source, 'activity', waits),
    await one(source, 'connections', connectionUse),
    await one(source, 'status', pressure),
    await one(source, 'slowLog', slowLog),
    await one(source, 'deadlocks', deadlocks),
    await one(source, 'statements', totals),
    await many(source, 'replication', lag),
  ]
  const statements = await source.read('statements')
  const windows = statements.known ? classes(statements.value) : []
  const plans = (await source.planWindows?.()) ?? []
  return [...server.flat(), ...plans, ...windows].slice(0, WINDOWS_MAX)
}

async function one<K extends Read>(
  source: SeriesSource,
  name: K,
  make: (value: MysqlSnapshots[K]) => SeriesWindow,
): Promise<readonly SeriesWindow[]> {
  return many(source, name, (value) => [make(value)])
}

async function many<K extends Read>(
  source: SeriesSource,
  name: K,
  make: (value: MysqlSnapshots[K]) => readonly SeriesWindow[],
): Promise<readonly SeriesWindow[]> {
  const reading: Reading<MysqlSnapshots[K]> = await source.read(name)
  return reading.known ? make(reading.value) : []
}

function spanOf({
  windowStart,
  windowEnd,
  epoch,
}: Window): Pick<SeriesWindow, 'windowStart' | 'windowEnd' | 'epoch'> {
  return { windowStart, windowEnd, epoch }
}

function momentOf({ at, epoch }: { readonly at: string; readonly epoch: string }): ReturnType<typeof spanOf> {
  return { windowStart: fromMs(toMs(at) - MOMENT_MS), windowEnd: at, epoch }
}

function classes(window: StatementWindow): readonly SeriesWindow[] {
  const groups = Map.groupBy(window.statements, (one) => one.fingerprintId)
  return [...groups]
    .filter(([, group]) => group.every((one) => !one.partial))
    .map(([fingerprintId, group]) => ({
      ...spanOf(window),
      seriesKind: 'statement',
      seriesKey: fingerprintId,
      calls: sum(group, (one) => one.calls),
      totalMs: sum(group, (one) => one.totalMs),
      measures: {
        lock_ms: sum(group, (one) => one.lockMs),
        rows_examined: sum(group, (one) => one.rowsExamined),
        rows_sent: sum(group, (one) => one.rowsSent),
        rows_affected: sum(group, (one) => one.rowsAffected),
        tmp_disk_tables: sum(group, (one) => one.tmpDiskTables),
        errors: sum(group, (one) => one.errors),
      },
    }))
}

function sum(group: readonly StatementDelta[], figure: (one: StatementDelta) => number): number {
  return group.reduce((total, one) => total + figure(one), 0)
}

function totals(window: StatementWindow): SeriesWindow {
  return {
    ...spanOf(window),
    seriesKind: 'server',
    seriesKey: 'totals',
    calls: window.totalCalls,
    totalMs: window.totalMs,
    measures: { blind_percent: window.blindPercent, digests_lost: window.digestsLost },
  }
}

function waits(activity: Activity): SeriesWindow {
  const { lockWaits, metadataWaits, transactions, sessions } = activity
  const waiters = new Set([...lockWaits, ...metadataWaits].map((wait) => wait.waiter))
  return {
    ...momentOf(activity),
    ...reading('waits', {
      waiting_sessions: waiters.size,
      blind_metadata_waits: metadataWaits.filter((wait) => wait.blockers === null).length,
      longest_wait_seconds: largest([...lockWaits, ...metadataWaits].map((wait) => wait.waitSeconds)),
      oldest_transaction_seconds: largest(transactions.map((transaction) => transaction.ageSeconds)),
      oldest_idle_transaction_seconds: largest(
        transactions.map((transaction) => transaction.idleSeconds ?? 0),
      ),
      sleeping_connections: sessions.filter(
        (session) => session.kind === 'client' && session.command === 'Sleep',
      ).length,
    }),
  }
}

function connectionUse(use: ConnectionUse): SeriesWindow {
  return {
    ...spanOf(use),
    ...reading('connections', {
      threads_connected: use.threadsConnected,
      threads_running: use.threadsRunning,
      connections_refused: perSecond(use.refused, use),
      used_percent: use.maxConnections === 0 ? 0 : (100 * use.threadsConnected) / use.maxConnections,
    }),
  }
}

/** Counters that tell pressure on memory, disk and log, a second of the window, under the names of our metrics. */
const RATES = {
  physical_reads: 'innodb_buffer_pool_reads',
  buffer_pool_requests: 'innodb_buffer_pool_read_requests',
  buffer_pool_waits: 'innodb_buffer_pool_wait_free',
  log_waits: 'innodb_log_waits',
  row_lock_ms: 'innodb_row_lock_time',
  tmp_disk_tables: 'created_tmp_disk_tables',
  table_open_cache_overflows: 'table_open_cache_overflows',
} as const
const VALUES = {
  dirty_pages: 'innodb_buffer_pool_pages_dirty',
  history_list_length: 'innodb_history_list_length',
} as const

function pressure(window: StatusWindow): SeriesWindow {
  const rates = Object.entries(RATES).flatMap(([name, counter]) => {
    const moved = window.deltas[counter]
    return moved === undefined ? [] : [[name, perSecond(moved, window)] as const]
  })
  const values = Object.entries(VALUES).flatMap(([name, gauge]) => {
    const value = window.values[gauge]
    return value === undefined ? [] : [[name, value] as const]
  })
  return { ...spanOf(window), ...reading('pressure', Object.fromEntries([...rates, ...values])) }
}

function slowLog(window: SlowLogWindow): SeriesWindow {
  const { skippedBytes, behindBytes, behindRows } = window.unread
  const figures = {
    slow_log_events: perSecond(window.events, window),
    // Left out where there is nothing: an ordinary log is read to its end.
    ...(skippedBytes === 0 ? {} : { skipped_bytes: perSecond(skippedBytes, window) }),
    ...(behindBytes === 0 ? {} : { behind_bytes: behindBytes }),
    ...(behindRows === 0 ? {} : { behind_rows: behindRows }),
  }
  return { ...spanOf(window), ...reading('slow-log', figures) }
}

function deadlocks(window: DeadlockWindow): SeriesWindow {
  const figures = { deadlocks: window.counted, deadlocks_missed: window.missed }
  return { ...spanOf(window), ...reading('deadlocks', figures) }
}

/** How far a replica is behind, its worst channel; without a figure where one stands still. None on other servers. */
function lag({ at, epoch, channels }: Replication): readonly SeriesWindow[] {
  if (channels.length === 0) return []
  const seconds = channels.map((channel) => channel.lagSeconds)
  const known = seconds.filter((one) => one !== null)
  const stopped = seconds.length - known.length
  return [
    {
      ...momentOf({ at, epoch }),
      ...reading('replication', {
        channels_stopped: stopped,
        ...(stopped > 0 ? {} : { lag_seconds: largest(known) }),
      }),
    },
  ]
}

/** One reading of the server. */
function reading(
  seriesKey: string,
  measures: SeriesWindow['measures'],
): Pick<SeriesWindow, 'seriesKind' | 'seriesKey' | 'calls' | 'totalMs' | 'measures'> {
  return { seriesKind: 'server', seriesKey, calls: 1, totalMs: 0, measures }
}

function perSecond(moved: number, window: Window): number {
  return (moved * 1000) / Math.max(1, window.elapsedMs)
}

function largest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), 0)
}
