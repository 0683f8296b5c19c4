/**
 * Random histories over all ports: whatever people, executors and crashes do in whatever order, nothing runs
 * without consent, nothing runs twice, and no status changes in a way the lifecycle does not list.
 * DBMEDIC_SEQUENCES sets how many (default 500); DBMEDIC_SEED repeats a run.
 */
import assert from 'node:assert/strict'
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type Database from 'better-sqlite3'
import fc from 'fast-check'
import type { ReadPort } from '../../src/core/store-ports.ts'
import { ROLES } from '../../src/core/vocabulary.ts'
import { openSqlite, sqliteSession, storeOverSqlite, up } from '../../src/store/index.ts'
import { ACT_KINDS, type Act, type ActKind, perform, type Stage } from '../support/history/acts.ts'
import { assertChain, assertRows } from '../support/history/invariants.ts'
import { full, makeWorld, type World } from '../support/pipeline-rows.ts'

const SEQUENCES = Number(process.env.DBMEDIC_SEQUENCES ?? 500)
const SEED = process.env.DBMEDIC_SEED
// Memory, where there is some to be had as a folder: every history has a file of its own.
const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'dbmedic-history-'))
const template = join(folder, 'template.db')
const path = join(folder, 'history.db')
let start: Omit<World, 'store'>

before(async () => {
  const database = openSqlite({ path: template })
  await up(sqliteSession(database))
  const store = full(await storeOverSqlite(database, { address: template, roles: ROLES }))
  const { store: _, ...rest } = await makeWorld(store)
  start = rest
  database.pragma('wal_checkpoint(TRUNCATE)')
  await store.close()
})
after(() => rmSync(folder, { recursive: true, force: true }))

/** Histories follow each other on one store, so that later ones meet what earlier ones left. */
const HISTORIES_A_STORE = 25

/** The store of the present histories. */
class Theatre {
  private database: Database.Database | null = null
  private readonly sent = new Map<number, number>()
  private histories = 0
  private shrinking = false
  world: World | null = null

  /** A stage for one more history: nothing halted, everybody active. */
  async next(): Promise<Stage> {
    if (this.histories % HISTORIES_A_STORE === 0) await this.fresh()
    this.histories += 1
    const world = this.world ?? (await this.open())
    for (const halt of await world.store.read.halts()) await world.store.serve.liftHalt(halt.haltId, 'anna')
    for (const person of await world.store.read.people()) {
      if (!person.active) await world.store.serve.setUserActive(person.userName, true, 'anna')
    }
    return this.stage(world)
  }

  /** As after a crash between two acts. */
  async restart(): Promise<Stage> {
    this.close()
    return this.stage(await this.open())
  }

  /** After a failure the store is not used again, so that shrinking starts from an empty one. */
  abandon(): void {
    this.close()
    this.histories = 0
    this.shrinking = true
  }

  /** Rows after every history; the whole chain and file after the last of a store, and while shrinking. */
  async check(read: ReadPort): Promise<void> {
    const database = this.database ?? assert.fail()
    assertRows(database, this.sent)
    if (this.isLast || this.shrinking) await assertChain(database, read)
  }

  count(sql: string): number {
    return Number(this.database?.prepare(sql).pluck().get())
  }

  close(): void {
    this.database?.close()
    this.database = null
    this.world = null
  }

  get isLast(): boolean {
    return this.histories % HISTORIES_A_STORE === 0
  }

  private stage(world: World): Stage {
    return { world, prefix: `history-${this.histories}`, passTime, sent: this.sent }
  }

  private async fresh(): Promise<void> {
    this.close()
    this.sent.clear()
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true })
    copyFileSync(template, path)
    await this.open()
  }

  private async open(): Promise<World> {
    this.database = openSqlite({ path })
    // Whether the disk has it does not matter here; test/contract/store-failures.test.ts is about that.
    this.database.pragma('synchronous = OFF')
    this.world = {
      ...start,
      store: full(await storeOverSqlite(this.database, { address: path, roles: ROLES })),
    }
    return this.world
  }
}

/** Lets every lease run out, as an hour would. */
function passTime(): void {
  const executor = openSqlite({ path, role: 'act' })
  executor
    .prepare(
      "UPDATE action_executions SET lease_expires_at = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now') WHERE lease_owner IS NOT NULL",
    )
    .run()
  executor.close()
}

/** Acts that lead on are more frequent than those that stop; otherwise few histories would come far. */
const WEIGHTS: Partial<Record<ActKind, number>> = {
  advance: 40,
  open: 3,
  decide: 6,
  vote: 10,
  grant: 1,
  voteByGrant: 3,
  queue: 7,
  queueAnything: 2,
  start: 7,
  record: 2,
  finish: 7,
  judge: 7,
  learn: 2,
}
const number = fc.nat(23)
const acts: fc.Arbitrary<Act> = fc.record({
  kind: fc.oneof(...ACT_KINDS.map((kind) => ({ weight: WEIGHTS[kind] ?? 1, arbitrary: fc.constant(kind) }))),
  a: number,
  b: number,
  c: number,
})

test(`${SEQUENCES} random histories break no promise`, async (t) => {
  const tally = { acts: 0, refused: 0, runs: 0, undone: 0, high: 0, standing: 0, resolved: 0 }
  const theatre = new Theatre()
  const play = async (history: readonly Act[]): Promise<void> => {
    let stage = await theatre.next()
    for (const act of history) {
      if (act.kind === 'restart') stage = await theatre.restart()
      tally.acts += 1
      if ((await perform(stage, act)) === 'refused') tally.refused += 1
    }
    await theatre.check(stage.world.store.read)
    if (theatre.isLast)
      for (const [what, sql] of Object.entries(TALLIES))
        tally[what as keyof typeof TALLIES] += theatre.count(sql)
  }
  await fc.assert(
    fc.asyncProperty(fc.array(acts, { minLength: 20, maxLength: 60, size: 'max' }), (history) =>
      play(history).catch((error: unknown) => {
        theatre.abandon()
        throw error
      }),
    ),
    { numRuns: SEQUENCES, ...(SEED === undefined ? {} : { seed: Number(SEED) }) },
  )
  theatre.close()
  t.diagnostic(JSON.stringify(tally))
  // Histories that never come far would prove nothing.
  if (SEQUENCES >= 200) for (const [what, times] of Object.entries(tally)) assert.ok(times > 0, `no ${what}`)
})

const TALLIES = {
  runs: "SELECT COUNT(*) FROM action_executions WHERE purpose = 'DO'",
  undone: "SELECT COUNT(*) FROM action_executions WHERE purpose = 'UNDO'",
  high: "SELECT COUNT(*) FROM action_executions x JOIN recovery_decisions d ON d.decision_id = x.decision_id WHERE d.risk_level = 'HIGH'",
  standing: 'SELECT COUNT(*) FROM admin_approvals WHERE standing_approval_id IS NOT NULL',
  resolved: "SELECT COUNT(*) FROM detected_issues WHERE issue_status = 'RESOLVED'",
}
