/**
 * A store on MariaDB whose rows another session locks: a migration, a backup, a person's forgotten transaction. Real
 * deadlocks (1213) and lock timeouts (1205) hit our roles while decisions are made, approved and run. All runs once, and
 * every row is as the audit chain says.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import mysql, { type Connection } from 'mysql2/promise'
import { createExecutor } from '../../src/app/index.ts'
import type { LogLine } from '../../src/core/log.ts'
import { type PrivateServer, startServer } from '../../src/lab/servers/index.ts'
import { mysqlSession } from '../../src/store/session.ts'
import { startTarget, type Target } from '../support/consented-run.ts'
import { consentAll, endingOf, type ReadyRuns } from '../support/consented-runs.ts'
import { assertChain, assertRows } from '../support/history/invariants.ts'
import { makeServerStore } from '../support/server-store.ts'
import { until } from '../support/until.ts'

const NAMES = ['one', 'two', 'three', 'four'] as const
const LAST = 'five'
/** Outlasts a lock wait of 10 s. */
const LEASE_SECONDS = 60

let target: Target
let server: PrivateServer
before(async () => {
  target = await startTarget()
  server = await startServer('mariadb', { settings: { innodb_monitor_enable: 'module_lock' } })
})
after(async () => {
  await server?.stop()
  await target?.stop()
})

/** A session of somebody else's in the store's database. */
async function stranger(): Promise<Connection> {
  const connection = await mysql.createConnection({
    uri: `${server.rootUri}dbmedic`,
    dateStrings: true,
    charset: 'utf8mb4',
  })
  connection.on('error', () => undefined)
  return connection
}

/** How often the server ended a wait by a deadlock and by the time, for anybody. */
async function ended(): Promise<{ readonly deadlocks: number; readonly timeouts: number }> {
  const connection = await stranger()
  try {
    const [rows] = await connection.query(
      "SELECT name, count FROM information_schema.innodb_metrics WHERE name IN ('lock_deadlocks', 'lock_timeouts')",
    )
    const of = (name: string): number =>
      Number((rows as { name: string; count: number }[]).find((row) => row.name === name)?.count ?? 0)
    return { deadlocks: of('lock_deadlocks'), timeouts: of('lock_timeouts') }
  } finally {
    connection.destroy()
  }
}

/**
 * Locks the head of the audit chain first and then the rows our roles lock before it, with so much written before that
 * the server rolls the other one back. Gives how often it was itself the victim.
 */
function crossLocks(): { stop(): Promise<number> } {
  let stopped = false
  const working = (async () => {
    const connection = await stranger()
    let victim = 0
    await connection.query('CREATE TABLE IF NOT EXISTS test.junk (id INT AUTO_INCREMENT PRIMARY KEY, x INT)')
    while (!stopped) {
      try {
        await connection.query('START TRANSACTION')
        await connection.query(
          `INSERT INTO test.junk (x) VALUES ${Array.from({ length: 400 }, () => '(1)').join(',')}`,
        )
        await connection.query('SELECT * FROM audit_head FOR UPDATE')
        await sleep(60)
        for (const table of ['detected_issues', 'recovery_decisions', 'action_executions'])
          await connection.query(`SELECT COUNT(*) FROM ${table} FOR UPDATE`)
      } catch {
        victim += 1
      }
      await connection.query('ROLLBACK')
      await sleep(40)
    }
    connection.destroy()
    return victim
  })()
  return {
    stop: () => {
      stopped = true
      return working
    },
  }
}

/** Runs these, as the role does: what could not even be queued is tried again. A minute and a half at most. */
async function runThese(of: ReadyRuns, names: readonly string[]): Promise<readonly LogLine[]> {
  const lines: LogLine[] = []
  const lease = { owner: 'executor', seconds: LEASE_SECONDS }
  const log = (line: LogLine): void => void lines.push(line)
  const executor = createExecutor({ config: of.config, port: of.store.act, lease, log })
  const runOne = async (name: string): Promise<void> => {
    const decisionId = of.runs.get(name)?.decision.decisionId ?? 0
    for (const end = Date.now() + 90_000; Date.now() < end; await sleep(200)) {
      const done = await executor.runNow(decisionId).catch((error: Error) => {
        log({ level: 'error', stage: 'execute', message: error.message })
        return null
      })
      if (done !== null && !('waits' in done)) return
    }
  }
  await Promise.all(names.map(runOne))
  return lines
}

/** Each ran once and succeeded, and the store is whole. */
async function assertDone(of: ReadyRuns, lines: readonly LogLine[]): Promise<void> {
  const sent = new Map<number, number>()
  for (const name of of.runs.keys()) {
    const { run, received } = await endingOf(of, name, target)
    assert.equal(
      run?.executionOutcome,
      'SUCCESS',
      `${name}: ${run?.executionErrors}\n${lines.map((l) => JSON.stringify(l)).join('\n')}`,
    )
    assert.equal(received, 1, name)
    if (run !== null) sent.set(run.executionId, received)
  }
  const owner = await stranger()
  try {
    await assertRows(mysqlSession(owner), sent, new Set())
    await assertChain(mysqlSession(owner))
  } finally {
    owner.destroy()
  }
}

test('deadlocks and lock timeouts of the store delay runs and change nothing of them', async (t) => {
  const root = await mysql.createConnection(server.rootUri)
  await root.query('CREATE DATABASE IF NOT EXISTS test')
  root.destroy()
  const store = await makeServerStore(server)
  const first = await ended()
  const locks = crossLocks()
  let of: ReadyRuns
  let lines: readonly LogLine[]
  let strangers: number
  try {
    of = await consentAll(target, { names: [...NAMES, LAST], leaseSeconds: LEASE_SECONDS, store })
    t.after(() => of.stop())
    lines = await runThese(of, NAMES)
  } finally {
    strangers = await locks.stop()
  }
  const second = await ended()
  const ours = second.deadlocks - first.deadlocks - strangers
  t.diagnostic(`${second.deadlocks - first.deadlocks} deadlocks, ${ours} of them ended a transaction of ours`)
  assert.ok(ours > 0, 'no transaction of ours was a victim')
  const later = await whileHeld(of, second.timeouts)
  const timeouts = (await ended()).timeouts - second.timeouts
  t.diagnostic(`${timeouts} lock timeouts`)
  assert.ok(timeouts > 0, 'nothing waited to its end')
  await assertDone(of, [...lines, ...later])
})

/** Runs the last one while the head of the audit chain is locked until one more has waited for it as long as anybody does. */
async function whileHeld(of: ReadyRuns, timeouts: number): Promise<readonly LogLine[]> {
  const holder = await stranger()
  await holder.query('START TRANSACTION')
  await holder.query('SELECT * FROM audit_head FOR UPDATE')
  const running = runThese(of, [LAST])
  await until(async () => (await ended()).timeouts > timeouts, 'a wait is over', undefined, 500)
  await holder.query('ROLLBACK')
  holder.destroy()
  return running
}
