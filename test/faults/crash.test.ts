/**
 * kill -9 at every instant: an executor is killed at each point of a run, a second one starts, and the server's
 * own general log says how often it received each statement. Never twice; and the row says what is known.
 */
import assert from 'node:assert/strict'
import { chmod } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import mysql from 'mysql2/promise'
import { configSchema } from '../../src/app/index.ts'
import type { Execution, Issue } from '../../src/core/nouns.ts'
import type { Binding } from '../../src/core/plan.ts'
import { type PrivateServer, SERVER_FLAVOURS, startServer } from '../../src/lab/servers/index.ts'
import { openSqlite } from '../../src/store/sqlite/open.ts'
import {
  type Consented,
  configFor,
  consent,
  newIdleReader,
  newShopTable,
  startTarget,
  type Target,
  timesReceived,
} from '../support/consented-run.ts'
import { consentAll, endingOf, type ReadyRun, type ReadyRuns, recoverAll } from '../support/consented-runs.ts'
import { skipServer } from '../support/each-server.ts'
import { type Ended, runExecutor, startExecutor } from '../support/killed-executor.ts'
import { untilArrived } from '../support/seen-waiting.ts'
import { makeServerStore } from '../support/server-store.ts'

let target: Target
before(async () => {
  target = await startTarget()
})
after(() => target.stop())

const indexOn = (table: string) => ({
  action: 'mysql/create-index',
  given: {
    table: { schema: 'shop', table },
    columns: [{ column: 'placed', prefix: null, direction: 'ASC' }],
  },
})

async function newKill(): Promise<Consented> {
  const reader = await newIdleReader(target)
  const made = await consent(target, { action: 'mysql/kill-idle-reader', given: reader.given })
  return {
    ...made,
    stop: async () => {
      await reader.stop()
      await made.stop()
    },
  }
}

/** The one run of the decision and the issue, as any person sees them. */
async function outcome(of: Consented): Promise<{ run: Execution; issue: Issue }> {
  const runs = await of.store.read.executions({ decisionId: of.decision.decisionId, limit: 10 })
  const issue = await of.store.read.issue(of.decision.issueId)
  const [run] = runs
  assert.equal(runs.length, 1, 'one row an approval')
  assert.ok(run !== undefined && issue !== null)
  return { run, issue }
}

const newIndex = async (): Promise<Consented> => consent(target, indexOn(await newShopTable(target)))

/** What the row must say after a kill at a point, and how often the server may have got the statement. */
interface Expected {
  readonly outcome: Execution['executionOutcome'] | 'QUEUED' | 'no row'
  readonly received: number
  readonly issue: Issue['issueStatus']
}

const NO_ROW: Expected = { outcome: 'no row', received: 0, issue: 'APPROVED' }
const QUEUED: Expected = { outcome: 'QUEUED', received: 0, issue: 'EXECUTING' }
const SENT_AND_HOLDS: Expected = { outcome: 'SUCCESS', received: 1, issue: 'VERIFYING' }
const NEVER_SENT: Expected = { outcome: 'REFUSED', received: 0, issue: 'UNDER_ANALYSIS' }
const NOT_SENT_BUT_RECORDED: Expected = { outcome: 'FAILED', received: 0, issue: 'UNDER_ANALYSIS' }

type Point = readonly [point: string, expected: Expected]

/** The five points of a guard: written down, sent, come back, written down again. */
const pointsOfGuard = (n: number): readonly Point[] => [
  [`record-${2 * n - 1}-before`, NEVER_SENT],
  [`record-${2 * n - 1}-after`, NEVER_SENT],
  [`send-${n}-returned`, NEVER_SENT],
  [`record-${2 * n}-before`, NEVER_SENT],
  [`record-${2 * n}-after`, NEVER_SENT],
]

/** Every point of a run with these guards (of so many) and one statement. */
function pointsOf(guards: number, shown: readonly number[]): readonly Point[] {
  const n = guards + 1
  return [
    ['queue-before', NO_ROW],
    ['queued', QUEUED],
    ['start-before', QUEUED],
    ['started', NEVER_SENT],
    ...shown.flatMap(pointsOfGuard),
    [`record-${2 * n - 1}-before`, NEVER_SENT],
    [`record-${2 * n - 1}-after`, NOT_SENT_BUT_RECORDED],
    [`send-${n}-allowed`, NOT_SENT_BUT_RECORDED],
    ['sending', SENT_AND_HOLDS],
    [`send-${n}-returned`, SENT_AND_HOLDS],
    [`record-${2 * n}-before`, SENT_AND_HOLDS],
    [`record-${2 * n}-after`, SENT_AND_HOLDS],
    ['finish-before', SENT_AND_HOLDS],
    ['finish-after', SENT_AND_HOLDS],
  ]
}

/**
 * An executor that is killed must still hold its lease when it reaches its point, however busy the machine: the
 * product's default. All of a store run out together, so that they are waited for once.
 */
const LEASE_SECONDS = 15

/** Guards of CREATE INDEX; the first test of each suite says so. */
const GUARDS = { mariadb: 4, mysql: 3 } as const

/** Where the runs are recorded and where they happen. The guards are all alike: one suite shows each of them. */
const PLACES = [
  { store: 'sqlite', on: 'mariadb', points: pointsOf(GUARDS.mariadb, [1]) },
  { store: 'mariadb', on: 'mariadb', points: pointsOf(GUARDS.mariadb, [1, 2, 3, 4]) },
  { store: 'mysql', on: 'mysql', points: pointsOf(GUARDS.mysql, [1]) },
] as const

for (const place of PLACES) {
  const title = `an executor is killed at every point of creating an index [store ${place.store}, target ${place.on}]`
  describe(title, { skip: skipServer(place.on) }, () => {
    let own: Target
    let storeServer: PrivateServer | null = null
    let of: ReadyRuns
    before(async () => {
      own = await startTarget(place.on)
      if (place.store !== 'sqlite') storeServer = await startServer(place.store)
      of = await consentAll(own, {
        names: place.points.map(([point]) => point),
        rowsOf: (name) => (name === 'sending' ? 200_000 : 500),
        leaseSeconds: LEASE_SECONDS,
        ...(storeServer === null ? {} : { store: await makeServerStore(storeServer) }),
      })
      await killAll(of, own)
      await recoverAll(of)
    })
    after(async () => {
      await of?.stop()
      await storeServer?.stop()
      await own?.stop()
    })

    test('it has as many guards as points are named for', () => {
      for (const { decision } of of.runs.values()) {
        assert.equal((JSON.parse(decision.bindingText) as Binding).guards.length, GUARDS[place.on])
      }
    })
    for (const [point, expected] of place.points) {
      test(`at ${point}: ${expected.outcome}, received ${expected.received} times`, async (t) => {
        const { run, issue, received } = await endingOf(of, point, own)
        const state = run === null ? 'no row' : (run.executionOutcome ?? run.executionStatus)
        t.diagnostic(`${place.store} | ${own.server.version} | ${point} | ${state} | ${received}`)
        assert.deepEqual({ outcome: state, received, issue }, expected, run?.executionErrors ?? '')
        if (run?.executionStatus === 'FAILED') assert.match(run.executionErrors ?? '', /executor died/)
      })
    }
    test('nothing that began is left to run, whoever comes later', async () => {
      const left = (await of.store.act.runnable(100)).map((each) => each.decision.decisionId)
      assert.deepEqual(left, [of.runs.get('queue-before')?.decision.decisionId])
    })
  })
}

/** One process for each run, killed where the run's name says; three at a time. */
async function killAll(of: ReadyRuns, own: Target): Promise<void> {
  // A run that stays queued is given up after two minutes, which all the others may take on a busy machine: it comes last.
  const isLeftQueued = ({ name }: ReadyRun): number => Number(['queued', 'start-before'].includes(name))
  const waiting = [...of.runs.values()].sort((a, b) => isLeftQueued(a) - isLeftQueued(b))
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { decisionId } = next.decision
      const killed =
        next.name === 'sending'
          ? await killOnceReceived(of, next, own)
          : await runExecutor(of.configFile, { killAt: next.name, decisionId })
      assert.equal(killed.signal, 'SIGKILL', `${next.name}: ${killed.points.join(', ')} ${killed.log}`)
    }
  }
  await Promise.all([work(), work(), work()])
}

/** Killed when the server has the statement, which no clock of the executor's tells, and before it hears of its end. */
async function killOnceReceived(of: ReadyRuns, run: ReadyRun, own: Target): Promise<Ended> {
  const { decisionId } = run.decision
  const running = startExecutor(of.configFile, { decisionId, env: { DBM_TEST_HOLD_SENT: '1' } })
  while (running.child.exitCode === null && (await timesReceived(own, run.statement)) === 0) await sleep(5)
  running.child.kill('SIGKILL')
  return running.ended
}

describe('an executor is killed after it was queued', () => {
  test('nothing is sent, and two minutes later the row says so', async () => {
    const of = await newIndex()
    try {
      assert.equal((await runExecutor(of.configFile, { killAt: 'queued' })).signal, 'SIGKILL')
      await recoverAll(of)
      assert.equal((await outcome(of)).run.executionStatus, 'QUEUED')
      queuedLongAgo(of.config.store)
      await recoverAll(of)
      const { run, issue } = await outcome(of)
      assert.deepEqual([run.executionOutcome, issue.issueStatus], ['REFUSED', 'UNDER_ANALYSIS'])
      assert.equal(await timesReceived(target, of.statement), 0)
    } finally {
      await of.stop()
    }
  })
})

/** Moves a run three minutes into the past, as only the owner of the file can: without its triggers. */
function queuedLongAgo(path: string): void {
  const database = openSqlite({ path })
  try {
    const triggers = database
      .prepare(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'action_executions'",
      )
      .all() as { name: string; sql: string }[]
    for (const { name } of triggers) database.exec(`DROP TRIGGER ${name}`)
    database.exec(
      "UPDATE action_executions SET queued_at = strftime('%Y-%m-%dT%H:%M:%f', queued_at, '-180 seconds') || '000Z'",
    )
    for (const { sql } of triggers) database.exec(sql)
  } finally {
    database.close()
  }
}

describe('an executor is killed at points of ending an idle reader', () => {
  const points: readonly Point[] = [
    ['started', NEVER_SENT],
    ['record-2-before', SENT_AND_HOLDS],
    ['finish-before', SENT_AND_HOLDS],
  ]
  for (const [killAt, expected] of points) {
    test(`killed at ${killAt}: ${expected.outcome}, received ${expected.received} times`, async () => {
      const of = await newKill()
      const trace = killAt === 'record-2-before' ? await lastRecord() : killAt
      try {
        assert.equal((await runExecutor(of.configFile, { killAt: trace })).signal, 'SIGKILL')
        await recoverAll(of)
        const { run, issue } = await outcome(of)
        assert.equal(run.executionOutcome, expected.outcome, run.executionErrors ?? '')
        assert.equal(issue.issueStatus, expected.issue)
        assert.equal(await timesReceived(target, of.statement), expected.received)
      } finally {
        await of.stop()
      }
    })
  }
})

let last: string | null = null
/** The record of what the last step returned; found by a run that nobody kills. */
async function lastRecord(): Promise<string> {
  if (last !== null) return last
  const of = await newKill()
  try {
    const whole = await runExecutor(of.configFile)
    assert.equal((await outcome(of)).run.executionOutcome, 'SUCCESS', whole.log)
    last = whole.points.filter((point) => /^record-\d+-before$/.test(point)).at(-1) ?? ''
    return last
  } finally {
    await of.stop()
  }
}

describe('two executors and one approval', () => {
  test('four processes at once: one row, the statement received once', async () => {
    const of = await newIndex()
    try {
      const racers = await Promise.all([1, 2, 3, 4].map(() => runExecutor(of.configFile, { turns: 4 })))
      const winners = racers.filter((racer) => racer.points.includes('queued'))
      assert.equal(winners.length, 1)
      const { run } = await outcome(of)
      assert.equal(run.executionOutcome, 'SUCCESS', run.executionErrors ?? '')
      assert.equal(await timesReceived(target, of.statement), 1)
    } finally {
      await of.stop()
    }
  })
})

describe('the store goes away in the middle of a run', () => {
  test('locked longer than its lease while the statement runs: sent once, settled afterwards', async () => {
    const of = await newIndex()
    const lock = openSqlite({ path: of.config.store })
    try {
      const running = startExecutor(of.configFile, { turns: 60, env: { DBM_TEST_SENDING_MS: '0' } })
      await running.said('point record-9-after')
      lock.exec('BEGIN IMMEDIATE')
      await sleep((of.config.runtime.leaseSeconds + 2) * 1000)
      lock.exec('ROLLBACK')
      await running.ended
      await recoverAll(of)
      const { run } = await outcome(of)
      assert.equal(run.executionOutcome, 'SUCCESS', run.executionErrors ?? '')
      assert.equal(await timesReceived(target, of.statement), 1)
    } finally {
      lock.close()
      await of.stop()
    }
  })

  test('read-only before the run starts: nothing is sent, and it runs once when the file is writable', async () => {
    const of = await newIndex()
    try {
      const owner = openSqlite({ path: of.config.store })
      owner.pragma('wal_checkpoint(TRUNCATE)')
      owner.close()
      await chmod(of.config.store, 0o400)
      const refused = await runExecutor(of.configFile)
      await chmod(of.config.store, 0o600)
      // Root may write whatever the mode says; then the run is an ordinary one.
      if (process.getuid?.() !== 0) assert.deepEqual(refused.points, [])
      await runExecutor(of.configFile)
      assert.equal((await outcome(of)).run.executionOutcome, 'SUCCESS')
      assert.equal(await timesReceived(target, of.statement), 1)
    } finally {
      await of.stop()
    }
  })
})

for (const flavour of SERVER_FLAVOURS) {
  describe(`the target is killed [${flavour}]`, { skip: skipServer(flavour) }, () => {
    test('in the middle of the statement: it is asked when it is back, and not sent again', async (t) => {
      const own = await startTarget(flavour)
      try {
        const table = await newShopTable(own)
        const { actions } = configSchema.parse(configFor(own, own.server.dataDir))
        const config = { actions: { ...actions, lockWaitMs: 30_000 } }
        const of = await consent(own, { ...indexOn(table), config })
        try {
          // A reader keeps the table: the server has the statement and cannot have done with it when it is killed.
          const reader = await mysql.createConnection(own.server.rootUri)
          reader.on('error', () => undefined)
          await reader.query('START TRANSACTION')
          await reader.query(`SELECT * FROM shop.${table} LIMIT 1`)
          const running = startExecutor(of.configFile, { turns: 4 })
          await untilArrived(own.root, of.statement)
          await own.server.kill9()
          reader.destroy()
          await sleep(1_000)
          await own.server.restart()
          await running.ended
          const { run, issue } = await outcome(of)
          const received = await timesReceived(own, of.statement)
          t.diagnostic(
            `sqlite | ${own.server.version} | target killed | ${run.executionOutcome} | ${received}`,
          )
          assert.equal(run.executionOutcome, 'FAILED', run.executionErrors ?? '')
          assert.match(run.executionErrors ?? '', /found afterwards: there is no index/)
          assert.equal(issue.issueStatus, 'UNDER_ANALYSIS')
          assert.ok(received <= 1, 'a log that was cut off may not have it')
        } finally {
          await of.stop()
        }
      } finally {
        await own.stop()
      }
    })
  })
}
