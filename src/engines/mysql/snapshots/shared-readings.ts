/**
 * What several instruments need at about the same time, read once: the status counters (on MariaDB any one of them
 * costs as much as all), which are the same for all targets of a server, and the process list. Valid for one connection.
 */
import { number, type Row, textOrEmpty, utcTime } from '../cells.ts'
import type { CollectorTarget, SharedInstruments } from '../collector.ts'
import { placeholders } from '../placeholders.ts'
import { readSessions, type SessionsSeen } from '../questions/process-list.ts'
import type { Reader } from '../questions/question.ts'
import { serverFacts } from '../questions/server-facts.ts'
import type { SharedBoards, StatusBoard } from '../status-board.ts'
import { OWN_COUNTERS, STATUS_NAMES } from './status-names.ts'

/** Readings of this age at most are shared, ms: well under half of the shortest interval. */
const STATUS_MS = 1_000

interface Dated<T> {
  readonly readMs: number
  readonly value: Promise<T>
}

/** What is shared with the other targets of the server, and how this one reads. */
export interface SharedSettings {
  readonly target: Pick<CollectorTarget, 'query' | 'server' | 'accounts'>
  readonly boards: SharedBoards
  /** Who reads in which life of which server: what is read by one such is what another would read. */
  readonly boardKey: string
  /** Shortens how long readings are shared, as it shortens the intervals. */
  readonly pace: number
}

/** Reads for all instruments of one target. */
export class SharedReadings implements SharedInstruments {
  readonly #target: Pick<CollectorTarget, 'query' | 'server' | 'accounts'>
  readonly #boards: SharedBoards
  readonly #boardKey: string
  readonly #pace: number
  readonly #reader: Reader
  #metrics: Dated<Readonly<Record<string, number>>> | null = null
  #sessions: Dated<SessionsSeen> | null = null

  constructor({ target, boards, boardKey, pace }: SharedSettings) {
    this.#target = target
    this.#boards = boards
    this.#boardKey = boardKey
    this.#pace = pace
    this.#reader = { query: target.query }
  }

  /** Counters and gauges of the server, with the target's clock. @throws TargetError */
  status(): Promise<StatusBoard> {
    return this.#boards.read(this.#boardKey, STATUS_MS * this.#pace, () => this.#readStatus())
  }

  /** `OWN_COUNTERS` of the session that reads, which are no other's: not shared. @throws TargetError */
  async ownStatus(): Promise<Readonly<Record<string, number>>> {
    const names = OWN_COUNTERS.map((name) => name.replace(/^own_/, ''))
    const rows = await this.#target.query(
      `SELECT CONCAT('own_', VARIABLE_NAME) AS name, VARIABLE_VALUE AS value
FROM ${this.#statusTable('SESSION')} WHERE VARIABLE_NAME IN (${placeholders(names)})`,
      names,
    )
    return numbers(rows)
  }

  /**
   * `innodb_history_list_length` and `innodb_deadlocks`: status on MariaDB, INNODB_METRICS on MySQL (both enabled by
   * default there), which needs PROCESS. A metric that is switched off is absent. @throws TargetError
   */
  innodb(): Promise<Readonly<Record<string, number>>> {
    if (this.#target.server.flavour === 'mariadb') return this.status().then((board) => board.values)
    this.#metrics = this.#fresh(this.#metrics, STATUS_MS, () => this.#readMetrics())
    return this.#metrics.value
  }

  /** The process list, at most `maxAgeMs` old; 0 reads it now. @throws TargetError */
  sessions(maxAgeMs: number): Promise<SessionsSeen> {
    this.#sessions = this.#fresh(this.#sessions, maxAgeMs, async () =>
      readSessions({ ...this.#target.accounts, reader: this.#reader }, await serverFacts(this.#reader)),
    )
    return this.#sessions.value
  }

  #fresh<T>(before: Dated<T> | null, maxAgeMs: number, read: () => Promise<T>): Dated<T> {
    const readMs = performance.now()
    if (before !== null && readMs - before.readMs < maxAgeMs * this.#pace) return before
    const value = read()
    // A failed reading is told to whoever shares it, and is not kept.
    value.catch(() => this.#forget(value))
    return { readMs, value }
  }

  #forget(value: Promise<unknown>): void {
    if (this.#metrics?.value === value) this.#metrics = null
    if (this.#sessions?.value === value) this.#sessions = null
  }

  async #readStatus(): Promise<StatusBoard> {
    const rows = await this.#target.query(
      `SELECT VARIABLE_NAME AS name, VARIABLE_VALUE AS value, UTC_TIMESTAMP(6) AS now
FROM ${this.#statusTable('GLOBAL')} WHERE VARIABLE_NAME IN (${placeholders(STATUS_NAMES)})`,
      STATUS_NAMES,
    )
    const at = utcTime(rows[0]?.['now'])
    if (at === null) throw new RangeError('the server shows no status counters')
    return { at, values: numbers(rows) }
  }

  /** Both servers show these without a privilege. */
  #statusTable(scope: 'GLOBAL' | 'SESSION'): string {
    return this.#target.server.flavour === 'mariadb'
      ? `information_schema.${scope}_STATUS`
      : `performance_schema.${scope.toLowerCase()}_status`
  }

  async #readMetrics(): Promise<Readonly<Record<string, number>>> {
    const rows = await this.#target.query(
      `SELECT NAME AS name, \`COUNT\` AS value FROM information_schema.INNODB_METRICS
WHERE STATUS = 'enabled' AND NAME IN ('trx_rseg_history_len', 'lock_deadlocks')`,
    )
    const found = numbers(rows)
    const named = {
      innodb_history_list_length: found['trx_rseg_history_len'],
      innodb_deadlocks: found['lock_deadlocks'],
    }
    return Object.fromEntries(
      Object.entries(named).filter((entry): entry is [string, number] => entry[1] !== undefined),
    )
  }
}

function numbers(rows: readonly Row[]): Record<string, number> {
  const found: Record<string, number> = {}
  for (const row of rows) {
    const value = number(row['value'])
    if (value !== null) found[textOrEmpty(row['name']).toLowerCase()] = value
  }
  return found
}
