/**
 * What a collector is: one reading of one instrument, from the connection and what it remembers of its last
 * reading. When it runs, what it may cost and what happens to its failures is `collector-runner.ts`.
 */
import type { TargetAddress } from '../../core/engine.ts'
import type { Identity, Reading } from '../../core/observer.ts'
import { toMs, type UtcTime } from '../../core/time.ts'
import type { SqlDialect } from '../../sql/index.ts'
import { type Row, textOrEmpty, utcTime } from './cells.ts'
import type { MysqlOptions } from './config.ts'
import type { Bound, QueryLimits, SessionServer } from './connect.ts'
import type { SessionsSeen } from './questions/process-list.ts'
import type { PreparedCalls } from './same-server.ts'
import type { MysqlSnapshots, Window } from './shapes.ts'
import type { SampleBook } from './statement-samples.ts'
import type { StatusBoard } from './status-board.ts'

/** Name of a window. */
export type SnapshotName = keyof MysqlSnapshots & string

/** Sessions that are dbmedic's, backups' or replication's are told apart with these. */
export interface KnownAccounts {
  readonly ownUsers: readonly string[]
  readonly backupUsers: readonly string[]
  /** Connection ids of our own sessions now, those of other targets on the same server included. */
  readonly ownConnections: () => ReadonlySet<string>
}

/** Readings that several instruments share. All may throw TargetError. */
export interface SharedInstruments {
  /** Counters and gauges of the server, with the target's clock. */
  status(): Promise<StatusBoard>
  /** Counters of the session that reads alone, named `own_…`. */
  ownStatus(): Promise<Readonly<Record<string, number>>>
  /** `innodb_history_list_length` and `innodb_deadlocks`; one that is switched off is absent. Needs PROCESS on MySQL. */
  innodb(): Promise<Readonly<Record<string, number>>>
  /** The process list, at most `maxAgeMs` old; 0 reads it now. */
  sessions(maxAgeMs: number): Promise<SessionsSeen>
}

/** Everything a collector may use of a target. */
export interface CollectorTarget {
  /** @throws TargetError */
  query(sql: string, values?: readonly Bound[], limits?: QueryLimits): Promise<readonly Row[]>
  readonly server: SessionServer
  readonly identity: Identity
  /** The target's clock as it was read with its identity, 5 s ago at most, and ours since: late by a round trip. */
  clock(): UtcTime
  readonly options: MysqlOptions
  readonly address: TargetAddress
  readonly dialect: SqlDialect
  readonly samples: SampleBook
  /** Readings that several instruments share. */
  readonly shared: SharedInstruments
  readonly accounts: KnownAccounts
  /** Interval this collector is expected in now, ms: its own, slowed down if it was expensive. */
  readonly nominalMs: number
  /** Whether dbmedic itself sends statements of this class. */
  isOwnStatement(fingerprintId: string): boolean
  /** How many prepared statements our sessions have run, those of other targets on the same server included. */
  preparedCalls(): PreparedCalls
}

/** A reading before the runner adds nothing to it: a value with its clock and source, or why there is none. */
export type Outcome<T> = Reading<T>

/** What a collector gives back. */
export interface Collected<T, S> {
  readonly outcome: Outcome<T>
  /** Handed to the next reading of the same life of the server; `null` starts anew. */
  readonly state: S | null
}

/** One instrument. */
export interface Collector<K extends SnapshotName, S> {
  readonly name: K
  /** Nominal interval, ms. */
  readonly everyMs: number
  /** Paused while the target is busy. */
  readonly heavy: boolean
  /** Reads once. Server errors may be thrown: the runner states them as unknown and keeps the state. */
  collect(target: CollectorTarget, before: S | null): Promise<Collected<MysqlSnapshots[K], S>>
}

/** A known outcome. */
export function known<T>(value: T, at: UtcTime, source: string): Outcome<T> {
  return { known: true, value, at, source }
}

/** An unknown outcome; `code` where the reason is a row of the error table. */
export function unknown(because: string, toProceed: string, code?: string): Outcome<never> {
  return { known: false, because, toProceed, ...(code === undefined ? {} : { code }) }
}

/** The first reading of counters: a window needs two. */
export const FIRST_READING = unknown(
  'it was read for the first time in this life of the server, and a window needs two readings',
  'Wait one interval.',
)

/** The target's clock, UTC. @throws TargetError; RangeError if the server shows no time. */
export async function targetNow(target: Pick<CollectorTarget, 'query'>): Promise<UtcTime> {
  const [row] = await target.query('SELECT UTC_TIMESTAMP(6) AS now')
  const now = utcTime(row?.['now'])
  if (now === null) throw new RangeError(`the clock of the target reads ${textOrEmpty(row?.['now'])}`)
  return now
}

/** Intervals outside these multiples of the nominal one say nothing about a rate. */
const SHORTEST_SHARE = 0.5
const LONGEST_SHARE = 3

/**
 * The window between two clock readings of a target, or why it is discarded: under half or over three times
 * the interval it was meant to be (a suspended watcher, a stepped clock).
 */
export function windowBetween(
  target: Pick<CollectorTarget, 'identity' | 'nominalMs'>,
  windowStart: UtcTime,
  windowEnd: UtcTime,
): Window | { readonly discarded: Outcome<never> } {
  const elapsedMs = toMs(windowEnd) - toMs(windowStart)
  const { nominalMs } = target
  if (elapsedMs < nominalMs * SHORTEST_SHARE || elapsedMs > nominalMs * LONGEST_SHARE) {
    const because = `its two readings lie ${Math.round(elapsedMs)} ms apart, meant were ${Math.round(nominalMs)} ms`
    return { discarded: unknown(because, 'Wait one interval.') }
  }
  return { windowStart, windowEnd, elapsedMs, epoch: target.identity.epoch }
}

/** How far each counter moved. A counter that is new or went down is absent: it was reset, not zero. */
export function counterDeltas(
  before: Readonly<Record<string, number>>,
  now: Readonly<Record<string, number>>,
): Record<string, number> {
  const deltas: Record<string, number> = {}
  for (const [name, value] of Object.entries(now)) {
    const earlier = before[name]
    if (earlier !== undefined && value >= earlier) deltas[name] = value - earlier
  }
  return deltas
}
