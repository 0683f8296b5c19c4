/** Plays histories one after the other on a house's stores, and judges what they leave. */
import { appendFileSync } from 'node:fs'
import { setActive } from '../pipeline-rows.ts'
import type { House } from './houses.ts'
import { assertChain, assertRows } from './invariants.ts'
import { assertSampled } from './samples.ts'
import type { Stage } from './stage.ts'
import { VERB_NAMES } from './verbs.ts'

const TALLIES = {
  runs: "SELECT COUNT(*) AS n FROM action_executions WHERE purpose = 'DO'",
  undone: "SELECT COUNT(*) AS n FROM action_executions WHERE purpose = 'UNDO'",
  high: "SELECT COUNT(*) AS n FROM action_executions x JOIN recovery_decisions d ON d.decision_id = x.decision_id WHERE d.risk_level = 'HIGH'",
  standing: 'SELECT COUNT(*) AS n FROM admin_approvals WHERE standing_approval_id IS NOT NULL',
  resolved: "SELECT COUNT(*) AS n FROM detected_issues WHERE issue_status = 'RESOLVED'",
  links: 'SELECT COUNT(*) AS n FROM audit_log',
  rolledUp: `SELECT COUNT(*) AS n FROM metric_samples w WHERE w.series_kind = 'statement/10m' AND NOT EXISTS (SELECT 1
    FROM metric_samples f WHERE f.series_key = w.series_key AND f.series_kind = 'statement')`,
} as const

/** Every so many histories a line of progress goes to DBMEDIC_HISTORIES_LOG, if it is set. */
const PROGRESS_EVERY = 100

/** One house and what was played in it. */
export class Theatre {
  readonly #house: House
  readonly #sent = new Map<number, number>()
  readonly #signed = new Set<number>()
  readonly #sampled = new Map<string, number>()
  #world: Stage['world'] | null = null
  #histories = 0
  #played = 0
  /** The chain is judged after every history. */
  #strict: boolean
  /** What all histories came to. */
  readonly tally = {
    histories: 0,
    acts: 0,
    refused: 0,
    verbs: 0,
    raw: 0,
    rawDone: 0,
    sent: 0,
    runs: 0,
    undone: 0,
    high: 0,
    standing: 0,
    resolved: 0,
    links: 0,
    rolledUp: 0,
  }
  /** How often each act, verb and raw statement was done and refused. */
  readonly became: Record<string, { done: number; refused: number }> = {}

  /** @param strict the chain is judged after every history, not only after the last of a store. */
  constructor(house: House, strict = false) {
    this.#house = house
    this.#strict = strict
  }

  /** A stage for one more history: nothing halted, everybody and every action active. */
  async next(): Promise<Stage> {
    if (this.#world === null || this.#histories % this.#house.historiesAStore === 0) {
      this.#sent.clear()
      this.#signed.clear()
      this.#sampled.clear()
      this.#histories = 0
      this.#world = await this.#house.fresh()
    }
    this.#histories += 1
    const { read, serve } = this.#world.store
    for (const halt of await read.halts()) await serve.liftHalt(halt.haltId, 'anna')
    const { rows: suppressed } = await read.suppressions({ active: true, after: null, limit: 200 })
    for (const { suppressionId } of suppressed) await serve.endSuppression(suppressionId, 'anna')
    for (const person of await read.people()) {
      if (!person.active) await setActive(this.#world, person.userName, true)
    }
    for (const action of await read.actions()) {
      if (!action.actionEnabled) await serve.setActionEnabled(action.actionName, true, 'anna')
    }
    return this.#stage(this.#world)
  }

  /** As after a crash between two acts. */
  async restart(): Promise<Stage> {
    this.#world = await this.#house.reopened()
    return this.#stage(this.#world)
  }

  /** After a failure the store is not used again, so that shrinking starts from an empty one. */
  abandon(): void {
    this.#world = null
    this.#strict = true
  }

  /** Rows after every history; the whole chain after the last of a store, and while shrinking. */
  async check(): Promise<void> {
    const owner = await this.#house.session('owner')
    await assertRows(owner, this.#sent, this.#signed)
    if (this.#world !== null) await assertSampled(this.#world, this.#sampled)
    this.#played += 1
    this.tally.histories = this.#played
    const last = this.#histories % this.#house.historiesAStore === 0
    if (last || this.#strict) await this.#judge()
    if (this.#played % PROGRESS_EVERY === 0) this.#report()
  }

  /** Judges the last store too, and closes it. */
  async end(): Promise<void> {
    const open = this.#world !== null && this.#histories % this.#house.historiesAStore !== 0
    if (open && !this.#strict) await this.#judge()
    this.#report()
    await this.#house.close()
  }

  /** Verbs that never did anything. `undo` cannot: no action of these histories has an inverse in the catalogue. */
  neverDone(): readonly string[] {
    return VERB_NAMES.filter((name) => name !== 'undo' && (this.became[`verb ${name}`]?.done ?? 0) === 0)
  }

  async #judge(): Promise<void> {
    const owner = await this.#house.session('owner')
    await assertChain(owner)
    for (const [what, sql] of Object.entries(TALLIES)) {
      const [row] = await owner.rows(sql)
      this.tally[what as keyof typeof TALLIES] += Number(row?.['n'])
    }
    this.tally.sent += this.#sent.size
  }

  #stage(world: Stage['world']): Stage {
    return {
      world,
      prefix: `history-${this.#played}`,
      sent: this.#sent,
      sampled: this.#sampled,
      configPath: this.#house.configPath,
      session: (who) => this.#house.session(who),
      count: (what, result) => this.#count(what, result),
    }
  }

  #count(what: string, result: 'done' | 'refused'): void {
    const counts = this.became[what] ?? { done: 0, refused: 0 }
    this.became[what] = counts
    counts[result] += 1
    this.tally.acts += 1
    if (result === 'refused') this.tally.refused += 1
    if (what.startsWith('verb ')) this.tally.verbs += 1
    if (what.startsWith('raw ')) {
      this.tally.raw += 1
      if (result === 'done') this.tally.rawDone += 1
    }
  }

  #report(): void {
    const path = process.env.DBMEDIC_HISTORIES_LOG
    if (path === undefined) return
    const line = { at: new Date().toISOString(), on: this.#house.name, ...this.tally }
    appendFileSync(path, `${JSON.stringify(line)}\n`)
  }
}
