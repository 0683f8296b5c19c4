/**
 * A target that goes away under us and comes back, as itself or as another server: a dead route, a restart, a
 * failover. What was recorded stays, the watch goes on, and nothing approved for one server runs on another.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import Database from 'better-sqlite3'
import mysql from 'mysql2/promise'
import { type PrivateServer, startMariadb } from '../../src/lab/servers/index.ts'
import {
  type Consented,
  consent,
  newShopTable,
  type Target,
  timesReceived,
} from '../support/consented-run.ts'
import { onEachServer } from '../support/each-server.ts'
import { type Forwarder, openForwarder } from '../support/forwarder.ts'
import { ACCOUNTS, APP, connectAs, PASSWORD, prepareTarget } from '../support/mysql-target.ts'
import { QUICK, SECRETS, type Started, targetOf, troubleFolder } from '../support/trouble.ts'
import { until } from '../support/until.ts'

interface Kept {
  readonly events: readonly string[]
  readonly samples: number
  readonly uid: string | null
}

/** What a store holds of a target. */
function keptOf(file: string, target: string): Kept {
  const store = new Database(file, { readonly: true })
  try {
    const one = (sql: string): unknown => store.prepare(sql).pluck().get(target)
    const of = 'JOIN targets USING (target_id) WHERE target_name = ?'
    return {
      events: store
        .prepare(`SELECT metric_name FROM detection_events ${of} ORDER BY event_id`)
        .pluck()
        .all(target) as string[],
      samples: Number(one(`SELECT COUNT(*) FROM metric_samples ${of}`)),
      uid: one('SELECT instance_uid FROM targets WHERE target_name = ?') as string | null,
    }
  } finally {
    store.close()
  }
}

onEachServer('a target that goes away under the watch', ({ server }) => {
  const place = troubleFolder()
  const kept = (target: string): Kept => keptOf(place.path('dbmedic.sqlite'), target)
  let door: Forwarder
  let steady: PrivateServer
  let started: Started

  before(async () => {
    steady = await startMariadb({ instruments: 'server-default' })
    await prepareTarget(steady)
    await prepareTarget(server())
    door = await openForwarder(server().port)
    const impatient = { options: { statementTimeoutMs: 1_000, abandonAfterMs: 500 } }
    place.configure({ ...QUICK, targets: [targetOf('shop', door, impatient), targetOf('steady', steady)] })
    started = place.start({ env: SECRETS })
    for (const name of ['shop', 'steady'])
      await until(
        () => started.lines.some((l) => l.message === 'watching') && kept(name).samples > 0,
        `windows of ${name}`,
        () => started.said(),
      )
  })
  after(async () => {
    await place.remove()
    door?.close()
    await steady?.stop()
  })

  /** Waits until the target answers again and new windows are kept; the steady one was watched meanwhile. */
  async function back(before: Kept, steadyBefore: Kept): Promise<void> {
    await until(
      () => kept('shop').samples > before.samples,
      'new windows',
      () => started.said(),
    )
    assert.deepEqual(kept('shop').events.slice(0, before.events.length), before.events, 'events were lost')
    assert.ok(kept('steady').samples > steadyBefore.samples, 'the other target was not watched')
  }

  test('a route that dies silently is given up after the limit, and another connection is opened', async () => {
    const [before, steadyBefore] = [kept('shop'), kept('steady')]
    door.freeze()
    await started.line(
      (l) =>
        l.code === 'DBM_TARGET_TIMEOUT' &&
        l.target === 'shop' && // The limit of whatever statement was under way: 10 s for the catalog.
        /no answer within (1500|10000) ms/.test(l.message),
      'it is given up',
    )
    await back(before, steadyBefore)
    assert.equal(kept('shop').uid, before.uid)
    assert.ok(!kept('shop').events.includes('counter_epoch'), 'a lost connection is no restart')
  })

  test('a restart is noted as a new life of the same server', async () => {
    // Starts five seconds apart or less count as one, because clocks are stepped.
    await until(async () => (await uptimeOf(server())) > 6, 'the server is old enough')
    const [lineCount, before, steadyBefore] = [started.lines.length, kept('shop'), kept('steady')]
    await server().shutDown()
    await until(
      () =>
        started.lines
          .slice(lineCount)
          .some((l) => l.target === 'shop' && /DBM_TARGET_(LOST|UNREACHABLE)/.test(l.code ?? '')),
      'it is said that it is gone',
      () => started.said(),
    )
    await server().restart()
    await started.line((l) => l.message === 'the target answers again', 'it answers again')
    await back(before, steadyBefore)
    await until(
      () => kept('shop').events.includes('counter_epoch'),
      'the new life is noted',
      () => started.said(),
    )
    assert.equal(kept('shop').uid, before.uid)
  })

  test('another server at its address is noted as another', async () => {
    const before = kept('shop')
    door.lead(steady.port)
    await until(
      () => kept('shop').events.includes('identity_changed'),
      'the other server is noted',
      () => started.said(),
    )
    assert.equal(kept('shop').uid, kept('steady').uid)
    assert.notEqual(kept('shop').uid, before.uid)
    await started.stop()
  })
})

async function uptimeOf(server: PrivateServer): Promise<number> {
  await using root = await connectAs(server)
  const [rows] = await root.query("SHOW GLOBAL STATUS LIKE 'Uptime'")
  return Number((rows as unknown as readonly { Value: string }[])[0]?.Value)
}

describe('a failover between a person’s yes and the run', () => {
  let target: Target
  let other: PrivateServer
  let door: Forwarder
  let of: Consented

  before(async () => {
    const server = await startMariadb({ settings: { general_log: '1', log_output: 'TABLE' } })
    other = await startMariadb({ settings: { general_log: '1', log_output: 'TABLE' } })
    for (const each of [server, other]) await prepareTarget(each)
    const account = (user: string) => ({ user, password: PASSWORD })
    const accounts = {
      monitor: account(ACCOUNTS.monitor),
      planner: account(ACCOUNTS.planner),
      executor: account(ACCOUNTS.executor),
      application: account(APP),
      batch: account(APP),
      owner: account(APP),
    }
    const root = await mysql.createConnection(server.rootUri)
    root.on('error', () => undefined)
    await root.query('USE shop')
    target = { server, accounts, root, stop: () => server.stop() }
    door = await openForwarder(server.port)
  })
  after(async () => {
    await of?.stop()
    door?.close()
    target?.root.destroy()
    await target?.stop()
    await other?.stop()
  })

  test('voids the approval, says why, and sends nothing to either server', async () => {
    const table = await newShopTable(target)
    await using root = await connectAs(other, undefined, 'shop')
    await root.query(
      `CREATE TABLE ${table} (id INT PRIMARY KEY, customer INT NOT NULL, note VARCHAR(80), placed DATE) ENGINE=InnoDB`,
    )
    const own = targetOf('shop', door, {
      executor: { user: ACCOUNTS.executor, password: 'env:DBM_TEST_EXECUTOR' },
      options: { cores: 64 },
    })
    of = await consent(target, {
      action: 'mysql/create-index',
      given: {
        table: { schema: 'shop', table },
        columns: [{ column: 'placed', prefix: null, direction: 'ASC' }],
      },
    })
    const place = troubleFolder()
    try {
      // Another address of the same server, and then of the other: as a name that is pointed elsewhere.
      place.configure({ ...of.config, ...QUICK, targets: [own] })
      door.lead(other.port)
      const started = place.start({ env: { ...SECRETS, DBM_TEST_EXECUTOR: PASSWORD } })
      const runOf = async () =>
        (await of.store.read.executions({ decisionId: of.decision.decisionId, limit: 5 }))[0]
      await until(
        async () => (await runOf())?.executionStatus === 'FAILED',
        'the run is refused',
        () => started.said(),
      )
      const run = await runOf()
      assert.equal(run?.executionOutcome, 'REFUSED')
      assert.match(run?.executionErrors ?? '', /another server answers/)
      assert.equal((await of.store.act.runnable(10)).length, 0, 'the approval still counts')
      const issue = await of.store.read.issue(of.decision.issueId)
      assert.ok(
        ['UNDER_ANALYSIS', 'AWAITING_DECISION'].includes(issue?.issueStatus ?? ''),
        issue?.issueStatus,
      )
      const sent = [target, { ...target, server: other }].map((each) => timesReceived(each, of.statement))
      assert.deepEqual(await Promise.all(sent), [0, 0])
      await started.line(
        (l) => l.stage === 'execute' && /another server answers/.test(JSON.stringify(l)),
        'it is said in the log',
      )
      // Back at the first server: what is void stays void.
      door.lead(target.server.port)
      const lineCount = started.lines.length
      await until(
        () => started.lines.slice(lineCount).length > 0,
        'the watch goes on',
        () => started.said(),
      )
      assert.equal(await timesReceived(target, of.statement), 0)
      await started.stop()
    } finally {
      await place.remove()
    }
  })
})
