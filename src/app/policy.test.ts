/** What an action is allowed, from our own record in a real store and a real server, and from the configuration. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Consented,
  consent,
  newShopTable,
  startTarget,
  type Target,
} from '../../test/support/consented-run.ts'
import { addressOf } from '../../test/support/mysql-target.ts'
import { type FullStore, full, after as later } from '../../test/support/pipeline-rows.ts'
import type { Ask } from '../core/observer.ts'
import { type Proposal, propose } from '../core/proposal.ts'
import type { ReadPort } from '../core/store-ports.ts'
import { ROLES } from '../core/vocabulary.ts'
import { createActuator } from '../engines/mysql/act/actuator.ts'
import { resolve } from '../engines/mysql/catalog/resolve.ts'
import type { MysqlQuestions, TableDefinition } from '../engines/mysql/shapes.ts'
import { createExecutor } from './act.ts'
import { actionOf } from './catalogue.ts'
import { type Config, configSchema } from './config/schema.ts'
import { lease, mirrorCatalogue, openInstallation } from './installation.ts'
import { policyFor } from './policy.ts'
import { deniedSchemas } from './store.ts'

const HOUR = 3600

/** Approves and runs one action by the executor of an installation. */
async function done(
  target: Target,
  action: string,
  given: Parameters<typeof consent>[1]['given'],
): Promise<Consented> {
  const of = await consent(target, { action, given })
  const { config, installation, store } = of
  const executor = createExecutor({
    config,
    port: store.act,
    lease: lease(installation),
    log: () => undefined,
  })
  await executor.turn()
  await executor.idle()
  const [run] = await store.read.executions({ decisionId: of.decision.decisionId, limit: 1 })
  assert.equal(run?.executionOutcome, 'SUCCESS', run?.executionErrors ?? 'it did not run')
  return of
}

/** The store as it would be read `seconds` later: every run ended that much earlier. */
const aged = (read: ReadPort, seconds: number): ReadPort => ({
  ...read,
  runs: async (filter) =>
    (await read.runs(filter)).map((run) => ({
      ...run,
      finishedAt: run.finishedAt === null ? null : later(run.finishedAt, -seconds),
    })),
})

test('the database of a store on a server is a schema no action may touch', () => {
  const denied = (store: string) =>
    deniedSchemas(configSchema.parse({ store, actions: { denySchemas: ['billing'] } }))
  assert.deepEqual(denied('mysql://db.example.org:3306/dbmedic'), ['billing', 'dbmedic'])
  assert.deepEqual(denied('./dbmedic.sqlite'), ['billing'])
})

describe('an index that a run of ours hid', () => {
  let target: Target
  before(async () => {
    target = await startTarget()
    await target.root.query(`GRANT ALTER ON shop.* TO '${target.accounts.executor.user}'@'%'`)
  })
  after(() => target.stop())

  /** Hides an index with an approved run, `hours` ago. */
  async function hiddenHoursAgo(hours: number) {
    const table = await newShopTable(target)
    await target.root.query(`CREATE INDEX by_customer ON shop.${table} (customer)`)
    const given = { table: { schema: 'shop', table }, index: 'by_customer' }
    const of = await done(target, 'mysql/hide-index', given)
    const hidingAltered = await alteredAt(table)
    return { of, table, given, hours, hidingAltered, read: aged(of.store.read, hours * HOUR) }
  }

  /** The moment of the last ALTER, as the server says. */
  async function alteredAt(table: string): Promise<string> {
    const [rows] = await target.root.query(
      "SELECT DATE_FORMAT(CREATE_TIME, '%Y-%m-%dT%H:%i:%s.000000Z') AS at FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'shop' AND TABLE_NAME = ?",
      [table],
    )
    return String((rows as { at: string }[])[0]?.at)
  }

  /** The target's answers, in which the ALTER that hid the index is as old as the record of it; later ones are not. */
  function agedAsk(
    ask: Ask<MysqlQuestions>,
    it: { readonly hidingAltered: string; readonly hours: number },
  ): Ask<MysqlQuestions> {
    return (async (kind, params) => {
      const reading = await ask(kind, params)
      if (kind !== 'table' || !reading.known) return reading
      const table = reading.value as TableDefinition
      if (table.createdAt !== it.hidingAltered) return reading
      return { ...reading, value: { ...table, createdAt: later(it.hidingAltered, -it.hours * HOUR) } }
    }) as Ask<MysqlQuestions>
  }

  /** What proposing its drop finds about how long it was hidden. */
  async function proposed(it: Awaited<ReturnType<typeof hiddenHoursAgo>>) {
    const { of, given, read } = it
    const action = actionOf('mysql/drop-index')
    assert.ok(action)
    const session = await createActuator(addressOf(target.server), target.accounts.executor).open()
    try {
      const identity = await session.identity()
      assert.ok(identity.known)
      const { flavour, version, weak } = identity.value
      const proposal = await propose<never>({
        action,
        given,
        resolve: resolve as never,
        ask: agedAsk(session.ask, it) as never,
        policy: await policyFor(
          { ...of.config, actions: { ...of.config.actions, backupAgeHours: 1 } },
          read,
          1,
        ),
        server: { flavour, version, weakIdentity: weak },
        affectedSeries: [],
      })
      assert.ok(!('refused' in proposal))
      return proposal
    } finally {
      await session.close()
    }
  }

  const unmet = (proposal: Proposal) => proposal.preconditions.filter((one) => one.met !== true)

  test('may be dropped seven days later', async () => {
    const it = await hiddenHoursAgo(7 * 24)
    const proposal = await proposed(it)
    assert.deepEqual(unmet(proposal), [])
    assert.match(proposal.plan.steps[0]?.text ?? '', /^DROP INDEX `by_customer`/)
    await it.of.stop()
  })

  test('may not be dropped an hour before', async () => {
    const it = await hiddenHoursAgo(7 * 24 - 1)
    assert.deepEqual(
      unmet(await proposed(it)).map((one) => [one.id, one.met, one.found]),
      [['hidden-7-days', false, 'it was hidden 7.0 days ago']],
    )
    await it.of.stop()
  })

  test('may not be dropped when somebody made it visible in between', async () => {
    const it = await hiddenHoursAgo(8 * 24)
    assert.deepEqual(unmet(await proposed(it)), [])
    await sleep(1_100)
    await target.root.query(`ALTER TABLE shop.${it.table} ALTER INDEX by_customer NOT IGNORED`)
    assert.deepEqual(
      unmet(await proposed(it)).map((one) => one.id),
      ['index-hidden', 'hidden-7-days'],
    )
    await target.root.query(`ALTER TABLE shop.${it.table} ALTER INDEX by_customer IGNORED`)
    const [left] = unmet(await proposed(it))
    assert.equal(left?.id, 'hidden-7-days')
    assert.match(left.found, /its table was altered 0\.0 days ago/)
    await it.of.stop()
  })
})

describe('replicas of a target', () => {
  let home: string
  let store: FullStore
  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'dbmedic-policy-'))
    const installation = await openInstallation(configOf({}), () => undefined, ROLES)
    await mirrorCatalogue(installation)
    store = full(installation.store)
  })
  after(async () => {
    await store.close()
    await rm(home, { recursive: true, force: true })
  })

  const account = { user: 'm', password: 'none' }
  /** A primary `a` with its own `replicas`, and two targets that may name it. */
  function configOf(more: { readonly replicas?: number; readonly followers?: readonly string[] }): Config {
    const followers = more.followers ?? []
    return configSchema.parse({
      store: join(home, 'store.sqlite'),
      targets: ['a', 'b', 'c'].map((name) => ({
        name,
        engine: 'mysql',
        monitor: account,
        ...(name === 'a' ? { replicas: more.replicas ?? null } : {}),
        ...(followers.includes(name) ? { replicaOf: 'A' } : {}),
      })),
    })
  }

  async function idOf(name: string): Promise<number> {
    const found = (await store.read.targets()).find((one) => one.targetName === name)
    assert.ok(found)
    return found.targetId
  }

  const replicas = async (more: Parameters<typeof configOf>[0]) =>
    (await policyFor(configOf(more), store.read, await idOf('a'))).replicas

  /** A reading of a replica's lag `secondsAgo`; null: a channel stands still. */
  async function reads(name: string, lag: number | null, secondsAgo: number): Promise<void> {
    const at = later(await store.read.now(), -secondsAgo)
    await store.observe.appendSamples([
      {
        targetId: await idOf(name),
        instanceUid: `uid-${name}`,
        epoch: '2026-01-01T00:00:00.000000Z',
        seriesKind: 'server',
        seriesKey: 'replication',
        windowStart: later(at, -0.001),
        windowEnd: at,
        calls: 1,
        totalMs: 0,
        measures: lag === null ? { channels_stopped: 1 } : { channels_stopped: 0, lag_seconds: lag },
      },
    ])
  }

  test('are not known where nobody says how many there are', async () => {
    assert.equal(await replicas({}), undefined)
  })

  test('are none where none are stated', async () => {
    assert.deepEqual(await replicas({ replicas: 0 }), { count: 0, worstLagSeconds: null })
  })

  test('that are no targets count, and nobody knows how far they are behind', async () => {
    assert.deepEqual(await replicas({ replicas: 2 }), { count: 2, worstLagSeconds: null })
  })

  test('are as far behind as the worst of them, and as its reading is old', async () => {
    const both = { followers: ['b', 'c'] }
    assert.deepEqual(await replicas(both), { count: 2, worstLagSeconds: null })
    await reads('b', 1, 20)
    assert.deepEqual(await replicas(both), { count: 2, worstLagSeconds: null })
    await reads('c', 4, 5)
    const known = await replicas(both)
    assert.equal(known?.count, 2)
    assert.ok(
      (known.worstLagSeconds ?? 0) >= 21 && (known.worstLagSeconds ?? 0) < 27,
      String(known.worstLagSeconds),
    )
    assert.deepEqual(await replicas({ followers: ['b', 'c'], replicas: 3 }), {
      count: 3,
      worstLagSeconds: null,
    })
  })

  test('are of unknown lag when a channel stopped or nothing was read for a minute', async () => {
    await reads('b', null, 1)
    assert.deepEqual(await replicas({ followers: ['b'] }), { count: 1, worstLagSeconds: null })
    await store.serve.updateTarget('c', { enabled: false })
    assert.deepEqual(await replicas({ followers: ['c'] }), { count: 1, worstLagSeconds: null })
    await store.serve.updateTarget('c', { enabled: true })
  })
})
