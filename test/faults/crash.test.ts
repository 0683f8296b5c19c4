/**
 * kill -9 at every instant: an executor is killed at each point of a run, a second one starts, and the server's
 * own general log says how often it received each statement. Never twice; and the row says what is known.
 */
import assert from 'node:assert/strict'
import { chmod } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Execution, Issue } from '../../src/core/nouns.ts'
import { openSqlite } from '../../src/store/sqlite/open.ts'
import {
  type Consented,
  consent,
  newIdleReader,
  newShopTable,
  startTarget,
  type Target,
  timesReceived,
} from '../support/consented-run.ts'
import { type Ended, runExecutor, startExecutor } from '../support/killed-executor.ts'

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

const newIndex = async (rows?: number): Promise<Consented> =>
  consent(target, indexOn(await newShopTable(target, rows)))

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

/** Lets a second executor work until the lease of the first has run out and it has settled what it found. */
const recover = (of: Consented, turns = 14): Promise<Ended> => runExecutor(of.configFile, { turns })

/** What the row must say after a kill at a point, and how often the server may have got the statement. */
interface Expected {
  readonly outcome: Execution['executionOutcome']
  readonly received: readonly number[]
  readonly issue: Issue['issueStatus']
}

const SENT_AND_HOLDS: Expected = { outcome: 'SUCCESS', received: [1], issue: 'VERIFYING' }
const NEVER_SENT: Expected = { outcome: 'REFUSED', received: [0], issue: 'UNDER_ANALYSIS' }
const NOT_SENT_BUT_RECORDED: Expected = { outcome: 'FAILED', received: [0], issue: 'UNDER_ANALYSIS' }

/** Five steps: four guards and the statement. Steps are recorded before and after each is sent. */
const INDEX_POINTS: readonly (readonly [point: string, expected: Expected])[] = [
  ['started', NEVER_SENT],
  ['record-1-before', NEVER_SENT],
  ['record-1-after', NEVER_SENT],
  ['send-1-returned', NEVER_SENT],
  ['record-2-after', NEVER_SENT],
  ['record-9-before', NEVER_SENT],
  ['record-9-after', NOT_SENT_BUT_RECORDED],
  ['send-5-returned', SENT_AND_HOLDS],
  ['record-10-before', SENT_AND_HOLDS],
  ['record-10-after', SENT_AND_HOLDS],
  ['finish-before', SENT_AND_HOLDS],
  ['finish-after', SENT_AND_HOLDS],
]

async function killAndRecover(of: Consented, killAt: string, expected: Expected): Promise<void> {
  try {
    const first = await runExecutor(of.configFile, { killAt })
    assert.equal(
      first.signal,
      'SIGKILL',
      `${killAt} was reached: ${[...first.points, ...first.failures].join(', ')} ${first.log}`,
    )
    await recover(of)
    const { run, issue } = await outcome(of)
    assert.equal(run.executionOutcome, expected.outcome, run.executionErrors ?? '')
    assert.equal(run.executionStatus, expected.outcome === 'SUCCESS' ? 'COMPLETED' : 'FAILED')
    assert.equal(issue.issueStatus, expected.issue)
    const received = await timesReceived(target, of.statement)
    assert.ok(expected.received.includes(received), `received ${received} times`)
    if (expected.outcome !== 'SUCCESS') assert.match(run.executionErrors ?? '', /executor died/)
    assert.deepEqual(await of.store.act.runnable(10), [], 'nothing is left to run')
  } finally {
    await of.stop()
  }
}

describe('an executor is killed at every point of creating an index', { concurrency: 3 }, () => {
  for (const [killAt, expected] of INDEX_POINTS) {
    test(`killed at ${killAt}: ${expected.outcome}, sent ${expected.received.join(' or ')} times`, async () => {
      await killAndRecover(await newIndex(), killAt, expected)
    })
  }

  test('killed while the server works on the statement: sent once, and what it did is found out', async () => {
    const of = await newIndex(200_000)
    try {
      const first = await runExecutor(of.configFile, { killAt: 'sending' })
      assert.equal(first.signal, 'SIGKILL')
      await recover(of, 20)
      const { run } = await outcome(of)
      assert.ok(['SUCCESS', 'UNKNOWN'].includes(run.executionOutcome ?? ''), String(run.executionOutcome))
      assert.equal(await timesReceived(target, of.statement), 1)
    } finally {
      await of.stop()
    }
  })

  test('killed after it was queued: nothing is sent, and two minutes later the row says so', async () => {
    const of = await newIndex()
    try {
      const first = await runExecutor(of.configFile, { killAt: 'queued' })
      assert.equal(first.signal, 'SIGKILL')
      await recover(of, 2)
      assert.equal((await outcome(of)).run.executionStatus, 'QUEUED')
      queuedLongAgo(of.config.store)
      await recover(of, 2)
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
  const points: readonly (readonly [string, Expected])[] = [
    ['started', NEVER_SENT],
    ['record-2-before', SENT_AND_HOLDS],
    ['finish-before', SENT_AND_HOLDS],
  ]
  for (const [killAt, expected] of points) {
    test(`killed at ${killAt}: ${expected.outcome}, sent ${expected.received.join(' or ')} times`, async () => {
      const of = await newKill()
      const trace = killAt === 'record-2-before' ? await lastRecord() : killAt
      await killAndRecover(of, trace, expected)
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
      await sleep(8_000)
      lock.exec('ROLLBACK')
      await running.ended
      await recover(of)
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

describe('the target is killed', () => {
  test('in the middle of the statement: it is asked when it is back, and not sent again', async () => {
    const own = await startTarget()
    try {
      const of = await consent(own, indexOn(await newShopTable(own, 400_000)))
      try {
        const running = startExecutor(of.configFile, { turns: 40 })
        await running.said('point sending')
        await own.server.kill9()
        await sleep(1_000)
        await own.server.restart()
        await running.ended
        const { run, issue } = await outcome(of)
        assert.equal(run.executionOutcome, 'FAILED', run.executionErrors ?? '')
        assert.match(run.executionErrors ?? '', /found afterwards: there is no index/)
        assert.equal(issue.issueStatus, 'UNDER_ANALYSIS')
        assert.ok((await timesReceived(own, of.statement)) <= 1)
      } finally {
        await of.stop()
      }
    } finally {
      await own.stop()
    }
  })
})
