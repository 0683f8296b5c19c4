/**
 * Remembers every row it ever saw of what must never go or change, by looking past every door once a second: at the
 * end each must be there, with what may not change unchanged.
 */
import { createHash } from 'node:crypto'
import type { Row } from '../../src/store/session.ts'
import type { DirectSession, House } from './house.ts'

const LOOK_EVERY_MS = 1_000
/** Rows of a table taken at a look. */
const MOST = 5_000

/** Tables, their keys, and the columns that may change. */
const KEPT: readonly (readonly [table: string, key: string, mutable: string])[] = [
  ['detection_events', 'event_id', ''],
  [
    'detected_issues',
    'issue_id',
    'occurrence_count severity issue_status last_detection_event_id closed_at lease_owner lease_expires_at open_key',
  ],
  ['ai_analysis', 'analysis_id', ''],
  ['recovery_decisions', 'decision_id', 'decision_status used_at open_key'],
  ['admin_approvals', 'approval_id', ''],
  ['decision_endings', 'ending_id', ''],
  [
    'action_executions',
    'execution_id',
    'execution_status execution_outcome pre_execution_metrics steps actual_duration_ms affected_rows execution_errors lease_owner lease_expires_at started_at adopted_at finished_at',
  ],
  ['execution_verifications', 'verification_id', ''],
  ['audit_log', 'seq', ''],
]

/** What was seen and what is missing. */
export interface WitnessReport {
  readonly looks: number
  /** Looks at a store that was away or shut. */
  readonly missed: number
  /** Rows remembered, by table. */
  readonly seen: Readonly<Record<string, number>>
  readonly violations: readonly string[]
  /** Heads of the audit chain that were noted, as `seq:hash`, oldest first. */
  readonly heads: readonly string[]
}

/** Looks until stopped. */
export class Witness {
  readonly #house: House
  readonly #memory = new Map<string, Map<number, string>>()
  readonly #heads: string[] = []
  #session: DirectSession | null = null
  #looks = 0
  #missed = 0
  #stopped = false
  readonly #ended: Promise<void>

  /** Starts at once. */
  constructor(house: House) {
    this.#house = house
    for (const [table] of KEPT) this.#memory.set(table, new Map())
    this.#ended = this.#run()
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      await this.#look().catch(async () => {
        this.#missed += 1
        await this.#session?.close().catch(() => undefined)
        this.#session = null
      })
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
    }
  }

  async #look(): Promise<void> {
    this.#session ??= await this.#house.openSession()
    for (const [table, key, mutable] of KEPT) {
      const known = this.#memory.get(table)
      const newest = Math.max(0, ...[...(known?.keys() ?? [])].slice(-1))
      const rows = await this.#session.rows(
        `SELECT * FROM ${table} WHERE ${key} > ${newest} ORDER BY ${key} LIMIT ${MOST}`,
      )
      for (const row of rows) known?.set(Number(row[key]), digestOf(row, mutable))
    }
    const [head] = await this.#session.rows('SELECT last_seq, last_hash FROM audit_head')
    const text = `${String(head?.['last_seq'])}:${String(head?.['last_hash'])}`
    if (head !== undefined && this.#heads.at(-1) !== text) this.#heads.push(text)
    this.#looks += 1
  }

  /** Ends looking and compares all that was seen with what is there. @throws where the store cannot be read. */
  async testify(): Promise<WitnessReport> {
    this.#stopped = true
    await this.#ended
    await this.#session?.close()
    const session = await this.#house.openSession()
    try {
      const violations: string[] = []
      for (const kept of KEPT) violations.push(...(await this.#missing(session, kept)))
      const seen = Object.fromEntries([...this.#memory].map(([table, rows]) => [table, rows.size]))
      return { looks: this.#looks, missed: this.#missed, seen, violations, heads: this.#heads }
    } finally {
      await session.close()
    }
  }

  async #missing(
    session: DirectSession,
    [table, key, mutable]: (typeof KEPT)[number],
  ): Promise<readonly string[]> {
    const rows = await session.rows(`SELECT * FROM ${table}`)
    const now = new Map(rows.map((row) => [Number(row[key]), digestOf(row, mutable)]))
    return [...(this.#memory.get(table) ?? [])]
      .filter(([id, digest]) => now.get(id) !== digest)
      .map(([id]) => `${table} ${id} ${now.has(id) ? 'is not what it was' : 'was seen and is gone'}`)
  }
}

function digestOf(row: Row, mutable: string): string {
  const fixed = Object.entries(row).filter(([column]) => !mutable.split(' ').includes(column))
  return createHash('sha256').update(JSON.stringify(fixed)).digest('base64').slice(0, 22)
}
