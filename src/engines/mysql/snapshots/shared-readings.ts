/**
 * What several instruments need at about the same time, read once: the status counters (on MariaDB any one of them
 * costs as much as all) and the process list. Valid for one connection.
 */
import { number, type Row, textOrEmpty, utcTime } from '../cells.ts'
import type { CollectorTarget, SharedInstruments, StatusBoard } from '../collector.ts'
import { type LiveSession, readSessions } from '../questions/process-list.ts'
import type { Reader } from '../questions/question.ts'
import { serverFacts } from '../questions/server-facts.ts'
import { OWN_COUNTERS, STATUS_NAMES } from './status-names.ts'

/** Readings of this age at most are shared, ms: well under half of the shortest interval. */
const STATUS_MS = 1_000

interface Dated<T> {
  readonly readMs: number
  readonly value: Promise<T>
}

/** Reads for all instruments of one target. */
export class SharedReadings implements SharedInstruments {
  readonly #target: Pick<CollectorTarget, 'query' | 'server' | 'accounts'>
  readonly #pace: number
  readonly #reader: Reader
  #status: Dated<StatusBoard> | null = null
  #metrics: Dated<Readonly<Record<string, number>>> | null = null
  #sessions: Dated<readonly LiveSession[]> | null = null

  /** `pace` shortens how long readings are shared, as it shortens the intervals. */
  constructor(target: Pick<CollectorTarget, 'query' | 'server' | 'accounts'>, pace: number) {
    this.#target = target
    this.#pace = pace
    this.#reader = { query: target.query }
  }

  /** Counters and gauges of the server, with the target's clock. @throws TargetError */
  status(): Promise<StatusBoard> {
    this.#status = this.#fresh(this.#status, STATUS_MS, () => this.#readStatus())
    return this.#status.value
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
  sessions(maxAgeMs: number): Promise<readonly LiveSession[]> {
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
    if (this.#status?.value === value) this.#status = null
    if (this.#metrics?.value === value) this.#metrics = null
    if (this.#sessions?.value === value) this.#sessions = null
  }

  async #readStatus(): Promise<StatusBoard> {
    // Both servers show these without a privilege.
    const isMariadb = this.#target.server.flavour === 'mariadb'
    const table = (scope: string) =>
      isMariadb ? `information_schema.${scope}_STATUS` : `performance_schema.${scope.toLowerCase()}_status`
    const marks = (names: readonly string[]) => names.map(() => '?').join(', ')
    const own = OWN_COUNTERS.map((name) => name.replace(/^own_/, ''))
    const sql = `SELECT VARIABLE_NAME AS name, VARIABLE_VALUE AS value, UTC_TIMESTAMP(6) AS now
FROM ${table('GLOBAL')} WHERE VARIABLE_NAME IN (${marks(STATUS_NAMES)})
UNION ALL SELECT CONCAT('own_', VARIABLE_NAME), VARIABLE_VALUE, UTC_TIMESTAMP(6)
FROM ${table('SESSION')} WHERE VARIABLE_NAME IN (${marks(own)})`
    const rows = await this.#target.query(sql, [...STATUS_NAMES, ...own])
    const at = utcTime(rows[0]?.['now'])
    if (at === null) throw new RangeError('the server shows no status counters')
    return { at, values: numbers(rows) }
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
